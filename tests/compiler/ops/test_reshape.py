"""Flatten, Reshape and Permute on numbers, on symbols and in either layout."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Op, Refusal, construct
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.tensor.reshape import Flatten, Permute, Reshape
from netc.compiler.shapes.dims import symbol
from netc.dsl.diagnostics.codes import Code

from .graphs import Net, kinds, refused, run, typed

H, W = symbol("H"), symbol("W")


def test_flatten_of_named_sizes_is_their_product() -> None:
    (out,) = Flatten().infer(typed("N", "H", "W", 3))
    assert str(out) == "float32[N, 3*H*W]"


def test_flatten_needs_something_beside_the_batch() -> None:
    assert refused(Flatten(), [typed("N")]).code is Code.RANK


def test_reshape_names_both_counts() -> None:
    fault = refused(construct(Reshape, {"target_shape": [7, 7]}), [typed("N", 50)])
    assert (fault.code, fault.argument) == (Code.SHAPE, "target_shape")
    assert fault.message == (
        "`Reshape` makes [7, 7] (49 elements) of a sample of [N, 50] (50 elements)"
    )


def test_reshape_computes_what_is_left() -> None:
    (out,) = construct(Reshape, {"target_shape": [-1, 2, W]}).infer(typed("N", "H", "W", 4))
    assert str(out) == "float32[N, 2*H, 2, W]"


def test_reshape_refuses_what_does_not_divide() -> None:
    fault = refused(construct(Reshape, {"target_shape": [-1, 4]}), [typed("N", "H", 3)])
    assert fault.message == (
        "`Reshape` cannot make [-1, 4] of a sample of [N, H, 3]: 3*H elements do not divide by 4"
    )


@pytest.mark.parametrize("sizes", [[-1, -1], [0, 2], [2, -3], ["a"]])
def test_reshape_takes_sizes(sizes: list[object]) -> None:
    with pytest.raises(Refusal) as raised:
        construct(Reshape, {"target_shape": sizes})
    assert raised.value.argument == "target_shape"


def test_permute_names_each_axis_once() -> None:
    fault = refused(construct(Permute, {"dims": [1, 1]}), [typed("N", 4, 3)])
    assert (fault.code, fault.argument) == (Code.BAD_VALUE, "dims")
    assert fault.help == "dims must hold 1, 2 in some order"


def test_rearranging_costs_nothing() -> None:
    x = typed("N", 4, 3)
    assert Flatten().flops([x], list(Flatten().infer(x))) == 0


def conv(filters: int) -> Op:
    return construct(Conv2D, {"filters": filters, "kernel_size": 1})


@pytest.mark.parametrize(
    ("size", "filters", "transposes"),
    [((4, 4), 2, 2), ((1, 1), 2, 0), ((4, 4), 1, 1), ((4, 1), 2, 2)],
    ids=["image", "one position", "one channel", "a column"],
)
def test_flatten_transposes_only_where_the_order_differs(
    size: tuple[int, int], filters: int, transposes: int
) -> None:
    net = Net()
    y = net.add(conv(filters), net.input("N", *size, 3))
    model = net.onnx(net.add(Flatten(), y), y)
    image = np.random.default_rng(0).random((2, *size, 3), np.float32)
    flat, whole = run(model, image)
    np.testing.assert_array_equal(flat, whole.reshape(2, -1))
    alone = Net()
    y = alone.add(conv(filters), alone.input("N", *size, 3))
    model = alone.onnx(alone.add(Flatten(), y))
    assert kinds(model).count("Transpose") == transposes


def test_permute_of_a_channels_first_tensor_may_be_free() -> None:
    net = Net()
    y = net.add(conv(2), net.input("N", 4, 5, 3))
    model = net.onnx(net.add(construct(Permute, {"dims": [3, 1, 2]}), y))
    assert kinds(model) == ["Transpose", "Conv"]


def test_two_named_sizes_are_read_from_the_input() -> None:
    net = Net()
    target = construct(Reshape, {"target_shape": [W, H, 3]})
    model = net.onnx(net.add(target, net.input("N", "H", "W", 3)))
    image = np.arange(36, dtype=np.float32).reshape(1, 3, 4, 3)
    (out,) = run(model, image)
    np.testing.assert_array_equal(out, image.reshape(1, 4, 3, 3))
