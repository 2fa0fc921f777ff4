"""Whether what a softmax made is squashed again, or changed before it leaves the net."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.diagnostics.findings import Findings
from ..ir.graph import Graph, Node
from ..ops.activation.activations import Activation
from ..shapes.types import normal_axis
from .removed import removed

DROPOUTS = frozenset(
    (
        "AlphaDropout",
        "Dropout",
        "GaussianDropout",
        "GaussianNoise",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
    )
)


def check_again(graph: Graph, node: Node, findings: Findings) -> None:
    """Reports a softmax of what a softmax along the same axis made: nearly even numbers."""
    before = _before(graph, node)
    axis = _softmax_axis(node)
    if before is None or axis is None or _softmax_axis(before) != axis:
        return
    findings.fault(
        Code.SOFTMAX_TWICE,
        "softmax is applied to what a softmax made, which makes it nearly even",
        node.span,
        "the second one",
        related=(Related("the first one", before.span),),
        trace=node.trace,
        help="remove one of the two",
        fix=removed(node.span) if node.inputs[0].node == before.path else None,
    )


def check_end(graph: Graph, findings: Findings) -> None:
    """Reports dropout or an activation between the last softmax and an output."""
    used: set[str] | None = None
    for output in graph.outputs:
        node = graph.node(output.ref.node)
        if not _changes(node):
            continue
        before = _before(graph, node)
        if before is None or _softmax_axis(before) is None:
            continue
        if used is None:
            used = {ref.node for each in graph.finished() for ref in each.inputs}
        if node.path in used:
            continue
        name = type(node.op).__name__
        dropout = name in DROPOUTS
        findings.fault(
            Code.AFTER_SOFTMAX,
            f"`{name}` stands behind the last softmax, "
            + (
                "so that in training probabilities are lost and no longer sum to 1"
                if dropout
                else "so that the output is no distribution"
            ),
            node.span,
            f"changes `{output.name}`",
            related=(Related("the softmax", before.span),),
            trace=node.trace,
            help="put it before the last layer with weights" if dropout else "remove it",
            fix=removed(node.span),
        )


def _changes(node: Node) -> bool:
    """Whether a layer is dropout, or an activation that is no softmax and not the identity."""
    name = type(node.op).__name__
    if isinstance(node.op, Activation):
        return name not in ("Linear", "Softmax")
    return name in DROPOUTS


def _before(graph: Graph, node: Node) -> Node | None:
    """The layer whose output a layer gets, dropout and the identity passed over."""
    while len(node.inputs) == 1 and node.inputs[0].output == 0:
        node = graph.node(node.inputs[0].node)
        if node.op is None or type(node.op).__name__ not in {*DROPOUTS, "Linear"}:
            return node
    return None


def _softmax_axis(node: Node) -> int | None:
    """The axis along which a layer ends in softmax, from 0; None where it does not."""
    op: object = node.op
    if hasattr(op, "recurrent_activation"):
        return None
    made = op if isinstance(op, Activation) else getattr(op, "activation", None)
    if type(made).__name__ != "Softmax":
        return None
    return normal_axis(getattr(made, "axis", -1), node.outputs[0].rank)
