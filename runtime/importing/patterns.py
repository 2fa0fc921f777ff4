"""Patterns of ONNX nodes: the nodes of a model by what they make, and the ways back from one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...compiler.ops.base.backend import Array
from .read import OnnxFile, array_of

if TYPE_CHECKING:
    import onnx


class Pattern:
    """The nodes of a model by what they make and read."""

    def __init__(self, file: OnnxFile, model: onnx.ModelProto) -> None:
        self.file = file
        self.nodes = model.graph.node
        self.made: Mapping[str, onnx.NodeProto] = {
            name: node for node in self.nodes for name in node.output
        }
        self.reads = Counter(name for node in self.nodes for name in node.input)
        self.reads.update(output.name for output in model.graph.output)

    def back(self, start: str | onnx.NodeProto | None, *ops: str) -> onnx.NodeProto | None:
        """The node that some steps back make what a name, or a node's first input, is."""
        name = start if isinstance(start, str) else self.input(start, 0)
        node = None
        for op in ops:
            node = self.made.get(name)
            if node is None or node.op_type != op:
                return None
            name = self.input(node, 0)
        return node

    def input(self, node: onnx.NodeProto | None, place: int) -> str:
        """The name of an input of a node; nothing where there is none."""
        return "" if node is None or len(node.input) <= place else str(node.input[place])

    def known(self, name: str) -> Array | None:
        """The numbers that a name stands for; None where they are computed."""
        node = self.made.get(name)
        if node is None:
            return self.file.arrays.get(name)
        value = node.attribute[0] if node.op_type == "Constant" and node.attribute else None
        return array_of(self.file.path, value.t) if value is not None and value.t.dims else None


def copied(model: onnx.ModelProto) -> onnx.ModelProto:
    """A model whose nodes may be changed."""
    made = type(model)()
    made.CopyFrom(model)
    return made
