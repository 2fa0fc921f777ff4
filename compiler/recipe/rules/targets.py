"""Whether losses inside a net depend on its inputs, and fit the targets they take."""

from __future__ import annotations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ...shapes.dims import can_equal
from ..objects.base import NONE
from ..read.case import Aim, Case
from .losses import aims, word


def check_targets(case: Case) -> None:
    """Reports losses on inner tensors that nothing feeds, or on targets of another shape."""
    graph = case.checked.graph
    fed = set(graph.inputs)
    for node in graph:
        if any(ref.node in fed for ref in node.inputs):
            fed.add(node.path)
    outputs = {output.ref: output.name for output in case.net.graph.outputs}
    types = {output.name: graph.type(output.ref) for output in case.net.graph.outputs}
    for aim, end in aims(case):
        if case.is_inner(aim):
            if aim.output.ref in outputs:
                _fault(
                    case,
                    aim,
                    f"`{aim.output.name}` is the output `{outputs[aim.output.ref]}`",
                    f"call it `{outputs[aim.output.ref]}`; several losses of it are added with `+`",
                )
                continue
            if aim.output.ref.node not in fed:
                _fault(
                    case,
                    aim,
                    f"`{aim.output.name}` depends on no input",
                    "a loss on it teaches nothing about the data",
                )
                continue
        if aim.source in (aim.output.name, "") or aim.loss.form == NONE:
            continue
        wanted = types[aim.source]
        if not can_equal(end.type.shape, wanted.shape):
            _fault(
                case,
                aim,
                f"`{aim.output.name}` is {end.type}, and the targets of `{aim.source}` are for "
                f"{wanted}",
                "give it the shape of that output, as `UpSampling2D`, pooling or `Dense` do",
            )


def _fault(case: Case, aim: Aim, message: str, help: str) -> None:
    node = case.checked.graph.node(aim.output.ref.node)
    case.findings.fault(
        Code.INNER_LOSS,
        message,
        aim.loss_expr.span,
        f"`{word(aim.loss_expr)}` of it",
        related=(Related(f"`{aim.output.name}` is made here", node.span),),
        help=help,
    )
