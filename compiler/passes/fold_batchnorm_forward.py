"""Folds a BatchNormalization into the convolution or Dense behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dsl.record import record
from ..ir.graph import CheckedGraph, Node, Ref
from ..ops.base.backend import Array, Tensor
from ..ops.base.op import Op
from ..ops.conv.conv import Convolution
from ..ops.core.dense import Dense
from ..ops.norm.normalization import BatchNormalization
from .fold_batchnorm import over_features
from .fused import Fused, core, with_bias
from .rewrite import Uses, rewrite


@record
class NormalizedBefore(Fused):
    """A linear layer whose inputs are normalized: `(a * x + b) @ kernel + bias`."""

    norm: BatchNormalization

    def combine(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        scale, shift = self.norm.scale_and_shift(self.neighbours(weights))
        op = core(self)
        kernel, bias = weights["kernel"], weights.get("bias")

        def moved() -> Array:
            array = kernel.read()
            window = tuple(range(array.ndim - 1))
            added: Array = (array * _along_inputs(op, shift.read())).sum(axis=window)
            return added if bias is None else added + bias.read()

        return {
            **weights,
            "kernel": kernel.map(lambda k: k * _along_inputs(op, scale.read())),
            "bias": Tensor(kernel.shape[-1:], kernel.dtype, moved),
        }


def fold_batchnorm_forward(checked: CheckedGraph) -> CheckedGraph:
    """The graph without batch normalizations that a linear layer alone reads.

    A convolution must not pad: its zeros would have to be what the normalization makes of them.
    """
    uses = Uses(checked.graph)
    replaced: dict[str, Node] = {}
    dropped: dict[str, Ref] = {}
    for norm in checked:
        node = uses.only_reader(norm) if over_features(norm) else None
        if node is None or node.op is None or not _pads_nothing(node.op):
            continue
        if uses.shared(node) or uses.shared(norm):
            continue
        assert isinstance(norm.op, BatchNormalization)
        op = NormalizedBefore(with_bias(node.op), norm.layer, norm.op)
        replaced[node.path] = replace(node, op=op, folded=(*node.folded, norm, *norm.folded))
        dropped[norm.path] = norm.inputs[0]
    return rewrite(checked, replaced, dropped)


def _pads_nothing(op: Op) -> bool:
    op = core(op)
    return isinstance(op, Dense) or (isinstance(op, Convolution) and op.padding == "valid")


def _along_inputs(op: Op, vector: Array) -> Array:
    """A vector over the input channels, to be multiplied with a kernel `(…, in, out)`."""
    if isinstance(op, Convolution) and op.groups > 1:
        # Output channel o reads the inputs of its group only.
        groups: Array = vector.reshape(op.groups, -1)
        return groups.repeat(op.filters // op.groups, axis=0).T
    return vector[:, None]
