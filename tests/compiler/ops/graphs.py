"""Small nets of a few operators, and how they are refused, for the tests of single families."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from netc.compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from netc.compiler.ir.infer import apply
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Op, Refusal
from netc.compiler.shapes.types import TensorType

from .one_op import NOWHERE, dims


def typed(*shape: int | str, dtype: str = "float32") -> TensorType:
    """A tensor type; strings are symbols."""
    return TensorType(dtype, dims(shape))


class Net:
    """A net under construction."""

    def __init__(self) -> None:
        self.graph = Graph("Net")

    def input(self, *shape: int | str, dtype: str = "float32") -> Ref:
        path = f"x{len(self.graph.inputs)}"
        type = typed(*shape, dtype=dtype)
        self.graph.add(Node(path, None, (), (type,), (), path, NOWHERE, None))
        self.graph.inputs.append(path)
        return Ref(path)

    def add(self, op: Op, *inputs: Ref) -> Ref:
        path = f"n{len(self.graph)}"
        apply(self.graph, op, inputs, path=path, layer=path, span=NOWHERE)
        return Ref(path)

    def checked(self, *outputs: Ref) -> CheckedGraph:
        for index, ref in enumerate(outputs):
            self.graph.outputs.append(Output(f"y{index}", ref))
        return CheckedGraph(self.graph)

    def onnx(self, *outputs: Ref, opset: int = 22) -> onnx.ModelProto:
        model = lower_onnx(self.checked(*outputs), SeededWeights(), opset=opset).model()
        onnx.checker.check_model(model, full_check=True)
        return model


def kinds(model: onnx.ModelProto) -> list[str]:
    """The node types of a model, in order."""
    return [node.op_type for node in model.graph.node]


def run(model: onnx.ModelProto, *arrays: np.ndarray) -> list[np.ndarray]:
    """What onnxruntime makes of some inputs."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    results: list[np.ndarray] = session.run(
        None, {f"x{index}": array for index, array in enumerate(arrays)}
    )
    return results


def refused(op: Op, inputs: Sequence[TensorType]) -> Refusal:
    """The fault an operator raises for some inputs."""
    try:
        op.check_inputs(inputs)
        op.infer(*inputs)
    except Refusal as fault:
        return fault
    raise AssertionError("the operator takes these inputs")
