"""Folds a ZeroPadding2D into the convolution or pooling behind it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeAlias

from ...dsl.record import record
from ..ir.graph import CheckedGraph, Graph, Node, Ref
from ..ops.activation.rectifiers import ReLU
from ..ops.base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..ops.base.op import Op
from ..ops.base.windows import Sliding
from ..ops.conv.conv import Conv2D
from ..ops.conv.depthwise import DepthwiseConv2D
from ..ops.pool.pooling import AveragePooling2D, MaxPooling2D, Pooling
from ..ops.spatial.spatial import Sides, ZeroPadding2D
from ..shapes.dims import Dim, Shape
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


@record
class PaddedMaxPooling2D(MaxPooling2D):
    """The largest values of a padded input, whose cells are not below the zeros around them."""

    around: Sides = ((0, 0), (0, 0))

    @property
    def name(self) -> str:
        return MaxPooling2D.__name__

    @property
    def sliding(self) -> Sliding:
        return _sliding(self)


@record
class PaddedAveragePooling2D(AveragePooling2D):
    """The means of a padded input; the zeros count."""

    around: Sides = ((0, 0), (0, 0))

    @property
    def name(self) -> str:
        return AveragePooling2D.__name__

    @property
    def sliding(self) -> Sliding:
        return _sliding(self)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, attributes = self.sliding.lower(g, g.channels_first(call.x))
        return g.node(self.onnx_name, x, type=call.outputs[0], count_include_pad=1, **attributes)


Padded: TypeAlias = (
    PaddedConv2D | PaddedDepthwiseConv2D | PaddedMaxPooling2D | PaddedAveragePooling2D
)
PADDED: dict[type[Op], type[Padded]] = {
    Conv2D: PaddedConv2D,
    DepthwiseConv2D: PaddedDepthwiseConv2D,
    MaxPooling2D: PaddedMaxPooling2D,
    AveragePooling2D: PaddedAveragePooling2D,
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
    if type(op) not in PADDED or getattr(op, "padding", "") != "valid":
        return False
    if not isinstance(op, Pooling):
        return True
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
    arguments = {field.name: getattr(op, field.name) for field in fields(op)}  # type: ignore[arg-type]
    return PADDED[type(op)](**arguments, around=around)


def _sliding(op: Padded) -> Sliding:
    if isinstance(op, Pooling):
        return PaddedSliding(op.pool_size, op.strides or op.pool_size, "valid", around=op.around)
    return PaddedSliding(op.kernel_size, op.strides, op.padding, op.dilation_rate, around=op.around)
