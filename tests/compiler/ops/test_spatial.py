"""Padding, cropping, upsampling and LRN: their arguments' forms, refusals, and ONNX."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.base.op import Op, Window
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.norm.lrn import LRN
from netc.compiler.ops.spatial.spatial import Cropping2D, ZeroPadding2D
from netc.compiler.ops.spatial.upsampling import UpSampling2D
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run


@pytest.mark.parametrize(
    ("padding", "height", "width"),
    [
        (1, 6, 7),
        ((1, 2), 6, 9),
        ([1, 2], 6, 9),
        (((1, 0), (2, 3)), 5, 10),
        ((2, (0, 1)), 8, 6),
        (0, 4, 5),
    ],
)
def test_every_form_of_padding(padding: object, height: int, width: int) -> None:
    padded = output(chain(("N", 4, 5, 3), made(ZeroPadding2D, padding=padding)))
    assert padded.shape[1:] == (height, width, 3)


@pytest.mark.parametrize(
    ("padding", "reason"),
    [
        (-1, "-1 is less than 0"),
        ((1, 2, 3), "(1, 2, 3) holds 3 values, not 2"),
        (((1, 2, 3), 1), "(1, 2, 3) holds 3 values, not 2"),
        (1.5, "1.5 is not an int"),
        (True, "true is not an int"),
        (Word("same"), "`same` is not an int"),
    ],
)
def test_other_forms_are_refused(padding: object, reason: str) -> None:
    for cls, name in ((ZeroPadding2D, "padding"), (Cropping2D, "cropping")):
        fault = refusal(("N", 4, 5, 3), cls, **{name: padding})
        assert fault.code is (Code.WRONG_TYPE if "not an int" in reason else Code.BAD_VALUE)
        assert fault.argument == name
        assert fault.message == (
            f"`{name}` of `{cls.__name__}` takes an int of at least 0, (rows, columns), or "
            f"((top, bottom), (left, right)); {reason}"
        )


def test_cutting_everything_off_is_refused() -> None:
    fault = refusal(("N", 8, 5, 3), Cropping2D, cropping=((0, 1), (2, 3)))
    assert fault.code is Code.EMPTY_DIM
    assert fault.message == (
        "`Cropping2D` cannot cut 5 columns from [N, 8, 5, 3]: axis 2 is 5 long"
    )
    assert (fault.argument, fault.inputs) == ("cropping", (0,))


def test_cropping_undoes_padding() -> None:
    sides = ((1, 2), (0, 3))
    checked = chain(
        ("N", "H", "W", 2), made(ZeroPadding2D, padding=sides), made(Cropping2D, cropping=sides)
    )
    assert str(output(checked)) == "float32[N, H, W, 2]"
    x = np.random.default_rng(0).random((1, 3, 4, 2), np.float32)
    np.testing.assert_array_equal(run(model(checked), x), x)


@pytest.mark.parametrize(
    "op", [made(ZeroPadding2D), made(Cropping2D, cropping=1), made(UpSampling2D), made(LRN)]
)
def test_no_transpose_between_convolutions(op: Op) -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    lowered = model(chain(("N", 6, 6, 3), conv, op, conv))
    assert node_types(lowered)["Transpose"] == 2


@pytest.mark.parametrize("interpolation", ["bicubic", "lanczos3", "lanczos5"])
def test_other_interpolations_are_refused_with_a_reason(interpolation: str) -> None:
    fault = refusal(("N", 4, 4, 1), UpSampling2D, interpolation=interpolation)
    assert fault.code is Code.BAD_VALUE
    assert fault.argument == "interpolation"
    assert fault.message == (
        f"`UpSampling2D` cannot interpolate by {interpolation}: ONNX's Resize does not give "
        "Keras's numbers for it"
    )


def test_an_interpolation_nobody_has_is_refused() -> None:
    fault = refusal(("N", 4, 4, 1), UpSampling2D, interpolation="cubic")
    assert fault.message == (
        '`interpolation` of `UpSampling2D` takes nearest or bilinear, not "cubic"'
    )


def test_bilinear_blends_between_the_centres_of_cells() -> None:
    op = made(UpSampling2D, size=(1, 2), interpolation="bilinear")
    x = np.array([0, 4], np.float32).reshape(1, 1, 2, 1)
    y = run(model(chain(("N", 1, "W", 1), op)), x)
    np.testing.assert_allclose(y.ravel(), [0, 1, 3, 4])


def test_windows_for_the_receptive_field() -> None:
    x = TensorType("float32", (1, 8, 8, 3))
    nearest = made(UpSampling2D, size=(2, 1)).window(x)
    assert nearest == Window((1, 1), (1, 1), (1, 1), scale=(2, 1))
    bilinear = made(UpSampling2D, size=(2, 1), interpolation="bilinear").window(x)
    assert bilinear == Window((2, 1), (1, 1), (1, 1), scale=(2, 1))


@pytest.mark.parametrize(
    ("op", "flops"),
    [
        (made(ZeroPadding2D), 0),
        (made(Cropping2D, cropping=1), 0),
        (made(UpSampling2D), 0),
        # Five squares summed: one square, four additions; then scale, bias, power, quotient.
        (made(LRN), 4 * 4 * 6 * 9),
    ],
)
def test_flops(op: Op, flops: int) -> None:
    assert costs(chain((1, 4, 4, 6), op)) == (0, 0, flops)


@pytest.mark.parametrize("opset", range(17, 23))
@pytest.mark.parametrize(
    "op",
    [
        made(ZeroPadding2D, padding=(1, 2)),
        made(Cropping2D, cropping=(1, (2, 0))),
        made(UpSampling2D, size=3),
        made(UpSampling2D, size=3, interpolation="bilinear"),
        made(LRN, alpha=0.5),
    ],
)
def test_every_opset_gives_the_same_numbers(op: Op, opset: int) -> None:
    checked = chain(("N", "H", "W", 2), op)
    x = np.random.default_rng(0).random((1, 7, 6, 2), np.float32)
    np.testing.assert_allclose(run(model(checked, opset), x), run(model(checked), x), rtol=1e-6)


def test_lrn_is_the_paper_s_formula() -> None:
    x = np.random.default_rng(0).uniform(-30, 30, (2, 3, 4, 8)).astype(np.float32)
    expected = np.empty_like(x)
    for channel in range(8):
        near = x[..., max(0, channel - 2) : channel + 3]
        scale = (2 + 1e-4 * (near.astype(np.float64) ** 2).sum(-1)) ** 0.75
        expected[..., channel] = x[..., channel] / scale
    np.testing.assert_allclose(run(model(chain((2, 3, 4, 8), made(LRN))), x), expected, rtol=1e-5)


def test_lrn_refuses_a_negative_radius() -> None:
    assert refusal(("N", 4, 4, 8), LRN, depth_radius=-1).argument == "depth_radius"
