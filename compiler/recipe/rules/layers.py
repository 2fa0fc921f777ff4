"""What a recipe makes doubtful about layers: biases and penalties that batch statistics undo."""

from __future__ import annotations

from ....dsl.codes import Code
from ....dsl.diagnostic import Related
from ...graph import Node
from ...project import MODELS
from ..draft import Case

NORMALIZATIONS = ("BatchNormalization", "LayerNormalization", "GroupNormalization")


def check_layers(case: Case) -> None:
    """Reports biases before batch normalization, and penalties on what a normalization scales."""
    graph = case.checked.graph
    trained_here = Related("trained here", (case.item.recipe or case.item.net).span)
    for node in graph:
        if _all_frozen(case, node) or not _own(case, node):
            continue
        for weight in node.weights:
            if weight.regularizer is not None and _name(node) in NORMALIZATIONS:
                case.report.fault(
                    Code.REGULARIZED_NORM,
                    f"`{weight.name}` of `{_name(node)}` is pulled towards 0, and with it "
                    "everything that the layer puts out",
                    node.span,
                    "penalized",
                    related=(trained_here,),
                    trace=node.trace,
                    help=f"remove `{weight.name}_regularizer`; penalize the kernels around it",
                )
        if _name(node) != "BatchNormalization" or not node.inputs:
            continue
        before = graph.node(node.inputs[0].node)
        if _has_bias(before) and list(graph.nx.successors(before.path)) == [node.path]:
            case.report.fault(
                Code.BIAS_BEFORE_NORM,
                f"the bias of `{_name(before)}` does nothing: batch normalization subtracts it",
                before.span,
                "has a bias",
                related=(Related("subtracted here", node.span), trained_here),
                trace=before.trace,
                help="write `use_bias=false`",
            )


def _name(node: Node) -> str:
    return type(node.op).__name__


def _has_bias(node: Node) -> bool:
    """Whether a layer ends in a bias, with no activation behind it."""
    op = node.op
    return (
        bool(getattr(op, "use_bias", False))
        and getattr(op, "activation", 0) is None
        and any(weight.name == "bias" for weight in node.weights)
    )


def _all_frozen(case: Case, node: Node) -> bool:
    return all(node.layer in stage.frozen for stage in case.stages)


def _own(case: Case, node: Node) -> bool:
    """Whether the layer is written in the project, not in a model that is shipped with netc."""
    if case.module.path.is_relative_to(MODELS):
        return True
    shown = node.span.source.path
    return shown == case.item.span.source.path or not any(
        module is not None and path.is_relative_to(MODELS) and module.file.source.path == shown
        for path, module in case.project.modules.items()
    )
