"""Folds a ZeroPadding2D into the convolution behind it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from ...dsl.record import record
from ..dims import Dim, Shape
from ..graph import CheckedGraph, Node, Ref
from ..ops.base import Op
from ..ops.conv import Conv2D
from ..ops.depthwise import DepthwiseConv2D
from ..ops.spatial import Sides, ZeroPadding2D
from ..ops.windows import Sliding
from .fused import core, with_core
from .rewrite import Uses, rewrite


@dataclass(frozen=True, slots=True)
class PaddedSliding(Sliding):
    """A window over an input with a given number of zeros around it."""

    around: Sides = ((0, 0), (0, 0))

    def pads(self, spatial: Shape) -> tuple[tuple[Dim, Dim], ...]:
        """The cells added before and after, for each axis."""
        return self.around


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


PADDED: dict[type[Op], type[PaddedConv2D] | type[PaddedDepthwiseConv2D]] = {
    Conv2D: PaddedConv2D,
    DepthwiseConv2D: PaddedDepthwiseConv2D,
}


def fold_padding(checked: CheckedGraph) -> CheckedGraph:
    """The graph without paddings that alone feed a convolution with `padding=valid`."""
    uses = Uses(checked.graph)
    replaced: dict[str, Node] = {}
    dropped: dict[str, Ref] = {}
    for padding in checked:
        if not isinstance(padding.op, ZeroPadding2D):
            continue
        node = uses.only_reader(padding)
        if node is None or node.op is None or not _takes_padding(node.op):
            continue
        op = with_core(node.op, _padded(core(node.op), padding.op.padding))
        replaced[node.path] = replace(node, op=op, folded=(*node.folded, padding))
        dropped[padding.path] = padding.inputs[0]
    return rewrite(checked, replaced, dropped)


def _takes_padding(op: Op) -> bool:
    op = core(op)
    return type(op) in PADDED and isinstance(op, Conv2D | DepthwiseConv2D) and op.padding == "valid"


def _padded(op: Op, around: Sides) -> Op:
    arguments = {field.name: getattr(op, field.name) for field in fields(op)}  # type: ignore[arg-type]
    return PADDED[type(op)](**arguments, around=around)


def _sliding(op: PaddedConv2D | PaddedDepthwiseConv2D) -> Sliding:
    return PaddedSliding(op.kernel_size, op.strides, op.padding, op.dilation_rate, around=op.around)
