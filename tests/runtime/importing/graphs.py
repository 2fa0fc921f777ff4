"""ONNX graphs that tests make by hand, node by node, and what they are imported as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from netc.runtime.importing.road import ImportedNet, import_onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """A graph that grows: `call` adds a node and gives the name of what it makes.

    `inputs` are float32 but where they are given with a type of their own.
    """

    def __init__(self, opset: int = 17, **inputs: Sequence[int | str]) -> None:
        self.opset = opset
        self.nodes: list[onnx.NodeProto] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.inputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list(dims))
            for name, dims in inputs.items()
        ]
        self.count = 0

    def integers(self, **inputs: Sequence[int | str]) -> Graph:
        """The graph with inputs of int64."""
        self.inputs += [
            helper.make_tensor_value_info(name, TensorProto.INT64, list(dims))
            for name, dims in inputs.items()
        ]
        return self

    def weight(self, *shape: int) -> str:
        """An initializer of seeded numbers."""
        self.count += 1
        rng = np.random.default_rng(self.count)
        return self.known((0.5 * rng.standard_normal(shape)).astype(np.float32))

    def known(self, array: np.ndarray | list[int] | float, dtype: str = "") -> str:
        """An initializer; integers are int64."""
        made = np.asarray(array, dtype or None)
        if made.dtype == np.float64:
            made = made.astype(np.float32)
        name = f"k{len(self.arrays)}"
        self.arrays[name] = made
        return name

    def call(self, op: str, *inputs: str, **attributes: object) -> str:
        """A node with one output."""
        return self.calls(op, *inputs, count=1, **attributes)[0]

    def calls(self, op: str, *inputs: str, count: int, **attributes: object) -> list[str]:
        """A node with several outputs."""
        names = [f"{op.lower()}{len(self.nodes)}_{place}" for place in range(count)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names

    def imported(self, folder: Path, *outputs: str) -> ImportedNet:
        """What becomes of it; `outputs` are what it gives."""
        made = [helper.make_empty_tensor_value_info(name) for name in outputs]
        arrays = [numpy_helper.from_array(array, name) for name, array in self.arrays.items()]
        graph = helper.make_graph(self.nodes, "Made", self.inputs, made, arrays)
        opset = helper.make_opsetid("", self.opset)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
        model = onnx.shape_inference.infer_shapes(model)
        path = folder / "made.onnx"
        onnx.save(model, path)
        return import_onnx(path)


def layers(made: ImportedNet) -> Mapping[str, int]:
    """How many layers of each kind it has, without what only moves or names tensors."""
    passing = {"index", "weight", "Reshape", "Permute", "tensor", "arange", "zeros", "full"}
    return {name: count for name, count in made.layers.items() if name not in passing}
