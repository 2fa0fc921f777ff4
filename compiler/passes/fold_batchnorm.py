"""Folds a BatchNormalization into the convolution or Dense in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dsl.record import record
from ..ir.graph import CheckedGraph, Node, Ref
from ..ops.activation.rectifiers import Linear
from ..ops.base.backend import Array, Tensor
from ..ops.base.op import Op
from ..ops.conv.conv import Convolution
from ..ops.conv.conv_transpose import TransposedConvolution
from ..ops.conv.depthwise import DepthwiseConvolution
from ..ops.conv.separable import SeparableConvolution
from ..ops.core.dense import Dense
from ..ops.norm.normalization import BatchNormalization
from .fused import Fused, core, with_bias
from .rewrite import Uses, rewrite


@record
class NormalizedAfter(Fused):
    """A linear layer whose outputs are normalized: `a * (x @ kernel + bias) + b`."""

    norm: BatchNormalization

    def combine(self, weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        scale, shift = self.norm.scale_and_shift(self.neighbours(weights))
        op = core(self)
        name = "pointwise_kernel" if isinstance(op, SeparableConvolution) else "kernel"
        kernel, bias = weights[name], weights.get("bias")
        moved = shift if bias is None else bias.map(lambda b: b * scale.read() + shift.read())
        return {
            **weights,
            name: kernel.map(lambda k: k * _along_outputs(op, scale.read(), k)),
            "bias": moved,
        }


def fold_batchnorm(checked: CheckedGraph) -> CheckedGraph:
    """The graph without batch normalizations that alone read a linear layer's output."""
    uses = Uses(checked.graph)
    replaced: dict[str, Node] = {}
    dropped: dict[str, Ref] = {}
    for node in checked:
        norm = uses.only_reader(node)
        if norm is None or node.op is None or not is_linear(node.op):
            continue
        if uses.shared(node) or uses.shared(norm) or not over_features(norm):
            continue
        assert isinstance(norm.op, BatchNormalization)
        op = NormalizedAfter(with_bias(node.op), norm.layer, norm.op)
        replaced[node.path] = replace(
            node, op=op, outputs=norm.outputs, folded=(*node.folded, norm, *norm.folded)
        )
        dropped[norm.path] = Ref(node.path)
    return rewrite(checked, replaced, dropped)


def is_linear(op: Op) -> bool:
    """Whether it multiplies with a kernel, may add a bias, and does nothing else."""
    op = core(op)
    linear = (
        Convolution | DepthwiseConvolution | SeparableConvolution | TransposedConvolution | Dense
    )
    return isinstance(op, linear) and (op.activation is None or isinstance(op.activation, Linear))


def over_features(node: Node) -> bool:
    """Whether it is a batch normalization along the last axis."""
    op, rank = node.op, len(node.outputs[0].shape)
    return isinstance(op, BatchNormalization) and op.axis % rank == rank - 1


def _along_outputs(op: Op, vector: Array, kernel: Array) -> Array:
    """A vector over the output channels, to be multiplied with the kernel."""
    if isinstance(op, DepthwiseConvolution):
        return vector.reshape(kernel.shape[-2:])
    if isinstance(op, TransposedConvolution):
        return vector[:, None]
    return vector
