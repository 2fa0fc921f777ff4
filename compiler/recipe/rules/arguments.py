"""Whether the arguments of losses and metrics speak of axes and units that their outputs have."""

from __future__ import annotations

from ....dsl.diagnostics.diagnostic import Related
from ....dsl.syntax import ast
from ....dsl.text.source import Span
from ...ops.base.declare import Refusal
from ..objects.base import Measured
from ..outputs import Ending
from ..read.case import Case, argument_span
from .losses import aims


def check_arguments(case: Case) -> None:
    """Reports an axis, a unit or a number of classes that an output has not."""
    for aim, end in aims(case):
        for part in aim.parts:
            _check(case, part.loss, end, part.loss_expr, part.loss_expr.span)
        for metric, expr, _ in aim.measured:
            if aim.loss.form not in metric.takes:
                continue
            span = aim.loss_expr.span if expr is None else expr.span
            _check(case, metric.for_targets(aim.loss.form), end, expr, span)


def _check(case: Case, made: Measured, end: Ending, expr: ast.Expr | None, span: Span) -> None:
    try:
        made.check_output(end.type)
    except Refusal as refusal:
        found = argument_span(expr, refusal.argument) if expr is not None else None
        case.findings.fault(
            refusal.code,
            refusal.message,
            found or span,
            "this argument" if found is not None else "does not fit",
            related=(Related(f"`{end.name}` is {end.type}", end.span),),
            help=refusal.help,
        )
