"""What a checked net cannot become: findings of the lowerings, not of `netc check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Refusal
from netc.compiler.ops.tensor.onnx_operator import OnnxOperator
from netc.dsl.diagnostics.codes import Code


def checked(text: str) -> CheckedGraph:
    path = Path("/page/a.net")
    analysis = check_files([path], overlay={path: text})
    assert analysis.diagnostics == []
    graph = analysis.nets[0].graph
    assert graph is not None
    return graph


GELU = "net A(x: float32[N, 4]) -> [N, 4] {\n  return onnx.Gelu(x)\n}\n"


def test_an_onnx_operator_has_no_keras_lowering() -> None:
    (node,) = (node for node in checked(GELU) if isinstance(node.op, OnnxOperator))
    with pytest.raises(Refusal) as caught:
        node.op.keras_layer(None, node.path)  # type: ignore[union-attr, arg-type]
    assert caught.value.code is Code.NO_KERAS
    assert caught.value.message == "`onnx.Gelu` has no Keras lowering (layer `gelu`)"


def test_an_opset_that_does_not_hold_an_operator() -> None:
    with pytest.raises(Refusal) as caught:
        lower_onnx(checked(GELU), SeededWeights(), opset=18)
    assert caught.value.code is Code.OPSET
    assert caught.value.message.startswith("opset 18 cannot express `onnx.Gelu`")


@pytest.mark.parametrize("opset", [-1, 0, 1, 999])
def test_an_opset_that_netc_does_not_write(opset: int) -> None:
    with pytest.raises(Refusal) as caught:
        lower_onnx(checked(GELU), SeededWeights(), opset=opset)
    assert caught.value.code is Code.OPSET


def test_a_dtype_for_which_onnxruntime_has_no_kernel() -> None:
    text = "net A(x: float64[N, 3, 3]) -> [N] {\n  return x -> onnx.Det\n}\n"
    with pytest.raises(Refusal) as caught:
        lower_onnx(checked(text), SeededWeights())
    assert caught.value.code is Code.NO_KERNEL
    assert "onnxruntime cannot compute `onnx.Det` of float64" in caught.value.message
    assert "Cast(float32)" in caught.value.help
