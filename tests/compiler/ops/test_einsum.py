"""Einsum: equations, sizes, costs."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Refusal
from netc.compiler.ops.tensor.einsum import Einsum
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .chain import made
from .graphs import Net, refused, run, typed


@pytest.mark.parametrize(
    ("equation", "reason"),
    [
        ("ij,jk", "`ij,jk` does not say what comes out: it has no `->`"),
        ("ii->i", "`ii` of `ii->i` names an axis twice"),
        ("ij->iji", "`iji` of `ij->iji` names an axis twice"),
        ("ij->ik", "`k` of the output is an axis of no input in `ij->ik`"),
        ("i1->i", "`i1` of `i1->i` is not a row of letters"),
        ("i.j->i", "`i.j` of `i.j->i` is not a row of letters"),
        ("...i->i", "`...` is missing in the output of `...i->i`"),
        ("ij->...i", "`...` of the output stands for axes of no input in `ij->...i`"),
    ],
)
def test_equations_that_mean_nothing(equation: str, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        made(Einsum, equation=equation)
    assert caught.value.code is Code.BAD_VALUE
    assert caught.value.argument == "equation"
    assert caught.value.message.endswith(reason)


def test_a_letter_has_one_size() -> None:
    fault = refused(made(Einsum, equation="ij,jk->ik"), [typed("N", 4), typed(5, 3)])
    assert fault.code is Code.SHAPE
    assert fault.message == "`j` of `Einsum` is 4 long in [N, 4] and 5 in [5, 3]"
    assert (fault.argument, fault.inputs) == ("equation", (0, 1))


def test_every_axis_is_named() -> None:
    fault = refused(made(Einsum, equation="ij->i"), [typed("N", 4, 5)])
    assert fault.code is Code.RANK
    assert fault.message == "`ij` of `Einsum` names 2 axes, got rank 3 [N, 4, 5]"
    assert refused(made(Einsum, equation="...ij->...i"), [typed(4)]).code is Code.RANK


def test_there_is_a_tensor_for_each_term() -> None:
    fault = refused(made(Einsum, equation="ij,jk->ik"), [typed("N", 4)])
    assert fault.code is Code.INPUT_COUNT
    assert fault.message == '`Einsum` takes 2 tensors for "ij,jk->ik", got 1'


def test_dots_are_broadcast() -> None:
    op = made(Einsum, equation="...i,...i->...")
    assert str(op.infer(typed("N", 4, 1, 3), typed(6, 3))[0]) == "float32[N, 4, 6]"
    assert refused(op, [typed("N", 4, 3), typed(6, 3)]).code is Code.BROADCAST


@pytest.mark.parametrize(
    ("equation", "inputs", "flops"),
    [
        ("ij,jk->ik", [typed(2, 3), typed(3, 5)], 2 * 2 * 3 * 5),
        ("...j,jk->...k", [typed(7, 2, 3), typed(3, 5)], 2 * 7 * 2 * 3 * 5),
        ("i,j,k->ijk", [typed(2), typed(3), typed(5)], 2 * 2 * 30),
        ("ij->ji", [typed(2, 3)], 0),
        ("ij->i", [typed(2, 3)], 6),
    ],
)
def test_costs(equation: str, inputs: list[TensorType], flops: int) -> None:
    op = made(Einsum, equation=equation)
    assert op.flops(inputs, op.infer(*inputs)) == flops


def test_it_is_numpy_s() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3, 4), np.float32), rng.random((2, 4, 5), np.float32)
    net = Net()
    y = net.add(made(Einsum, equation="nij,njk->nki"), net.input("N", 3, 4), net.input("N", 4, 5))
    np.testing.assert_allclose(
        run(net.onnx(y), a, b)[0], np.einsum("nij,njk->nki", a, b), rtol=1e-5
    )
