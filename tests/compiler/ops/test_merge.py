"""Merge layers: what they refuse, what they cost, and that they follow their inputs' layout."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import construct
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.tensor.dot import Dot
from netc.compiler.ops.tensor.merge import Add, Average, Concatenate, Subtract
from netc.compiler.ops.tensor.merge_masked import Multiply
from netc.dsl.diagnostics.codes import Code

from .graphs import Net, kinds, refused, run, typed


def test_shapes_that_clash_are_both_named_with_the_way_out() -> None:
    fault = refused(Add(), [typed("N", 28, 28, 512), typed("N", 56, 56, 256)])
    assert fault.code is Code.BROADCAST
    assert fault.message == "`Add` cannot broadcast [N, 28, 28, 512] with [N, 56, 56, 256]"
    assert fault.inputs == (0, 1)
    assert fault.help == (
        "axes 1, 2 and 3 differ; strides=2 in the layers of the second make it as small; "
        "a layer of 512 units or filters on the second brings 512"
    )


def test_the_third_input_can_be_the_one_that_clashes() -> None:
    fault = refused(Add(), [typed("N", 4, 1), typed("N", 1, 3), typed("N", 5, 3)])
    assert fault.inputs == (0, 2)
    assert fault.message == "`Add` cannot broadcast [N, 4, 1] with [N, 5, 3]"


def test_batch_axes_must_be_equal() -> None:
    fault = refused(Multiply(), [typed("N", 4), typed("M", 4)])
    assert fault.code is Code.BROADCAST
    assert fault.message == "`Multiply` needs one batch size, got N and M: [N, 4] and [M, 4]"


def test_dtypes_must_be_equal() -> None:
    fault = refused(Add(), [typed("N", 4), typed("N", 4, dtype="int32")])
    assert fault.code is Code.DTYPE
    assert fault.message == "`Add` needs tensors of one dtype, got float32 and int32"


@pytest.mark.parametrize("count", [1, 3])
def test_subtract_takes_exactly_two(count: int) -> None:
    assert refused(Subtract(), [typed("N", 4)] * count).code is Code.INPUT_COUNT


def test_a_vector_gets_its_axes_behind_the_batch() -> None:
    (out,) = Multiply().infer(typed("N", 7, 7, 64), typed("N", 64))
    assert out == typed("N", 7, 7, 64)


def test_concatenate_names_the_axis_that_differs() -> None:
    fault = refused(Concatenate(), [typed("N", 28, 28, 64), typed("N", 14, 28, 32)])
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`Concatenate` along axis 3 needs equal sizes on axis 1, got 28 and 14: "
        "[N, 28, 28, 64] and [N, 14, 28, 32]"
    )


def test_concatenate_offers_the_axis_that_would_fit() -> None:
    assert refused(Concatenate(), [typed("N", 5, 8), typed("N", 3, 8)]).help == "axis=1 joins them"


def test_concatenate_needs_an_axis_the_tensors_have() -> None:
    fault = refused(Concatenate(axis=3), [typed("N", 4), typed("N", 4)])
    assert (fault.code, fault.argument) == (Code.BAD_VALUE, "axis")


def test_dot_refuses_the_batch_axis_and_unequal_sizes() -> None:
    two = [typed("N", 3, 4), typed("N", 5, 4)]
    assert refused(Dot(axes=0), two).argument == "axes"
    fault = refused(Dot(axes=1), two)
    assert fault.message == (
        "`Dot` needs equal sizes on axes 1 and 1, got 3 and 5: [N, 3, 4] and [N, 5, 4]"
    )


def test_costs_are_counted_by_element() -> None:
    x = typed(2, 3, 4)
    assert Add().flops([x, x, x], [x]) == 2 * 24
    assert Average().flops([x, x, x], [x]) == 3 * 24
    assert Concatenate().flops([x, x], [typed(2, 3, 8)]) == 0
    two = [typed(2, 3, 4), typed(2, 5, 4)]
    assert Dot(axes=2).macs(two, list(Dot(axes=2).infer(*two))) == 2 * 3 * 5 * 4


def test_between_convolutions_nothing_is_transposed() -> None:
    net = Net()
    x = net.input("N", 8, 8, 3)
    conv = construct(Conv2D, {"filters": 4, "kernel_size": 3, "padding": "same"})
    a, b = net.add(conv, x), net.add(conv, x)
    joined = net.add(Concatenate(), net.add(Add(), a, b), a)
    wide = net.add(Concatenate(axis=1), joined, joined)
    scale = net.input("N", 8)
    model = net.onnx(net.add(conv, net.add(Multiply(), wide, scale)))
    assert kinds(model).count("Transpose") == 2, "one at the input, one at the output"
    rng = np.random.default_rng(0)
    (y,) = run(model, rng.random((2, 8, 8, 3), np.float32), rng.random((2, 8), np.float32))
    assert y.shape == (2, 16, 8, 4)
