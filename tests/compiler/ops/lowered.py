"""Runs a net of one layer, or of a channels-first neighbour and a layer, through onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from netc.compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from netc.compiler.ir.infer import apply
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights, WeightSource
from netc.compiler.ops.base.op import Op
from netc.compiler.shapes.dims import Dim
from netc.compiler.shapes.types import TensorType

from .one_op import NOWHERE


def chain(shape: Sequence[Dim], *ops: Op, dtype: str = "float32") -> CheckedGraph:
    """A net that applies the operators one after another."""
    graph = Graph("Chain")
    graph.add(Node("x", None, (), (TensorType(dtype, tuple(shape)),), (), "x", NOWHERE, None))
    graph.inputs.append("x")
    last = "x"
    for index, op in enumerate(ops):
        last = f"layer{index}"
        before = f"layer{index - 1}" if index else "x"
        apply(graph, op, (Ref(before),), path=last, layer=last, span=NOWHERE)
    graph.outputs.append(Output("y", Ref(last)))
    return CheckedGraph(graph)


def onnx_of(
    checked: CheckedGraph, opset: int = 22, weights: WeightSource | None = None
) -> onnx.ModelProto:
    """The net as ONNX, checked in full."""
    model = lower_onnx(checked, weights or SeededWeights(1), opset=opset).model()
    onnx.checker.check_model(model, full_check=True)
    return model


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    """What onnxruntime computes for one input."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(None, {"x": x})
    return np.asarray(y)


def kinds(model: onnx.ModelProto) -> list[str]:
    """The operator types of a model's nodes, in order."""
    return [node.op_type for node in model.graph.node]
