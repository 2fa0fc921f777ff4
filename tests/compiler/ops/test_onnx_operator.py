"""ONNX operators by name: typed by ONNX, refused with a reason, run with their values in order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.onnx.operator_types import typer
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.base.op import Op, Refusal
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.tensor.onnx_operator import onnx_operator
from netc.dsl.diagnostics.codes import Code

from .graphs import Net, refused, run, typed


def onnx_op(
    op_type: str, constants: Mapping[int, object] | None = None, **attributes: object
) -> Op:
    """An operator with constants in the places of some inputs, which are given by name."""
    names = typer().inputs(op_type)
    given = {names[place]: value for place, value in (constants or {}).items()}
    return onnx_operator(op_type, attributes | given, typer())


def fault_of(op_type: str, **attributes: object) -> Refusal:
    with pytest.raises(Refusal) as raised:
        onnx_operator(op_type, attributes, typer())
    return raised.value


def test_einsum_is_typed_and_run() -> None:
    einsum = onnx_op("Einsum", equation="bij,bjk->bik")
    assert einsum.name == "onnx.Einsum"
    assert einsum.infer(typed("N", 3, 4), typed("N", 4, 5)) == (typed("N", 3, 5),)
    net = Net()
    y = net.add(einsum, net.input("N", 3, 4), net.input("N", 4, 5))
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3, 4), np.float32), rng.random((2, 4, 5), np.float32)
    (out,) = run(net.onnx(y), a, b)
    np.testing.assert_allclose(out, a @ b, rtol=1e-5)


def test_names_in_sizes_come_back_as_they_were() -> None:
    hard = onnx_op("HardSwish")
    x = typed("N", "T", 3)
    longer = type(x)(x.dtype, (x.shape[0], 2 * x.shape[1] + 1, 3))
    assert hard.infer(longer) == (longer,)


def test_values_are_given_in_channels_last_order() -> None:
    net = Net()
    conv = net.add(Conv2D(filters=4, kernel_size=(1, 1)), net.input("N", 3, 5, 2))
    model = net.onnx(net.add(onnx_op("Softmax", axis=1), conv), conv)
    soft, plain = run(model, np.random.default_rng(0).random((2, 3, 5, 2), np.float32))
    exp = np.exp(plain)
    np.testing.assert_allclose(soft, exp / exp.sum(axis=1, keepdims=True), rtol=1e-5)


def test_outputs_are_as_many_as_the_schema_has_at_least() -> None:
    top = onnx_op("TopK", {1: [2]})
    assert top.infer(typed("N", 5)) == (typed("N", 2), typed("N", 2, dtype="int64"))
    split = onnx_op("Split", axis=1, num_outputs=3)
    assert split.infer(typed("N", 6)) == (typed("N", 2),) * 3
    net = Net()
    first = net.add(top, net.input("N", 5))
    second = type(first)(first.node, 1)
    values, places = run(net.onnx(first, second), np.array([[3, 1, 9, 0, 7]], np.float32))
    assert (values.tolist(), places.tolist()) == ([[9, 7]], [[2, 4]])


def test_numbers_may_stand_for_inputs_and_none_for_missing_ones() -> None:
    net = Net()
    y = net.add(onnx_op("Clip", {1: None, 2: 6}), net.input("N", 2))
    (out,) = run(net.onnx(y), np.array([[-3, 8]], np.float32))
    assert out.tolist() == [[-3, 6]]


def test_ints_may_be_as_large_as_onnx_writes_them() -> None:
    tail = onnx_op("Slice", {1: [1], 2: [2**63 - 1], 3: [1]})
    assert tail.infer(typed("N", 5)) == (typed("N", 4),)


def test_a_dtype_may_be_named() -> None:
    assert onnx_op("Cast", to=Word("int32")).infer(typed("N", 2)) == (typed("N", 2, dtype="int32"),)


def test_an_unknown_operator_is_met_with_names_like_it() -> None:
    fault = fault_of("Hardswish")
    assert fault.code is Code.UNKNOWN_LAYER
    assert fault.message == "ONNX has no operator `Hardswish` in opset 23"
    assert fault.help.startswith("did you mean `onnx.HardSwish`")


def test_an_operator_of_a_later_opset_says_so() -> None:
    with pytest.raises(Refusal, match=r"`onnx.Gelu` exists from opset 20, not in 17"):
        onnx_operator("Gelu", {}, typer(17))


@pytest.mark.parametrize(
    ("op_type", "attributes", "code", "message"),
    [
        ("CumSum", {"reversed": 1}, Code.UNKNOWN_ARGUMENT,
         "`onnx.CumSum` has no attribute `reversed`"),
        ("CumSum", {"reverse": "yes"}, Code.WRONG_TYPE,
         '`reverse` of `onnx.CumSum` takes an int; "yes" is not an int'),
        ("Softmax", {"axis": 10**40}, Code.WRONG_TYPE,
         "`axis` of `onnx.Softmax` takes an int; it does not fit 64 bits"),
        ("Elu", {"alpha": 1e300}, Code.WRONG_TYPE,
         "`alpha` of `onnx.Elu` takes a number; 1e+300 does not fit float32"),
        ("Elu", {"alpha": float("nan")}, Code.WRONG_TYPE,
         "`alpha` of `onnx.Elu` takes a number; nan does not fit float32"),
        ("Transpose", {"perm": 1}, Code.WRONG_TYPE,
         "`perm` of `onnx.Transpose` takes a list of ints; 1 is not a list"),
        ("Transpose", {"perm": [0] * 5000}, Code.WRONG_TYPE,
         "`perm` of `onnx.Transpose` takes a list of ints; "
         "a list of 5000 items is not of 1 to 4096"),
        ("Cast", {"to": 0}, Code.WRONG_TYPE,
         "`to` of `onnx.Cast` takes an int; 0 is not the number of a dtype"),
        ("Einsum", {"equation": "é"}, Code.WRONG_TYPE,
         "`equation` of `onnx.Einsum` takes a string; it holds a character that is not ASCII"),
        ("Einsum", {"equation": "..b"}, Code.WRONG_TYPE,
         '`equation` of `onnx.Einsum` takes a string; "..b" is not of the form "ij,jk->ik"'),
        ("If", {}, Code.WRONG_TYPE,
         "`else_branch` of `onnx.If` is a graph, which a `.net` file cannot hold"),
    ],
)  # fmt: skip
def test_attributes_are_checked_against_the_schema(
    op_type: str, attributes: dict[str, object], code: Code, message: str
) -> None:
    fault = fault_of(op_type, **attributes)
    assert (fault.code, fault.message) == (code, message)
    assert fault.argument in (*attributes, "else_branch")


@pytest.mark.parametrize(
    ("op_type", "constants", "reason"),
    [
        ("EyeLike", {0: None}, "it cannot be left out"),
        ("CumSum", {1: 2**70}, "it does not fit 64 bits"),
        ("Clip", {1: [[1], [2, 3]]}, "its rows are not of one length"),
        ("TopK", {1: 0.5}, "0.5 is none of int64"),
    ],
)
def test_numbers_for_inputs_are_checked(
    op_type: str, constants: dict[int, object], reason: str
) -> None:
    with pytest.raises(Refusal) as raised:
        onnx_op(op_type, constants)
    assert raised.value.code is Code.WRONG_TYPE
    assert raised.value.message.endswith(f"; {reason}")


def test_a_wrong_attribute_is_met_with_the_right_one() -> None:
    assert fault_of("CumSum", reversed=1).help == "did you mean `reverse`?"


def test_a_missing_attribute_is_asked_for() -> None:
    fault = fault_of("Einsum")
    assert fault.code is Code.MISSING_ARGUMENT
    assert fault.message == "`onnx.Einsum` needs `equation`, a string"


def test_what_onnx_refuses_is_told_in_its_words() -> None:
    fault = refused(onnx_op("TopK", {1: [7]}), [typed("N", 5)])
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`onnx.TopK` does not take float32[N, 5]: Axis has less than the requested k elements"
    )
    assert "\n" not in refused(onnx_op("Sqrt"), [typed("N", 5, dtype="int32")]).message


def test_sizes_that_onnx_invents_are_refused() -> None:
    fault = refused(onnx_op("NonZero"), [typed("N", 5)])
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "ONNX cannot tell the size of axis 1 of output 1 of `onnx.NonZero` of float32[N, 5]"
    )
    fault = refused(onnx_op("Add"), [typed("N", 5), typed("M", 5)])
    assert fault.code is Code.SHAPE, "ONNX lets [N, 5] and [M, 5] pass"


def test_a_wrong_number_of_tensors_is_refused() -> None:
    fault = refused(onnx_op("Relu"), [typed("N", 5)] * 2)
    assert (fault.code, fault.message) == (
        Code.INPUT_COUNT,
        "`onnx.Relu` takes 1 tensor, got 2",
    )


@pytest.mark.parametrize("count", [0, 10**12])
def test_outputs_without_number_are_refused(count: int) -> None:
    fault = refused(onnx_op("Split", axis=1, num_outputs=count), [typed("N", 6)])
    assert (fault.code, fault.argument) == (Code.BAD_VALUE, "num_outputs")


def test_another_opset_is_asked_before_it_is_written() -> None:
    net = Net()
    checked = net.checked(net.add(onnx_op("Gelu"), net.input("N", 5)))
    with pytest.raises(Refusal, match=r"opset 17 cannot express `onnx.Gelu`") as raised:
        lower_onnx(checked, SeededWeights(), opset=17)
    assert raised.value.code is Code.OPSET


def test_keras_has_no_such_layer() -> None:
    net = Net()
    checked = net.checked(net.add(onnx_op("HardSwish"), net.input("N", 5)))
    with pytest.raises(Refusal) as raised:
        lower_keras(checked)
    assert raised.value.code is Code.NO_KERAS
    assert raised.value.message == "`onnx.HardSwish` has no Keras lowering (layer `n1`)"


def test_reading_the_operator_does_not_import_onnx() -> None:
    code = (
        "import sys, netc.compiler.ops.tensor.onnx_operator as f; sys.exit('onnx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
