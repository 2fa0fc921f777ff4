"""Reductions: axes, refusals, and layouts."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import POINT, Op
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.reduce.reductions import Max, Mean, Min, Prod, Sum
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run
from .graphs import refused, typed


@pytest.mark.parametrize(
    ("args", "shape"),
    [
        ({}, "[]"),
        ({"keepdims": True}, "[1, 1, 1]"),
        ({"axis": -1}, "[N, T]"),
        ({"axis": [0, 2]}, "[T]"),
        ({"axis": [1], "keepdims": True}, "[N, 1, 4]"),
        ({"axis": []}, "[N, T, 4]"),
    ],
)
def test_shapes(args: dict[str, object], shape: str) -> None:
    assert str(output(chain(("N", "T", 4), made(Sum, **args)))) == f"float32{shape}"


def test_an_axis_that_is_not_there() -> None:
    fault = refusal(("N", 4), Max, axis=2)
    assert fault.code is Code.BAD_VALUE
    assert fault.message == "`Max` has no axis 2 in [N, 4]"
    assert (fault.argument, fault.help) == ("axis", "axis must be from -2 to 1")


def test_an_axis_given_twice() -> None:
    fault = refusal(("N", 4), Sum, axis=[1, -1])
    assert fault.message == "`Sum` is given one axis of [N, 4] twice"


def test_integers_become_what_keras_makes_of_them() -> None:
    def result(op: Op, dtype: str) -> str:
        (type,) = op.infer(typed("N", 4, dtype=dtype))
        return type.dtype

    assert result(made(Mean), "int64") == result(made(Mean), "bool") == "float32"
    assert result(made(Sum), "uint8") == "uint32"
    assert result(made(Prod), "bool") == "int32"
    assert result(made(Max), "uint8") == "uint8"
    assert refused(made(Max), [typed("N", 4, dtype="uint64")]).code is Code.DTYPE


def test_costs_and_sight() -> None:
    assert costs(chain((2, 3, 4), made(Min, axis=1))) == (0, 0, 24)
    assert made(Max, axis=-1, keepdims=True).window(typed("N", 4, 5, 6)) == POINT
    assert made(Max, axis=1).window(typed("N", 4, 5, 6)) is None


@pytest.mark.parametrize("opset", [17, 18, 22])
@pytest.mark.parametrize("axis", [None, 0, 1, 3, [1, 2], [1, 3], [0, 3], [1, 2, 3]])
@pytest.mark.parametrize("keepdims", [True, False])
def test_numbers_behind_a_convolution(axis: object, keepdims: bool, opset: int) -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    x = np.random.default_rng(0).random((2, 5, 6, 3), np.float32)
    plain = run(model(chain(("N", "H", 6, 3), conv), opset), x)
    lowered = model(chain(("N", "H", 6, 3), conv, made(Prod, axis=axis, keepdims=keepdims)), opset)
    over = tuple(axis) if isinstance(axis, list) else axis
    expected = plain.prod(axis=over, keepdims=keepdims)  # type: ignore[arg-type]
    np.testing.assert_allclose(run(lowered, x), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("op", "transposes"),
    [
        (made(Mean, axis=[1, 2]), 1),
        (made(Sum, axis=-1), 1),
        (made(Max, axis=[1, 2, 3], keepdims=True), 1),
    ],
)
def test_no_transpose_for_a_reduction(op: Op, transposes: int) -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    assert node_types(model(chain(("N", 5, 6, 3), conv, op)))["Transpose"] == transposes
