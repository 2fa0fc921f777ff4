"""Group, RMS and unit normalization: refusals, costs, and the ONNX they become."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import POINT, Op
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.norm.group_normalization import GroupNormalization
from netc.compiler.ops.norm.unit_normalization import RMSNormalization, UnitNormalization
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, refusal, run
from .graphs import typed


def test_groups_must_divide_the_channels() -> None:
    fault = refusal(("N", 4, 4, 48), GroupNormalization)
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`GroupNormalization` cannot split the 48 channels of float32[N, 4, 4, 48] into "
        "32 groups of one size"
    )
    assert (fault.argument, fault.inputs) == ("groups", (0,))


@pytest.mark.parametrize("groups", [0, -2])
def test_a_number_of_groups_is_positive_or_minus_one(groups: int) -> None:
    fault = refusal(("N", 4, 4, 8), GroupNormalization, groups=groups)
    assert fault.code is Code.BAD_VALUE
    assert fault.message.endswith(f"{groups} is neither -1 nor at least 1")


@pytest.mark.parametrize(
    ("cls", "args"),
    [
        (GroupNormalization, {"axis": 0}),
        (GroupNormalization, {"axis": 4}),
        (RMSNormalization, {"axis": 0}),
        (UnitNormalization, {"axis": [1, 4]}),
    ],
)
def test_the_batch_and_missing_axes_are_refused(cls: type[Op], args: dict[str, object]) -> None:
    fault = refusal(("N", 4, 4, 32), cls, **args)
    assert (fault.code, fault.argument) == (Code.RANK, "axis")


def test_rms_takes_each_axis_once() -> None:
    fault = refusal(("N", 4, 5, 6), RMSNormalization, axis=[1, -3])
    assert fault.message == "`RMSNormalization` is given one axis of float32[N, 4, 5, 6] twice"


def test_rms_scales_along_the_axes_of_its_mean() -> None:
    checked = chain(("N", 4, 5, 6), made(RMSNormalization, axis=[3, 1]))
    (weight,) = checked.graph.node("layer0").weights
    assert weight.shape == (4, 6)


@pytest.mark.parametrize("cls", [RMSNormalization, UnitNormalization])
def test_no_axes_at_all_are_refused(cls: type[Op]) -> None:
    assert refusal(("N", 4), cls, axis=[]).message == f"`axis` of `{cls.__name__}` is empty"


@pytest.mark.parametrize(
    ("op", "params", "flops"),
    [
        (made(GroupNormalization, groups=3), 12, 7 * 120),
        (made(GroupNormalization, groups=3, scale=False), 6, 7 * 120),
        (made(RMSNormalization), 6, 4 * 120),
        (made(RMSNormalization, axis=[2, 3]), 30, 4 * 120),
        (made(UnitNormalization), 0, 3 * 120),
    ],
)
def test_costs(op: Op, params: int, flops: int) -> None:
    assert costs(chain((1, 4, 5, 6), op)) == (params, 0, flops)


def test_what_an_output_sees() -> None:
    x = typed("N", 4, 5, 6)
    assert made(GroupNormalization, groups=3).window(x) is None
    assert made(RMSNormalization).window(x) == POINT
    assert made(UnitNormalization, axis=1).window(x) is None


@pytest.mark.parametrize("opset", [17, 18, 22, 23])
@pytest.mark.parametrize(
    "op", [made(GroupNormalization, groups=2), made(UnitNormalization, axis=[1, 2])]
)
def test_no_transpose_between_convolutions(op: Op, opset: int) -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    lowered = model(chain(("N", "H", "W", 3), conv, op, conv), opset)
    assert node_types(lowered)["Transpose"] == 2


@pytest.mark.parametrize("opset", [17, 22])
def test_a_group_has_mean_0_and_variance_1(opset: int) -> None:
    x = np.random.default_rng(0).normal(3, 2, (2, 7, 5, 6)).astype(np.float32)
    op = made(GroupNormalization, groups=2, epsilon=0)
    y = run(model(chain(("N", "H", 5, 6), op), opset), x).reshape(2, 35, 2, 3)
    np.testing.assert_allclose(y.mean((1, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(y.var((1, 3)), 1, rtol=1e-4)


def test_a_vector_of_zeros_stays_zero() -> None:
    y = run(model(chain((1, 4), made(UnitNormalization))), np.zeros((1, 4), np.float32))
    assert y.tolist() == [[0, 0, 0, 0]]


def test_a_number_for_each_example_has_no_axis_to_normalize() -> None:
    fault = refusal(("N",), UnitNormalization)
    assert fault.code is Code.RANK
    assert fault.message == (
        "`UnitNormalization` works along axis -1, which is the batch in float32[N]"
    )
    assert fault.help == ""
