"""Layers that do the work of a neighbour on weights computed from both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...dsl.record import record
from ..ops.base.backend import OnnxCall, OnnxGraph, OnnxValue, Tensor
from ..ops.base.op import Op


@record
class Fused(Op):
    """A layer `base` with a neighbour's work done by its weights.

    An `OnnxCall` of it holds the layer's own weights by name and the neighbour's as
    `<layer path>/<name>`.
    """

    base: Op
    neighbour: str
    """The layer path of the neighbour."""

    @property
    def name(self) -> str:
        return self.base.name

    def computed(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The weights that the innermost layer is lowered with."""
        if isinstance(self.base, Fused):
            weights = self.base.computed(weights)
        return self.combine(weights)

    def combine(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The layer's weights, computed with the neighbour's."""
        raise NotImplementedError(type(self).__name__)

    def neighbours(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The neighbour's weights by their own names."""
        prefix = f"{self.neighbour}/"
        return {
            path.removeprefix(prefix): tensor
            for path, tensor in weights.items()
            if path.rpartition("/")[0] == self.neighbour
        }

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue | Sequence[OnnxValue]:
        return core(self).onnx(g, OnnxCall(call.inputs, self.computed(call.weights), call.outputs))


def core(op: Op) -> Op:
    """The layer a chain of fused ones began with."""
    while isinstance(op, Fused):
        op = op.base
    return op


def with_core(op: Op, new: Op) -> Op:
    """The chain of fused layers around another layer."""
    return replace(op, base=with_core(op.base, new)) if isinstance(op, Fused) else new


def with_bias(op: Op) -> Op:
    """The layer with a bias (only for operators that have the argument `use_bias`)."""
    return with_core(op, replace(core(op), use_bias=True))  # type: ignore[type-var]
