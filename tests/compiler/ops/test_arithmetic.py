"""Arithmetic by signs: broadcasting, dtypes, numbers and layout."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import construct
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.tensor.arithmetic import arithmetic, negative
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .graphs import Net, kinds, refused, run, typed


def test_the_summary_has_names_and_messages_have_signs() -> None:
    names = [arithmetic(sign, None, None).name for sign in ("+", "-", "*", "/", "**", "@")]
    assert [*names, negative().name] == [
        "Add", "Subtract", "Multiply", "Divide", "Power", "MatMul", "Negative",
    ]  # fmt: skip
    fault = refused(arithmetic("+", None, None), [typed("N", 28, 28, 512), typed("N", 56, 56, 256)])
    assert fault.message == "`+` cannot broadcast [N, 28, 28, 512] with [N, 56, 56, 256]"
    assert (fault.code, fault.inputs) == (Code.BROADCAST, (0, 1))


def test_two_names_are_two_sizes() -> None:
    fault = refused(arithmetic("+", None, None), [typed("N", 64), typed("M", 64)])
    assert fault.message == (
        "`+` cannot broadcast [N, 64] with [M, 64]: `N` and `M` are different names"
    )
    assert fault.help == "axis 0 differs; name both sizes `N` in the signature if they are equal"


def test_missing_axes_can_be_put_in_place() -> None:
    times = arithmetic("*", None, None)
    fault = refused(times, [typed("N", 7, 64), typed("N", 64)])
    assert fault.help == "`[:, none]` after the one of rank 2 puts its axes in place"
    fault = refused(times, [typed("N", 7, 64), typed("N", 7)])
    assert fault.help == "`[..., none]` after the one of rank 2 puts its axes in place"


def test_shapes_broadcast_from_the_right() -> None:
    (out,) = arithmetic("+", None, None).infer(typed("N", "T", 64), typed("T", 1))
    assert out == typed("N", "T", 64)


@pytest.mark.parametrize(
    ("sign", "number", "dtype", "code"),
    [
        ("+", 0.5, "int32", Code.DTYPE),
        ("+", 300, "uint8", Code.DTYPE),
        pytest.param("*", 10**5000, "float32", Code.DTYPE, id="a very long int"),
        ("**", -1, "int32", Code.BAD_VALUE),
    ],
)
def test_numbers_that_do_not_fit_are_refused(
    sign: str, number: float, dtype: str, code: Code
) -> None:
    fault = refused(arithmetic(sign, None, number), [typed("N", 4, dtype=dtype)])
    assert (fault.code, fault.argument) == (code, "right")


def test_tensors_of_two_dtypes_are_refused() -> None:
    fault = refused(arithmetic("-", None, None), [typed("N", 4), typed("N", 4, dtype="int64")])
    assert fault.message == "`-` needs tensors of one dtype, got float32 and int64"
    assert fault.help == "`-> Rescaling(1)` turns integers into float32"


def test_division_of_ints_gives_float() -> None:
    (out,) = arithmetic("/", None, 255).infer(typed("N", 4, dtype="uint8"))
    assert out == typed("N", 4)


def test_division_by_zero_and_products_of_a_number_are_refused() -> None:
    fault = refused(arithmetic("/", None, 0), [typed("N", 4)])
    assert (fault.code, fault.message) == (Code.BAD_VALUE, "`/` divides by 0")
    fault = refused(arithmetic("@", 2, None), [typed("N", 4)])
    assert fault.message == "`@` takes two tensors, got the number 2"
    assert fault.help == "`*` multiplies by a number"


def test_unsigned_numbers_have_no_negative() -> None:
    assert refused(negative(), [typed("N", 4, dtype="uint8")]).code is Code.DTYPE


@pytest.mark.parametrize(
    ("a", "b", "shape"),
    [
        (("N", "T", 4), ("N", 4, "T"), ("N", "T", "T")),
        ((2, 1, 3, 4), (5, 4, 6), (2, 5, 3, 6)),
        ((4,), (4,), ()),
        (("N", 4), (4,), ("N",)),
    ],
)
def test_matmul_shapes(
    a: tuple[int | str, ...], b: tuple[int | str, ...], shape: tuple[int | str, ...]
) -> None:
    assert arithmetic("@", None, None).infer(typed(*a), typed(*b)) == (typed(*shape),)


def test_matmul_names_both_shapes_and_the_swap() -> None:
    fault = refused(arithmetic("@", None, None), [typed("N", "T", 64), typed("N", "S", 64)])
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`@` needs the last axis of the left to be the last but one of the right, "
        "got 64 and S: [N, T, 64] and [N, S, 64]"
    )
    assert fault.help == "`-> Permute([2, 1])` swaps the last two axes of the right one"


def test_costs() -> None:
    product = arithmetic("@", None, None)
    two = [typed(2, 3, 4), typed(2, 4, 5)]
    assert product.macs(two, list(product.infer(*two))) == 2 * 3 * 5 * 4
    assert product.flops(two, list(product.infer(*two))) == 2 * 2 * 3 * 5 * 4
    assert arithmetic("+", None, 1).flops([two[0]], [two[0]]) == 24


def test_channels_first_tensors_meet_numbers_and_vectors_without_transposing() -> None:
    net = Net()
    x, bias = net.input("N", 6, 6, 3), net.input(4)
    conv = construct(Conv2D, {"filters": 4, "kernel_size": 1})
    y = net.add(arithmetic("*", 2.0, None), net.add(conv, x))
    y = net.add(negative(), net.add(arithmetic("+", None, None), y, bias))
    model = net.onnx(net.add(conv, y))
    assert kinds(model).count("Transpose") == 2
    ones = np.ones(4, np.float32)
    (out,) = run(model, np.ones((2, 6, 6, 3), np.float32), ones)
    assert out.shape == (2, 6, 6, 4)


def test_a_matrix_added_to_a_channels_first_tensor_is_added_where_it_belongs() -> None:
    net = Net()
    x, table = net.input("N", 3, 2, 3), net.input(2, 4)
    conv = construct(Conv2D, {"filters": 4, "kernel_size": 1, "kernel_initializer": "zeros"})
    model = net.onnx(net.add(arithmetic("+", None, None), net.add(conv, x), table))
    given = np.arange(8, dtype=np.float32).reshape(2, 4)
    (out,) = run(model, np.ones((5, 3, 2, 3), np.float32), given)
    np.testing.assert_allclose(out, np.broadcast_to(given, (5, 3, 2, 4)))


def test_ranks_may_differ_in_types() -> None:
    (out,) = arithmetic("+", None, None).infer(TensorType("float32", ()), typed("N", 3))
    assert out == typed("N", 3)
