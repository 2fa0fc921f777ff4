"""Resizing and CenterCrop: sizes that are not known, roundings, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Op
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.spatial.resizing import CenterCrop, Resizing
from netc.compiler.ops.spatial.spatial import ZeroPadding2D
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run


@pytest.mark.parametrize("interpolation", ["bicubic", "lanczos3"])
def test_interpolations_that_onnx_does_otherwise_are_refused(interpolation: str) -> None:
    fault = refusal(("N", 4, 4, 3), Resizing, height=2, width=2, interpolation=interpolation)
    assert fault.code is Code.BAD_VALUE
    assert fault.message.startswith(f"`Resizing` cannot interpolate by {interpolation}: ")
    assert fault.help == "give it `interpolation=bilinear`"


def test_a_size_is_positive() -> None:
    assert refusal(("N", 4, 4, 3), Resizing, height=0, width=2).argument == "height"
    assert refusal(("N", 4, 4, 3), CenterCrop, height=2, width=-1).argument == "width"


@pytest.mark.parametrize(("size", "wanted"), [(14, 23), (324, 147), (246, 449), (600, 20)])
@pytest.mark.parametrize("known", [True, False])
def test_the_nearest_cell_is_tensorflow_s(size: int, wanted: int, known: bool) -> None:
    """Centres that lie between two cells go where float32 puts them, as in TensorFlow."""
    op = made(Resizing, height=wanted, width=1, interpolation="nearest")
    x = np.arange(size, dtype=np.float32).reshape(1, size, 1, 1)
    scale = np.float32(size) / np.float32(wanted)
    centres = (np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * scale
    expected = np.minimum(np.floor(centres), size - 1)
    y = run(model(chain((1, size if known else "H", 1, 1), op)), x)
    np.testing.assert_array_equal(y.ravel(), expected)


@pytest.mark.parametrize("opset", [17, 22])
@pytest.mark.parametrize(
    "op",
    [
        made(Resizing, height=5, width=3),
        made(Resizing, height=5, width=3, interpolation="nearest"),
        made(CenterCrop, height=3, width=2),
        made(CenterCrop, height=12, width=9),
    ],
)
def test_no_transpose_between_convolutions(op: Op, opset: int) -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    lowered = model(chain(("N", 8, 6, 3), conv, op, conv), opset)
    assert node_types(lowered)["Transpose"] == 2


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    for cls in (Resizing, CenterCrop):
        lowered = model(chain(("N", 8, 6, 3), made(cls, height=8, width=6)))
        assert node_types(lowered) == {"Identity": 1}


def test_a_crop_must_know_whether_it_enlarges() -> None:
    fault = refusal(("N", 8, "W", 3), CenterCrop, height=4, width=4)
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`CenterCrop` needs to know whether [N, 8, W, 3] has 4 columns, but axis 2 is `W`"
    )
    enlarged = refusal(("N", 2, "W", 3), CenterCrop, height=4, width=4)
    assert enlarged.message == (
        "`CenterCrop` enlarges [N, 2, W, 3] to 4 by 4, for which it needs to know both sizes"
    )
    assert "Resizing" in enlarged.help


def test_a_crop_is_taken_from_the_middle() -> None:
    x = np.arange(64, dtype=np.float32).reshape(1, 8, 8, 1)
    y = run(model(chain((1, 8, 8, 1), made(CenterCrop, height=3, width=2))), x)
    np.testing.assert_array_equal(y, x[:, 2:5, 3:5])


def test_a_symbolic_size_that_is_large_enough_is_cropped() -> None:
    checked = chain(
        ("N", "H", "W", 1), made(ZeroPadding2D, padding=2), made(CenterCrop, height=3, width=5)
    )
    assert str(output(checked)) == "float32[N, 3, 5, 1]"
    x = np.arange(1, 29, dtype=np.float32).reshape(1, 4, 7, 1)
    np.testing.assert_array_equal(run(model(checked), x), x[:, 0:3, 1:6])


@pytest.mark.parametrize(
    ("op", "flops"),
    [
        (made(Resizing, height=5, width=3), 8 * 5 * 3 * 2),
        (made(Resizing, height=5, width=3, interpolation="nearest"), 0),
        (made(CenterCrop, height=3, width=2), 0),
        (made(CenterCrop, height=9, width=2), 8 * 9 * 2 * 2),
    ],
)
def test_only_blending_costs(op: Op, flops: int) -> None:
    assert costs(chain((1, 8, 6, 2), op)) == (0, 0, flops)
