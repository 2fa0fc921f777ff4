"""What a recipe makes doubtful about layers: biases and penalties that batch statistics undo."""

from __future__ import annotations

from collections import Counter

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ....dsl.diagnostics.edits import argument_added
from ...ir.graph import Graph, Node
from ...link.project import MODELS
from ..read.case import Case

NORMALIZATIONS = ("BatchNormalization", "LayerNormalization", "GroupNormalization")


def check_layers(case: Case) -> None:
    """Reports biases before batch normalization, and penalties on what a normalization scales."""
    graph = case.checked.graph
    trained_here = Related("trained here", case.item.ident.span)
    shipped = shipped_files(case)
    uses = Counter(node.layer for node in graph)
    for node in graph:
        if _name(node) not in NORMALIZATIONS or _all_frozen(case, node):
            continue
        if node.span.source.path in shipped:
            continue
        for weight in node.weights:
            if weight.regularizer is not None:
                case.findings.fault(
                    Code.REGULARIZED_NORM,
                    f"`{weight.name}` of `{_name(node)}` is pulled towards 0, and with it "
                    "everything that the layer puts out",
                    node.span,
                    "penalized",
                    related=(trained_here,),
                    trace=node.trace,
                    help=f"remove `{weight.name}_regularizer`; penalize the kernels around it",
                )
        if _name(node) != "BatchNormalization":
            continue
        before = graph.node(node.inputs[0].node)
        if _has_bias(before) and uses[before.layer] == 1 and _only_for(graph, before, node):
            case.findings.fault(
                Code.BIAS_BEFORE_NORM,
                f"the bias of `{_name(before)}` does nothing: batch normalization subtracts it",
                before.span,
                "has a bias",
                related=(Related("subtracted here", node.span), trained_here),
                trace=before.trace,
                help="write `use_bias=false`",
                fix=argument_added(before.span, "use_bias=false"),
            )


def _only_for(graph: Graph, before: Node, node: Node) -> bool:
    """Whether what a layer makes goes nowhere but into one other."""
    return graph.readers(before.path) == [node.path] and before.path not in {
        output.ref.node for output in graph.outputs
    }


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


def shipped_files(case: Case) -> set[str]:
    """The files that come with netc, as spans name them; a project cannot change those."""
    if case.module.path.is_relative_to(MODELS):
        return set()
    return {
        module.file.source.path
        for path, module in case.project.modules.items()
        if module is not None and path.is_relative_to(MODELS)
    }
