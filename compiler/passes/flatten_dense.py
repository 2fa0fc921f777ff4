"""Gives a Dense behind a Flatten the order of a channels-first tensor, in place of a Transpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from ...dsl.record import record
from ..ir.graph import CheckedGraph, Node, Ref
from ..ops.base.backend import OnnxCall, OnnxGraph, OnnxValue, Tensor
from ..ops.core.dense import Dense
from ..ops.tensor.reshape import Flatten
from ..shapes.types import TensorType
from .fused import Fused, core
from .rewrite import Uses, rewrite


@record
class FlattenedBefore(Fused):
    """A Dense that flattens its input; the kernel's rows follow the order it is stored in."""

    def combine(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return weights

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, weights = call.x, dict(self.computed(call.weights))
        kernel = weights["kernel"]
        flat = TensorType(x.type.dtype, (x.type.shape[0], kernel.shape[0]))
        if x.first:
            *positions, channels = [dim for dim in x.type.shape[1:] if isinstance(dim, int)]
            rows = kernel.reshape(prod(positions), channels, kernel.shape[1])
            weights["kernel"] = rows.transpose(1, 0, 2).reshape(*kernel.shape)
        y = g.node("Flatten", x, type=flat, first=False, axis=1)
        made = core(self).onnx(g, OnnxCall((y,), weights, call.outputs))
        assert isinstance(made, OnnxValue)
        return made


def flatten_dense(checked: CheckedGraph) -> CheckedGraph:
    """The graph without flattening layers that a Dense alone reads."""
    uses = Uses(checked.graph)
    replaced: dict[str, Node] = {}
    dropped: dict[str, Ref] = {}
    for flatten in checked:
        node = uses.only_reader(flatten) if isinstance(flatten.op, Flatten) else None
        if node is None or node.op is None or uses.shared(node):
            continue
        if not isinstance(core(node.op), Dense) or _rank(checked, flatten) == 2:
            continue
        op = FlattenedBefore(node.op, flatten.layer)
        replaced[node.path] = replace(node, op=op, folded=(*node.folded, flatten))
        dropped[flatten.path] = flatten.inputs[0]
    return rewrite(checked, replaced, dropped)


def _rank(checked: CheckedGraph, node: Node) -> int:
    return checked.graph.type(node.inputs[0]).rank
