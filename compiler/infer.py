"""Applies one operator to typed tensors: the one place where shape rules are asked."""

from __future__ import annotations

from ..dsl.codes import Code
from ..dsl.source import Span
from .graph import Graph, Node, Ref, Trace
from .ops.base import Fault, Op
from .ops.base import Weight as Weight
from .types import TensorType


def apply(
    graph: Graph,
    op: Op,
    inputs: tuple[Ref, ...],
    *,
    path: str,
    layer: str,
    span: Span,
    trace: Trace | None = None,
) -> Node:
    """Adds a node that applies `op` to some outputs of earlier nodes.

    Raises Fault where the operator refuses them.
    """
    types = tuple([graph.type(ref) for ref in inputs])
    op.check_inputs(types)
    outputs = op.infer(*types)
    for output in outputs:
        _check_positive(op, types, output)
    node = Node(path, op, inputs, outputs, op.weights(*types), layer, span, trace)
    graph.add(node)
    return node


def _check_positive(op: Op, inputs: tuple[TensorType, ...], output: TensorType) -> None:
    for axis, dim in enumerate(output.shape):
        if isinstance(dim, int) and dim < 1:
            raise Fault(
                Code.EMPTY_DIM,
                f"`{op.name}` would make axis {axis} of its output {dim} long: {output}",
                inputs=range(len(inputs)),
            )
