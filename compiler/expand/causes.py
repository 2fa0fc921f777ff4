"""Asks the rules of `compiler/causes` why a tensor is refused, and reports what they find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..causes.refused import Cause, Given, Promise, Refused
from ..causes.table import cause_of
from ..causes.written import Written
from ..ir.infer import infer
from ..ops.base.op import Op, Refusal
from ..shapes.assume import is_assuming
from ..shapes.types import TensorType
from .body import Body
from .values import POISON, Poison, TensorValue

MOST_ASKED = 100
"""For how many findings of a run a cause is looked for: a rule tries many layers."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is reported where no cause is found."""

    code: Code
    message: str
    primary: Span
    label: str
    related: tuple[Related, ...] = ()
    help: str = ""


def report_layer(
    body: Body,
    op: Op,
    fault: Refusal,
    misfit: Misfit,
    tensors: Sequence[TensorValue],
    operands: Sequence[Span],
    span: Span,
    args: Mapping[str, Span],
) -> Poison:
    """Reports that a layer refuses its tensors, and why where a rule knows."""

    def accepts(types: Sequence[TensorType]) -> bool:
        try:
            infer(op, tuple(types))
        except Refusal:
            return False
        return True

    return _reported(
        body,
        misfit,
        tensors,
        operands,
        span,
        op=op,
        promise=None,
        at_fault=fault.inputs,
        argument=fault.argument,
        args=args,
        accepts=accepts,
        definition=body.definition,
    )


def report_signature(
    body: Body,
    promise: Promise,
    misfit: Misfit,
    tensor: TensorValue,
    operand: Span,
    definition: ast.Definition | None,
    fits: Callable[[TensorType], bool],
) -> Poison:
    """Reports that a tensor does not fit a signature, and why where a rule knows.

    `definition` is the net or block in whose body it happens.
    """
    return _reported(
        body,
        misfit,
        [tensor],
        [operand],
        misfit.primary,
        op=None,
        promise=promise,
        at_fault=(0,),
        argument="",
        args={},
        accepts=lambda types: fits(types[0]),
        definition=definition,
    )


def _reported(
    body: Body,
    misfit: Misfit,
    tensors: Sequence[TensorValue],
    operands: Sequence[Span],
    span: Span,
    *,
    op: Op | None,
    promise: Promise | None,
    at_fault: Sequence[int],
    argument: str,
    args: Mapping[str, Span],
    accepts: Callable[[Sequence[TensorType]], bool],
    definition: ast.Definition | None,
) -> Poison:
    expansion = body.expansion
    findings = expansion.findings
    net = body.calls[0] if body.calls else None
    # What a rule tries is nothing that the net needs.
    if is_assuming() or findings.asked >= MOST_ASKED:
        return _plain(body, misfit)
    if not isinstance(net, ast.Definition):
        return _plain(body, misfit)
    refused = Refused(
        misfit.code,
        misfit.message,
        argument,
        span,
        misfit.primary,
        op,
        promise,
        tuple(
            Given(tensor.ref, tensor.type, tensor.span, operand)
            for tensor, operand in zip(tensors, operands, strict=True)
        ),
        tuple(index for index in at_fault if index < len(tensors)),
        args,
        accepts,
        expansion.graph,
        net,
        definition or net,
        body.env,
        written(body),
        expansion.legality,
    )
    findings.asked += 1
    cause = cause_of(refused)
    if cause is None:
        return _plain(body, misfit)
    related = [*cause.origins]
    if cause.span != misfit.primary:
        related = [*_refused_at(misfit, promise, cause), *related]
    shown = {cause.span, *(one.span for one in related)}
    related += [replace(one, rest=True) for one in misfit.related if one.span not in shown]
    here = definition is None or cause.span.within(definition.span)
    findings.fault(
        misfit.code,
        cause.title,
        cause.span,
        cause.label,
        related=tuple(related),
        trace=body.trace if here else None,
        help=cause.help,
        fix=cause.fix,
    )
    findings.settle(misfit.code, misfit.primary)
    for code, place in cause.settles:
        findings.settle(code, place)
    return POISON


def written(body: Body) -> Written:
    """The files of the project, by which causes are looked for."""
    expansion = body.expansion
    if expansion.written is None:
        modules = [module for module in expansion.project.modules.values() if module is not None]
        expansion.written = Written(tuple(module.file for module in modules))
    return expansion.written


def _plain(body: Body, misfit: Misfit) -> Poison:
    """The refusal as it is."""
    return body.fault(
        misfit.code,
        misfit.message,
        misfit.primary,
        misfit.label,
        related=misfit.related,
        help=misfit.help,
    )


def _refused_at(misfit: Misfit, promise: Promise | None, cause: Cause) -> list[Related]:
    """Where the refusal is, beside its cause: of a result what is promised and what comes."""
    if promise is None or not promise.is_result:
        return [Related(misfit.message, misfit.primary)]
    declared = [Related("declared here", promise.at)] if promise.at != cause.span else []
    return [*declared, Related(misfit.label, misfit.primary)]
