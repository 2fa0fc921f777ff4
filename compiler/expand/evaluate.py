"""Evaluates expressions: compile-time values at once, tensors by adding nodes to the graph."""

from __future__ import annotations

from collections.abc import Callable

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.paths import Place
from .body import STEPS_A_FAULT, Body
from .statics import StaticFault, truth
from .values import Poison, Value, kind_of
from .work import steps_of

NO_WORDS: frozenset[str] = frozenset()


def evaluate(
    body: Body,
    expr: ast.Expr,
    *,
    hint: str = "",
    place: Place | None = None,
    words: frozenset[str] = NO_WORDS,
) -> Value:
    """The value of an expression; poison where it is at fault (which is reported).

    `hint` names the layer that makes the value (the variable it is assigned to), `place` is where
    layers are made, `words` are the bare words that the argument being evaluated accepts.
    """
    at = place or body.place
    body.expansion.evaluated += 1
    return body.expansion.evaluators[type(expr)](body, expr, hint, at, words)


def static(
    body: Body,
    span: Span,
    compute: Callable[[], Value],
    *operands: Value,
    operation: str = "",
    related: Callable[[], tuple[Related, ...]] = tuple,
) -> Value:
    """A compile-time computation; poison where it fails, which is reported at `span`.

    `operation` says what is done with the operands, which is counted as work; `related` finds what
    else matters where it fails.
    """
    expansion = body.expansion
    try:
        steps = steps_of(expansion.sizes, operation, *operands)
        if steps:
            expansion.step(span, body.trace, steps)
        value = compute()
        steps = steps_of(expansion.sizes, operation, value)
        if steps:
            expansion.step(span, body.trace, steps)
        return value
    except StaticFault as fault:
        expansion.step(span, body.trace, STEPS_A_FAULT)
        return body.fault(fault.code, str(fault), span, fault.label, related=related())


def condition(body: Body, expr: ast.Expr) -> bool | None:
    """A compile-time condition; None where it is at fault."""
    value = evaluate(body, expr)
    if isinstance(value, Poison):
        return None
    result = static(body, expr.span, lambda: truth(value))
    return result if isinstance(result, bool) else None


def as_list(body: Body, expr: ast.Expr) -> list[Value] | None:
    """The items of a list or tuple; None where the expression is at fault."""
    value = evaluate(body, expr)
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, Poison):
        body.fault(
            Code.WRONG_TYPE,
            f"`for` runs over a list, got {kind_of(value)}",
            expr.span,
            "not a list",
            help="`range(n)` counts from 0 to n - 1" if isinstance(value, int) else "",
        )
    return None


def repetitions(body: Body, expr: ast.Expr) -> int | None:
    """How often to repeat; None where that is at fault. Raises Stop past the limit at once."""
    value = evaluate(body, expr)
    if isinstance(value, Poison):
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        body.fault(
            Code.WRONG_TYPE,
            f"a number of repetitions must be an int, got {kind_of(value)}",
            expr.span,
            "not an int",
        )
        return None
    if value < 0:
        body.fault(
            Code.BAD_VALUE,
            f"a number of repetitions cannot be negative, got {value}",
            expr.span,
            "negative",
        )
        return None
    if value > body.expansion.max_layers:
        body.expansion.too_much(expr.span, body.trace, f"{value:,} repetitions")
    return value
