"""Whose targets each loss of a recipe takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.suggest import correction, did_you_mean
from ....dsl.text.source import Span
from ...expand.body import Body
from ...expand.values import POISON
from ...ir.graph import CheckedGraph
from ..objects.base import NONE
from .case import Aim, Given, PerOutput


def with_sources(
    body: Body, checked: CheckedGraph, given: Given | None, aims: Sequence[Aim]
) -> tuple[Aim, ...]:
    """What a phase trains, each with the output whose targets it takes; faults are left out.

    An output has its own targets. A tensor inside the net takes those of the one output of the
    phase that has some, or else those of the net's only output; `targets` says otherwise.
    """
    if given is not None and given.value is POISON:
        given = None
    outputs = [output.name for output in checked.graph.outputs]
    taught = [aim.source for aim in aims if aim.source and aim.loss.form != NONE]
    usual = taught if taught else outputs
    found = []
    for aim in aims:
        said = _said(given, aim)
        if said is not None:
            source, span = said
            if source not in outputs:
                body.fault(
                    Code.UNKNOWN_OUTPUT,
                    f"the net has no output `{source}` to take targets of",
                    span,
                    "not an output",
                    help=did_you_mean(source, outputs),
                    fix=correction(span, source, outputs),
                )
                continue
            found.append(replace(aim, source=source))
        elif aim.source or aim.loss.form == NONE:
            found.append(aim)
        elif len(usual) == 1:
            found.append(replace(aim, source=usual[0]))
        else:
            name = aim.output.name
            body.fault(
                Code.MISSING_SETTING,
                f"`{name}` is no output of the net, and has no targets of its own",
                aim.loss_expr.span,
                "whose targets?",
                help=f'say it: `targets = per_output("{name}"={usual[0]})`',
            )
    return tuple(found)


def _said(given: Given | None, aim: Aim) -> tuple[str, Span] | None:
    """What `targets` says of a loss; without `per_output` it speaks of tensors inside the net."""
    if given is None:
        return None
    if isinstance(given.value, PerOutput):
        if aim.output.name not in given.value.values:
            return None
        value, expr = given.value.values[aim.output.name]
        return cast("str", value), expr.span
    return None if aim.source else (cast("str", given.value), given.span)
