"""Nets of a few layers in a row, and what a layer says when it refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
import pytest
from netc.compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from netc.compiler.ir.infer import apply
from netc.compiler.lower.onnx.lower import DEFAULT_OPSET, lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Op, Refusal, construct
from netc.compiler.shapes.types import TensorType

from .one_op import NOWHERE, dims


def made(cls: type[Op], **args: object) -> Op:
    """The operator that a call of `cls` with these arguments makes."""
    return construct(cls, args)


def chain(shape: Sequence[int | str], *ops: Op) -> CheckedGraph:
    """A net that sends one float32 tensor through the layers."""
    graph = Graph("Chain")
    graph.add(Node("x", None, (), (TensorType("float32", dims(shape)),), (), "x", NOWHERE, None))
    graph.inputs.append("x")
    last = "x"
    for index, op in enumerate(ops):
        path = f"layer{index}"
        apply(graph, op, (Ref(last),), path=path, layer=path, span=NOWHERE)
        last = path
    graph.outputs.append(Output("y", Ref(last)))
    return CheckedGraph(graph)


def output(checked: CheckedGraph) -> TensorType:
    """The type of the net's output."""
    return checked.graph.type(checked.graph.outputs[0].ref)


def model(checked: CheckedGraph, opset: int = DEFAULT_OPSET) -> onnx.ModelProto:
    """The net in ONNX, checked in full."""
    lowered = lower_onnx(checked, SeededWeights(3), opset=opset).model()
    onnx.checker.check_model(lowered, full_check=True)
    return lowered


def run(lowered: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    """The model's only output."""
    session = onnxruntime.InferenceSession(
        lowered.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(None, {"x": x})
    assert isinstance(y, np.ndarray)
    return y


def node_types(lowered: onnx.ModelProto) -> Counter[str]:
    """How many nodes there are of each ONNX operator."""
    return Counter(node.op_type for node in lowered.graph.node)


def refusal(shape: Sequence[int | str], cls: type[Op], **args: object) -> Refusal:
    """The fault of a layer that does not take its arguments or its input."""
    with pytest.raises(Refusal) as caught:
        chain(shape, construct(cls, args))
    return caught.value


def costs(checked: CheckedGraph) -> tuple[int, int, int]:
    """Parameters, macs and flops of a net whose sizes are all known."""
    params = macs = flops = 0
    for node in checked:
        if node.op is None:
            continue
        inputs = checked.graph.input_types(node)
        params += sum(weight.size for weight in node.weights)
        macs_here = node.op.macs(inputs, node.outputs)
        flops_here = node.op.flops(inputs, node.outputs)
        assert isinstance(macs_here, int)
        assert isinstance(flops_here, int)
        macs, flops = macs + macs_here, flops + flops_here
    return params, macs, flops
