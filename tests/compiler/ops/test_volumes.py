"""The layers over one and three axes that Conv2D's tests do not reach: refusals, costs, ONNX."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Op, Window
from netc.compiler.ops.conv.conv import Conv1D, Conv3D
from netc.compiler.ops.conv.conv_transpose import Conv1DTranspose, Conv3DTranspose
from netc.compiler.ops.pool.global_pooling import GlobalAveragePooling3D, GlobalMaxPooling3D
from netc.compiler.ops.pool.pooling import AveragePooling3D, MaxPooling3D
from netc.compiler.ops.spatial.spatial import Cropping1D, Cropping3D, ZeroPadding1D, ZeroPadding3D
from netc.compiler.ops.spatial.upsampling import UpSampling1D, UpSampling3D
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run
from .graphs import typed


@pytest.mark.parametrize(
    ("cls", "args", "argument"),
    [
        (Conv3D, {"filters": 2, "kernel_size": (3, 6, 3)}, "kernel_size"),
        (MaxPooling3D, {"pool_size": (1, 6, 1)}, "pool_size"),
    ],
)
def test_a_window_larger_than_the_volume_is_refused(
    cls: type[Op], args: dict[str, object], argument: str
) -> None:
    fault = refusal(("N", 4, 5, 6, 2), cls, **args)
    assert fault.code is Code.EMPTY_DIM
    assert fault.message.endswith("into [N, 4, 5, 6, 2]: axis 2 is 5 long")
    assert (fault.argument, fault.inputs) == (argument, (0,))


def test_a_picture_is_no_volume() -> None:
    fault = refusal(("N", 8, 9, 3), Conv3D, filters=2, kernel_size=1)
    assert fault.code is Code.RANK
    assert fault.message == (
        "`Conv3D` needs a tensor of rank 5 [batch, depth, height, width, channels], "
        "got rank 4 [N, 8, 9, 3]"
    )
    assert fault.help == "add a channel axis: `-> Reshape((8, 9, 3, 1))`"
    assert "makes a volume" in refusal(("N", 60), Conv3D, filters=2, kernel_size=1).help


def test_strides_with_a_dilation_are_refused_with_a_way_out_for_the_same_rank() -> None:
    given: dict[str, object] = {"filters": 2, "kernel_size": 2, "strides": 2, "dilation_rate": 3}
    assert "`-> MaxPooling3D(1, strides=2)`" in refusal((2, 9, 9, 9, 2), Conv3D, **given).help
    assert "`-> UpSampling1D(2)`" in refusal((2, 9, 2), Conv1DTranspose, **given).help


def test_cutting_everything_off_names_the_axis() -> None:
    fault = refusal((2, 3, 8, 8, 1), Cropping3D, cropping=((1, 2), (0, 0), (0, 0)))
    assert fault.code is Code.EMPTY_DIM
    assert (
        fault.message == "`Cropping3D` cannot cut 3 planes from [2, 3, 8, 8, 1]: axis 1 is 3 long"
    )
    assert refusal((2, 3, 1), Cropping1D, cropping=2).help == "cut fewer steps than there are"


@pytest.mark.parametrize(
    ("cls", "value", "reason"),
    [
        (ZeroPadding1D, (1, 2, 3), "(1, 2, 3) holds 3 values, not 2"),
        (ZeroPadding3D, (1, 2), "(1, 2) holds 2 values, not 3"),
        (ZeroPadding3D, -1, "-1 is less than 0"),
    ],
)
def test_other_forms_of_padding_are_refused(cls: type[Op], value: object, reason: str) -> None:
    fault = refusal((2,) + (4,) * int(cls.__name__[-2]) + (1,), cls, padding=value)
    assert fault.code is Code.BAD_VALUE
    assert fault.message.endswith(reason)


@pytest.mark.parametrize(
    ("shape", "op", "params", "macs", "flops"),
    [
        (
            (1, 8, 9, 10, 3),
            made(Conv3D, filters=4, kernel_size=(1, 2, 3), groups=1),
            1 * 2 * 3 * 3 * 4 + 4,
            8 * 8 * 8 * 4 * (1 * 2 * 3 * 3),
            2 * 8 * 8 * 8 * 4 * (1 * 2 * 3 * 3),
        ),
        (
            (1, 3, 4, 5, 2),
            made(Conv3DTranspose, filters=4, kernel_size=3, strides=2, use_bias=False),
            3**3 * 2 * 4,
            3 * 4 * 5 * 2 * 3**3 * 4,
            2 * 3 * 4 * 5 * 2 * 3**3 * 4,
        ),
        (
            (1, 7, 2),
            made(Conv1DTranspose, filters=3, kernel_size=4),
            4 * 2 * 3 + 3,
            7 * 2 * 4 * 3,
            2 * 7 * 2 * 4 * 3,
        ),
        ((1, 4, 6, 8, 3), made(AveragePooling3D), 0, 0, 2 * 3 * 4 * 3 * 8),
        ((1, 4, 6, 8, 3), made(GlobalMaxPooling3D), 0, 0, 4 * 6 * 8 * 3),
        ((1, 4, 6, 8, 3), made(ZeroPadding3D), 0, 0, 0),
        ((1, 4, 3), made(UpSampling1D), 0, 0, 0),
    ],
)
def test_costs(shape: tuple[int, ...], op: Op, params: int, macs: int, flops: int) -> None:
    assert costs(chain(shape, op)) == (params, macs, flops)


@pytest.mark.parametrize(
    ("op", "window"),
    [
        (
            made(Conv3D, filters=1, kernel_size=(3, 2, 1), dilation_rate=(2, 1, 1)),
            Window((3, 2, 1), (1, 1, 1), (2, 1, 1)),
        ),
        (
            made(MaxPooling3D, pool_size=3, strides=(1, 2, 3)),
            Window((3, 3, 3), (1, 2, 3), (1, 1, 1)),
        ),
        (
            made(Conv3DTranspose, filters=1, kernel_size=3, strides=2),
            Window((2, 2, 2), (1, 1, 1), (1, 1, 1), scale=(2, 2, 2)),
        ),
        (
            made(UpSampling3D, size=(1, 2, 3)),
            Window((1, 1, 1), (1, 1, 1), (1, 1, 1), scale=(1, 2, 3)),
        ),
        (made(GlobalAveragePooling3D), None),
    ],
)
def test_the_receptive_field(op: Op, window: Window | None) -> None:
    assert op.window(typed("N", 8, 8, 8, 2)) == window


@pytest.mark.parametrize("opset", [17, 22])
@pytest.mark.parametrize(
    "op",
    [
        made(MaxPooling3D),
        made(AveragePooling3D, padding="same"),
        made(ZeroPadding3D),
        made(Cropping3D),
        made(UpSampling3D),
        made(Conv3DTranspose, filters=3, kernel_size=2, strides=2),
    ],
)
def test_no_transpose_between_convolutions_over_volumes(op: Op, opset: int) -> None:
    conv = made(Conv3D, filters=4, kernel_size=1)
    lowered = model(chain(("N", 4, 6, 8, 3), conv, op, conv, made(GlobalAveragePooling3D)), opset)
    assert node_types(lowered)["Transpose"] == 1


@pytest.mark.parametrize(
    "op",
    [
        made(ZeroPadding1D),
        made(Cropping1D),
        made(UpSampling1D),
        made(Conv1DTranspose, filters=3, kernel_size=2),
    ],
)
def test_no_transpose_between_convolutions_over_time(op: Op) -> None:
    conv = made(Conv1D, filters=4, kernel_size=1)
    assert node_types(model(chain(("N", "T", 3), conv, op, conv)))["Transpose"] == 2


def test_cropping_undoes_padding() -> None:
    sides = ((1, 2), (0, 3), (2, 1))
    checked = chain(
        ("N", "D", "H", "W", 2),
        made(ZeroPadding3D, padding=sides),
        made(Cropping3D, cropping=sides),
    )
    assert str(output(checked)) == "float32[N, D, H, W, 2]"
    x = np.random.default_rng(0).random((1, 3, 4, 2, 2), np.float32)
    np.testing.assert_array_equal(run(model(checked), x), x)


def test_a_mean_over_a_volume_does_not_count_padded_cells() -> None:
    pool = made(AveragePooling3D, pool_size=3, strides=1, padding="same")
    ones = np.ones((1, 3, 4, 2, 1), np.float32)
    np.testing.assert_allclose(run(model(chain((1, 3, 4, 2, 1), pool)), ones), ones)


def test_upsampling_repeats_steps() -> None:
    y = run(
        model(chain((1, 3, 1), made(UpSampling1D, size=2))), np.array([[[1], [2], [3]]], "float32")
    )
    assert y.ravel().tolist() == [1, 1, 2, 2, 3, 3]
