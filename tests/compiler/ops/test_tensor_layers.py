"""Casts, comparisons, Where, single axes and blocks: refusals, layouts, costs."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import POINT, Op, Window
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.tensor.axes import DepthToSpace, ExpandDims, SpaceToDepth, Squeeze
from netc.compiler.ops.tensor.casts import Cast, Clip
from netc.compiler.ops.tensor.logic import (
    Equal,
    Greater,
    GreaterEqual,
    LogicalAnd,
    LogicalNot,
    Where,
)
from netc.compiler.ops.tensor.unary import UNARY, Abs, Round
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run
from .graphs import Net, refused, typed
from .graphs import run as run_net


def test_a_range_is_not_upside_down() -> None:
    fault = refusal(("N", 4), Clip, min=2, max=1)
    assert fault.code is Code.BAD_VALUE
    assert fault.message == "`min` 2.0 of `Clip` is greater than `max` 1.0"


def test_integers_are_cut_at_integers() -> None:
    fault = refused(made(Clip, min=0, max=2.5), [typed("N", dtype="int32")])
    assert (fault.code, fault.argument) == (Code.DTYPE, "max")
    assert fault.message == "`Clip` cannot cut int32 at 2.5"


def test_a_dtype_that_is_not_there() -> None:
    assert refusal(("N", 4), Cast, dtype="float33").code is Code.BAD_VALUE


def test_a_cast_to_the_same_dtype_is_nothing() -> None:
    assert node_types(model(chain(("N", 4), made(Cast, dtype="float32")))) == {"Identity": 1}


def test_a_comparison_takes_two_tensors_or_a_number() -> None:
    fault = refused(made(Greater), [typed("N", 4)])
    assert fault.code is Code.INPUT_COUNT
    assert fault.message == "`Greater` takes two tensors, or one and a number; got 1"
    assert fault.help == "`x -> Greater(0.5)` compares with a number"
    both = refused(made(Greater, number=2), [typed("N", 4), typed("N", 4)])
    assert both.message.endswith("got 2 and 2.0")


def test_integers_are_compared_with_integers() -> None:
    fault = refused(made(GreaterEqual, number=0.5), [typed("N", dtype="int32")])
    assert fault.message == "`GreaterEqual` cannot compare int32 with 0.5"
    assert refused(made(Equal), [typed("N"), typed("N", dtype="int32")]).code is Code.DTYPE


@pytest.mark.parametrize(
    ("op", "inputs"),
    [
        (made(Greater), [typed("N", 4), typed("N", 3)]),
        (made(LogicalAnd), [typed("N", 4, dtype="bool"), typed("N", 3, dtype="bool")]),
        (made(Where), [typed("N", 4, dtype="bool"), typed("N", 4), typed(3)]),
        # Behind the batch these would fit, but NumPy aligns them at the end.
        (made(Greater), [typed("N", 5, 4), typed("N", 4)]),
    ],
)
def test_shapes_that_do_not_broadcast(op: Op, inputs: list[TensorType]) -> None:
    fault = refused(op, inputs)
    assert fault.code is Code.BROADCAST
    assert fault.message.startswith(f"`{op.name}` cannot broadcast [")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            [typed("N"), typed("N"), typed("N")],
            "`Where` takes a bool tensor first, got float32",
        ),
        (
            [typed("N", dtype="bool"), typed("N"), typed("N", dtype="int32")],
            "`Where` chooses between tensors of one dtype, got float32 and int32",
        ),
        (
            [typed("N", dtype="bool"), typed("N", dtype="bool"), typed("N", dtype="bool")],
            "`Where` chooses between numbers, got bool",
        ),
    ],
)
def test_what_where_refuses(inputs: list[TensorType], message: str) -> None:
    fault = refused(made(Where), inputs)
    assert fault.code is Code.DTYPE
    assert fault.message == message


def test_where_behind_convolutions_keeps_their_layout() -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    net = Net()
    a = net.add(conv, net.input("N", 5, 6, 3))
    chosen = net.add(made(Where), net.add(made(Greater, number=0), a), a, net.add(made(Abs), a))
    lowered = net.onnx(net.add(conv, chosen))
    assert node_types(lowered)["Transpose"] == 2


def test_where_chooses() -> None:
    net = Net()
    ins = (net.input(3, dtype="bool"), net.input(3), net.input(1))
    (y,) = run_net(
        net.onnx(net.add(made(Where), *ins)),
        np.array([True, False, True]),
        np.array([1, 2, 3], np.float32),
        np.array([9], np.float32),
    )
    assert y.tolist() == [1, 9, 3]


def test_logic_is_of_bools() -> None:
    assert refusal(("N", 4), LogicalNot).code is Code.DTYPE


def test_half_goes_to_the_even_side() -> None:
    y = run(model(chain((4,), made(Round))), np.array([0.5, 1.5, 2.5, -0.5], np.float32))
    assert y.tolist() == [0, 2, 2, 0]


@pytest.mark.parametrize("cls", UNARY.values(), ids=list(UNARY))
def test_a_function_costs_one_for_each_element_and_needs_no_transpose(cls: type[Op]) -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    assert costs(chain((2, 3, 4), made(cls))) == (0, 0, 24)
    lowered = model(chain(("N", 5, 6, 3), conv, made(cls), conv), 17)
    assert node_types(lowered)["Transpose"] == 2


def test_functions_that_onnxruntime_has_for_short_floats_only_take_all_floats() -> None:
    assert made(UNARY["Tan"]).infer(typed("N", dtype="float64"))[0].dtype == "float64"
    fault = refused(made(UNARY["Tan"]), [typed("N", dtype="int32")])
    assert fault.code is Code.DTYPE
    assert fault.message == "`Tan` takes a float tensor, got int32"


def test_only_axes_of_length_1_are_taken_out() -> None:
    fault = refusal(("N", 4, 1), Squeeze, axis=1)
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`Squeeze` takes out axes of length 1, but axis 1 of [N, 4, 1] is 4 long"
    )
    batch = refusal(("N", 4, 1), Squeeze, axis=0)
    assert batch.message.endswith("is N long, which may differ from 1")


@pytest.mark.parametrize(
    ("axis", "shape"),
    [(0, "[1, N, 4]"), (1, "[N, 1, 4]"), (2, "[N, 4, 1]"), (-1, "[N, 4, 1]"), (-3, "[1, N, 4]")],
)
def test_a_new_axis(axis: int, shape: str) -> None:
    assert str(output(chain(("N", 4), made(ExpandDims, axis=axis)))) == f"float32{shape}"
    assert "no axis 3" in refusal(("N", 4), ExpandDims, axis=3).message


@pytest.mark.parametrize("axis", [0, 1, 2, 3])
def test_squeezing_behind_a_convolution(axis: int) -> None:
    shape = tuple(1 if i == axis else size for i, size in enumerate((2, 3, 4, 5)))
    conv = made(Conv2D, filters=shape[-1], kernel_size=1)
    x = np.random.default_rng(0).random(shape, np.float32)
    plain = run(model(chain(shape, conv)), x)
    squeezed = run(model(chain(shape, conv, made(Squeeze, axis=axis))), x)
    np.testing.assert_allclose(squeezed, plain.squeeze(axis), rtol=1e-6)


def test_channels_must_fill_the_blocks() -> None:
    fault = refusal(("N", 4, 4, 6), DepthToSpace, block_size=2)
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`DepthToSpace` cannot spread the 6 channels of [N, 4, 4, 6] over blocks of 2 by 2"
    )
    assert fault.help == "let the layer before give a multiple of 4 channels"
    assert refusal(("N", 4, 4, 6), DepthToSpace, block_size=1).argument == "block_size"


def test_blocks_must_fill_the_picture() -> None:
    fault = refusal(("N", 4, "W", 3), SpaceToDepth, block_size=2)
    assert fault.message == (
        "`SpaceToDepth` cannot cut [N, 4, W, 3] into blocks of 2 by 2: axis 2 is `W`"
    )
    assert fault.help.startswith("write its size as `2 * W`")


def test_the_two_block_moves_undo_each_other() -> None:
    checked = chain(
        ("N", "H", "W", 8), made(DepthToSpace, block_size=2), made(SpaceToDepth, block_size=2)
    )
    assert str(output(checked)) == "float32[N, H, W, 8]"
    x = np.random.default_rng(0).random((2, 3, 5, 8), np.float32)
    lowered = model(checked)
    np.testing.assert_array_equal(run(lowered, x), x)
    assert node_types(lowered)["Transpose"] == 2


def test_what_an_output_sees() -> None:
    x = typed("N", 4, 4, 4)
    assert made(DepthToSpace, block_size=2).window(x) == Window((1, 1), (1, 1), (1, 1), (2, 2))
    assert made(SpaceToDepth, block_size=2).window(x) == Window((2, 2), (2, 2), (1, 1))
    assert made(ExpandDims, axis=1).window(x) == POINT
    assert made(ExpandDims, axis=-1).window(x) is None
