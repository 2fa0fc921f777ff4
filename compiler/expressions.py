"""Evaluates expressions: compile-time values at once, tensors by adding nodes to the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..dsl import ast
from ..dsl.codes import Code
from ..dsl.source import Span
from . import statics
from .expansion import Body
from .layers import apply_op, make_op
from .measure import count_work
from .ops.arithmetic import arithmetic, negative
from .ops.kinds import Word
from .ops.table import ACTIVATION_LAYERS, OPS
from .paths import Place, snake
from .project import Constant, Defined, Unavailable
from .statics import FUNCTIONS, StaticFault, truth
from .suggest import correction, did_you_mean
from .values import POISON, Bundle, LayerValue, Poison, TensorValue, Value, kind_of

NO_WORDS: frozenset[str] = frozenset()
MAX_CONSTANT_DEPTH = 50


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
    kind = type(expr)
    if kind is ast.Name:
        return _name(body, expr, words)  # type: ignore[arg-type]
    if kind in _LITERALS:
        return expr.value  # type: ignore[union-attr]
    if kind in _NESTED:
        return _NESTED[kind](body, expr, place or body.place, words)
    return MAKERS[kind](body, expr, hint, place or body.place)


def _name(body: Body, expr: ast.Name, words: frozenset[str]) -> Value:
    name = expr.name
    if name in body.env:
        return body.env[name]
    if name in words:
        return Word(name)
    entity = body.module.names.get(name)
    if isinstance(entity, Constant):
        return _constant(body, entity)
    if isinstance(entity, Unavailable):
        return POISON
    if isinstance(entity, Defined):
        return LayerValue(None, entity, (), expr.span)
    if name in ACTIVATION_LAYERS:
        return LayerValue(ACTIVATION_LAYERS[name], None, (), expr.span)
    if name in OPS:
        return make_op(body, OPS[name], (), expr.span, None)
    if words:
        # The argument's own conversion says what it takes and what was meant.
        return Word(name)
    return unknown(body, expr, Code.UNKNOWN_NAME, "value", known_names(body))


def known_names(body: Body) -> list[str]:
    """The names an expression may use here, for suggestions."""
    return [*body.env, *body.module.names, *FUNCTIONS, *OPS]


def unknown(body: Body, expr: ast.Name, code: Code, what: str, options: list[str]) -> Poison:
    """Reports a name that nothing defines."""
    return body.fault(
        code,
        f"there is no {what} called `{expr.name}`",
        expr.span,
        "not defined",
        help=did_you_mean(expr.name, options),
        fix=correction(expr.span, expr.name, options),
    )


def _constant(body: Body, constant: Constant) -> Value:
    cache = body.expansion.constants
    key = id(constant.const)
    if key not in cache:
        # A constant that needs itself finds poison; the resolver reports the circle.
        cache[key] = POISON
        inner = Body(body.expansion, constant.module, None)
        expansion = body.expansion
        if expansion.constant_depth >= MAX_CONSTANT_DEPTH:
            return body.fault(
                Code.STATIC_FAULT,
                f"constants need each other deeper than {MAX_CONSTANT_DEPTH}",
                constant.const.name.span,
                "one too deep",
            )
        expansion.constant_depth += 1
        value = evaluate(inner, constant.const.value)
        expansion.constant_depth -= 1
        if isinstance(value, TensorValue | Bundle):
            value = inner.fault(
                Code.WRONG_TYPE,
                "a `const` cannot be a tensor",
                constant.const.value.span,
                "a tensor",
            )
        cache[key] = value
    return cache[key]


def _list(body: Body, expr: ast.ListExpr, place: Place, words: frozenset[str]) -> Value:
    items = [evaluate(body, item, place=place, words=words) for item in expr.items]
    return POISON if POISON in items else static(body, expr.span, lambda: items)


def _tuple(body: Body, expr: ast.TupleExpr, place: Place, words: frozenset[str]) -> Value:
    items = tuple([evaluate(body, item, place=place, words=words) for item in expr.items])
    return POISON if POISON in items else static(body, expr.span, lambda: items)


def _conditional(body: Body, expr: ast.Conditional, place: Place, words: frozenset[str]) -> Value:
    holds = condition(body, expr.condition)
    if holds is None:
        return POISON
    return evaluate(body, expr.then if holds else expr.other, place=place, words=words)


def _unary(body: Body, expr: ast.Unary, hint: str, place: Place) -> Value:
    if expr.op == "not":
        holds = condition(body, expr.operand)
        return POISON if holds is None else not holds
    value = evaluate(body, expr.operand, place=place)
    if isinstance(value, Poison):
        return POISON
    if isinstance(value, TensorValue):
        if expr.op == "+":
            return value
        spot = place.unique(hint or "negative")
        return apply_op(body, negative(), [value], [expr.operand.span], spot, expr.span)
    return static(body, expr.span, lambda: statics.negate(value) if expr.op == "-" else value)


def _binary(body: Body, expr: ast.Binary, hint: str, place: Place) -> Value:
    if expr.op in ("and", "or"):
        left_holds = condition(body, expr.left)
        if left_holds is None:
            return POISON
        if left_holds is (expr.op == "or"):
            return left_holds
        right_holds = condition(body, expr.right)
        return POISON if right_holds is None else right_holds
    left = evaluate(body, expr.left, place=place)
    right = evaluate(body, expr.right, place=place)
    if isinstance(left, Poison) or isinstance(right, Poison):
        return POISON
    if isinstance(left, TensorValue) or isinstance(right, TensorValue):
        return _tensor_arithmetic(body, expr, left, right, hint, place)
    return static(body, expr.span, lambda: statics.binary(expr.op, left, right), left, right)


def _tensor_arithmetic(
    body: Body, expr: ast.Binary, left: Value, right: Value, hint: str, place: Place
) -> Value:
    tensors: list[TensorValue] = []
    numbers: list[int | float | None] = []
    spans: list[Span] = []
    for value, side in ((left, expr.left), (right, expr.right)):
        if isinstance(value, TensorValue):
            tensors.append(value)
            spans.append(side.span)
            numbers.append(None)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            numbers.append(value)
        else:
            return body.fault(
                Code.WRONG_TYPE,
                f"`{expr.op}` works on tensors and numbers, and one side is {kind_of(value)}",
                side.span,
                "not a tensor or number",
            )
    if expr.op not in _TENSOR_SIGNS:
        return body.fault(
            Code.WRONG_TYPE,
            f"`{expr.op}` does not work on tensors",
            expr.op_span,
            "tensors are known only when the model runs",
        )
    op = arithmetic(expr.op, numbers[0], numbers[1])
    return apply_op(body, op, tensors, spans, place.unique(hint or snake(op.name)), expr.span)


_TENSOR_SIGNS = frozenset(("+", "-", "*", "/", "**", "@"))


def static(body: Body, span: Span, compute: Callable[[], Value], *operands: Value) -> Value:
    """A compile-time computation; poison where it fails, which is reported at `span`.

    What `operands` and the result hold is counted as work.
    """
    try:
        for operand in operands:
            count_work(body, span, operand)
        value = compute()
        count_work(body, span, value)
        return value
    except StaticFault as fault:
        return body.fault(fault.code, str(fault), span, fault.label)


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


_LITERALS = frozenset((ast.Number, ast.String, ast.Bool))
_NESTED: dict[type, Callable[[Body, Any, Place, frozenset[str]], Value]] = {
    ast.ListExpr: _list,
    ast.TupleExpr: _tuple,
    ast.Conditional: _conditional,
    ast.NoneLiteral: lambda body, expr, place, words: None,
}
MAKERS: dict[type, Callable[[Body, Any, str, Place], Value]] = {
    ast.Unary: _unary,
    ast.Binary: _binary,
}
"""What evaluates each kind of expression; the files of calls, pipelines and indexing add theirs."""
