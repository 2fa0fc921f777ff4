"""Folds a ZeroPadding2D into the convolution or pooling behind it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TypeAlias

from ...dsl.record import record
from ..ir.graph import CheckedGraph, Graph, Node, Ref
from ..ops.activation.rectifiers import ReLU
from ..ops.base.op import Op
from ..ops.base.sides import Sides
from ..ops.base.windows import Sliding
from ..ops.conv.conv import Conv2D
from ..ops.conv.depthwise import DepthwiseConv2D
from ..ops.pool.pooling import AveragePooling2D, MaxPooling2D
from ..ops.spatial.spatial import ZeroPadding2D
from .fused import core, with_core
from .rewrite import Uses, rewrite


@record
class PaddedConv2D(Conv2D):
    """A convolution that pads by amounts of its own."""

    around: Sides = ((0, 0), (0, 0))

    @property
    def name(self) -> str:
        return Conv2D.__name__

    @property
    def sliding(self) -> Sliding:
        return _sliding(self)


@record
class PaddedDepthwiseConv2D(DepthwiseConv2D):
    """A depthwise convolution that pads by amounts of its own."""

    around: Sides = ((0, 0), (0, 0))

    @property
    def name(self) -> str:
        return DepthwiseConv2D.__name__

    @property
    def sliding(self) -> Sliding:
        return _sliding(self)


Padded: TypeAlias = PaddedConv2D | PaddedDepthwiseConv2D
PADDED: dict[type[Op], type[Padded]] = {
    Conv2D: PaddedConv2D,
    DepthwiseConv2D: PaddedDepthwiseConv2D,
}


def fold_padding(checked: CheckedGraph) -> CheckedGraph:
    """The graph without paddings that alone feed a window with `padding=valid`."""
    uses = Uses(checked.graph)
    replaced: dict[str, Node] = {}
    dropped: dict[str, Ref] = {}
    for padding in checked:
        if not isinstance(padding.op, ZeroPadding2D):
            continue
        node = uses.only_reader(padding)
        if node is None or node.op is None:
            continue
        around = padding.op.padding
        if not _takes_padding(core(node.op), around, checked.graph, padding.inputs[0]):
            continue
        op = with_core(node.op, _padded(core(node.op), around))
        replaced[node.path] = replace(node, op=op, folded=(*node.folded, padding))
        dropped[padding.path] = padding.inputs[0]
    return rewrite(checked, replaced, dropped)


def _takes_padding(op: Op, around: Sides, graph: Graph, padded: Ref) -> bool:
    if getattr(op, "padding", "") != "valid":
        return False
    if not isinstance(op, MaxPooling2D | AveragePooling2D):
        return type(op) in PADDED
    if op.ceil_mode:
        return False
    # ONNX pools only where each window has a cell of the input.
    inside = all(max(ends) < size for ends, size in zip(around, op.pool_size, strict=True))
    return inside and (isinstance(op, AveragePooling2D) or _never_below_zero(graph, padded))


def _never_below_zero(graph: Graph, ref: Ref) -> bool:
    """Whether the values are known to be 0 or more: what a ReLU made, or a pooling of it."""
    node = graph.node(ref.node)
    if node.op is None:
        return False
    op = core(node.op)
    if isinstance(op, MaxPooling2D | AveragePooling2D):
        return _never_below_zero(graph, node.inputs[0])
    made = op if isinstance(op, ReLU) else getattr(op, "activation", None)
    return isinstance(made, ReLU) and not made.negative_slope


def _padded(op: Op, around: Sides) -> Op:
    if isinstance(op, MaxPooling2D):
        return MaxPooling2D(op.pool_size, op.strides, around)
    if isinstance(op, AveragePooling2D):
        return AveragePooling2D(op.pool_size, op.strides, around, count_include_pad=True)
    arguments = {field.name: getattr(op, field.name) for field in fields(op)}  # type: ignore[arg-type]
    return PADDED[type(op)](**arguments, around=around)


def _sliding(op: Padded) -> Sliding:
    return Sliding(op.kernel_size, op.strides, op.around, op.dilation_rate)
