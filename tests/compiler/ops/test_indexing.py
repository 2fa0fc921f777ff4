"""Indexing by NumPy's rules, on numbers and on names."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.ops.base.op import Refusal
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.tensor.index_items import slice_length
from netc.compiler.ops.tensor.indexing import ELLIPSIS, NEWAXIS, IndexItem, at, index, span
from netc.compiler.shapes.dims import substitute, symbol
from netc.dsl.diagnostics.codes import Code

from .graphs import Net, kinds, refused, run, typed

N, T = symbol("N"), symbol("T")


@pytest.mark.parametrize(
    ("items", "shape"),
    [
        ((span(), at(0)), "[N, 8]"),
        ((span(), span(1)), "[N, T - 1, 8]"),
        ((span(), span(None, T - 1)), "[N, T - 1, 8]"),
        ((span(), span(None, None, 2)), "[N, ceil(T/2), 8]"),
        ((span(), span(None, 5)), "[N, min(5, T), 8]"),
        ((span(), span(-3)), "[N, min(3, T), 8]"),
        ((ELLIPSIS, span(None, None, -1)), "[N, T, 8]"),
        ((ELLIPSIS, at(-1), NEWAXIS), "[N, T, 1]"),
        ((NEWAXIS,), "[1, N, T, 8]"),
        ((span(), span(1, T)), "[N, T - 1, 8]"),
    ],
)
def test_shapes(items: tuple[IndexItem, ...], shape: str) -> None:
    (out,) = index(items).infer(typed("N", "T", 8))
    assert str(out) == f"float32{shape}"


BOUNDS = [None, -7, -5, -3, -1, 0, 1, 3, 5, 7]


@pytest.mark.parametrize("step", [1, 2, 3, -1, -2, -3])
def test_the_length_of_a_name_is_that_of_the_number(step: int) -> None:
    for start, stop in product(BOUNDS, BOUNDS):
        item = span(start, stop, step)
        numbers = range(9)[slice(start, stop, step)]
        if len(numbers) and all(-9 <= bound <= 9 for bound in (start, stop) if bound is not None):
            assert substitute(slice_length(item, T), {"T": 9}) == len(numbers), item


def test_an_index_out_of_range_names_axis_and_size() -> None:
    fault = refused(index((span(), at(8))), [typed("N", 8)])
    assert (fault.code, fault.argument) == (Code.INDEX, "items")
    assert fault.message == "index 8 is outside axis 1 of [N, 8], whose size is 8"
    assert fault.help == "the last one is 7 or -1"
    assert refused(index((span(), at(-9))), [typed("N", 8)]).code is Code.INDEX
    assert refused(index((span(), at(T))), [typed("N", "T")]).code is Code.INDEX


def test_a_very_long_index_is_refused_like_any_other() -> None:
    fault = refused(index((span(), at(10**5000))), [typed("N", 8)])
    assert fault.message == "index … is outside axis 1 of [N, 8], whose size is 8"


def test_an_empty_slice_is_refused() -> None:
    fault = refused(index((span(), span(5, 2))), [typed("N", 8)])
    assert fault.code is Code.EMPTY_DIM
    assert fault.message == "`5:2` leaves nothing of axis 1 of [N, 8], whose size is 8"
    assert refused(index((span(), span(T))), [typed("N", "T")]).code is Code.EMPTY_DIM


def test_too_many_items_are_refused() -> None:
    fault = refused(index((at(0), at(0), at(0))), [typed("N", 8)])
    assert fault.message == "`[0, 0, 0]` indexes 3 axes, but [N, 8] has 2"


@pytest.mark.parametrize("items", [(span(step=0),), (ELLIPSIS, ELLIPSIS)])
def test_what_is_no_index_is_refused_at_once(items: tuple[IndexItem, ...]) -> None:
    with pytest.raises(Refusal) as raised:
        index(items)
    assert raised.value.code is Code.INDEX


def test_a_size_as_a_bound_counts_from_the_end_where_the_shape_is_known() -> None:
    shape = (N, T, 8)
    assert index((span(), span(None, T - 1)), shape) == index((span(), span(None, -1), span()))
    net = Net()
    x = net.input("N", "T", 2)
    y = net.add(index((span(), span(None, T - 1)), net.graph.type(x).shape), x)
    model = lower_keras(net.checked(y))
    given = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    np.testing.assert_array_equal(model(given), given[:, :-1])


def test_a_size_of_another_input_is_a_bound_in_onnx_and_refused_for_keras() -> None:
    net = Net()
    x, other = net.input("N", "T", 2), net.input("N", "S")
    y = net.add(index((span(), span(None, symbol("S")), at(0))), x)
    model = net.onnx(y)
    given = np.arange(20, dtype=np.float32).reshape(2, 5, 2)
    (out,) = run(model, given, np.zeros((2, 3), np.float32))
    np.testing.assert_array_equal(out, given[:, :3, 0])
    with pytest.raises(Refusal) as raised:
        lower_keras(net.checked())
    assert raised.value.code is Code.NO_KERAS
    assert other.node == "x1"


def test_a_slice_keeps_the_layout_of_a_convolution() -> None:
    net = Net()
    conv = Conv2D(filters=4, kernel_size=(1, 1))
    y = net.add(
        index((span(), span(1), span(), span(None, 3))), net.add(conv, net.input("N", 6, 6, 3))
    )
    model = net.onnx(net.add(conv, y))
    assert kinds(model) == ["Transpose", "Conv", "Slice", "Conv", "Transpose"]
    (out,) = run(model, np.ones((2, 6, 6, 3), np.float32))
    assert out.shape == (2, 5, 6, 4)


def test_huge_bounds_are_cut_to_the_axis() -> None:
    net = Net()
    y = net.add(index((span(), span(-(10**30), 10**30))), net.input("N", 6))
    (out,) = run(net.onnx(y), np.ones((2, 6), np.float32))
    assert out.shape == (2, 6)
