"""Ways out of a refusal that only whoever knows where its tensors come from can name."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.diagnostics.codes import Code
from ..ir.graph import Graph
from ..ops.base.op import Refusal
from ..ops.tensor.constant import ConstantOp
from .values import TensorValue


def constant_help(graph: Graph, fault: Refusal, tensors: Sequence[TensorValue]) -> str:
    """The dtype for a constant that met a tensor of another; nothing where none did."""
    if fault.code is not Code.DTYPE or len(fault.inputs) != 2:
        return ""
    pair = [tensors[index] for index in fault.inputs if index < len(tensors)]
    for one, other in zip(pair, reversed(pair), strict=True):
        op = graph.node(one.ref.node).op
        if isinstance(op, ConstantOp) and one.type.dtype != other.type.dtype:
            return f"`dtype={other.type.dtype}` among the arguments of `{op.name}` makes them one"
    return ""
