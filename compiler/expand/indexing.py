"""Indexing: `widths[0]`, `x[:, 1:]`."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.syntax import ast
from ..ir.paths import Place, snake
from ..ops.base.op import Refusal
from ..ops.tensor.indexing import ELLIPSIS, NEWAXIS, IndexItem, at, index, span
from ..shapes.dims import Sym
from . import statics
from .body import Body
from .evaluate import evaluate, static
from .layers import apply_op, report_refusal
from .set_where import set_where
from .values import POISON, Bundle, Poison, TensorValue, Value, kind_of

STEPS_AN_ITEM = 8
"""What it takes to hold an index or slice against a size."""


def subscript(body: Body, expr: ast.Index, hint: str, place: Place, words: frozenset[str]) -> Value:
    """An item or slice of a list, or a part of a tensor."""
    value = evaluate(body, expr.value, place=place)
    if isinstance(value, Poison):
        return POISON
    if isinstance(value, TensorValue):
        return _tensor_index(body, expr, value, hint, place)
    if isinstance(value, Bundle):
        value = list(value.items)
    if len(expr.items) != 1 or isinstance(expr.items[0], ast.EllipsisLiteral):
        return body.fault(
            Code.STATIC_FAULT, f"{kind_of(value)} takes one index", expr.span, "indexed here"
        )
    (item,) = expr.items
    assert not isinstance(item, ast.EllipsisLiteral)
    if isinstance(item, ast.Slice):
        return _list_slice(body, item, value)
    position = evaluate(body, item)
    if isinstance(position, Poison):
        return POISON
    return static(
        body,
        expr.span,
        lambda: statics.item(value, position),
        related=lambda: set_where(body.definition, expr.value),
    )


def _tensor_index(
    body: Body, expr: ast.Index, value: TensorValue, hint: str, place: Place
) -> Value:
    body.expansion.step(expr.span, body.trace, STEPS_AN_ITEM * len(expr.items))
    items = [_index_item(body, item) for item in expr.items]
    known = tuple(item for item in items if isinstance(item, IndexItem))
    if len(known) != len(items):
        return POISON
    try:
        op = index(known, value.type.shape)
    except Refusal as fault:
        return report_refusal(body, fault, expr.span, (), (), {})
    spot = place.unique(hint or snake(op.name))
    return apply_op(body, op, [value], [expr.value.span], spot, expr.span)


def _index_item(body: Body, item: ast.Expr | ast.Slice | ast.EllipsisLiteral) -> IndexItem | Poison:
    if isinstance(item, ast.EllipsisLiteral):
        return ELLIPSIS
    if isinstance(item, ast.NoneLiteral):
        return NEWAXIS
    if not isinstance(item, ast.Slice):
        position = _bound(body, item)
        return POISON if isinstance(position, Poison) or position is None else at(position)
    start, stop, step = (_bound(body, part) for part in (item.start, item.stop, item.step))
    if isinstance(start, Poison) or isinstance(stop, Poison) or isinstance(step, Poison):
        return POISON
    if isinstance(step, Sym):
        assert item.step is not None
        return body.fault(
            Code.INDEX, f"a step must be a number, got `{step}`", item.step.span, "not a number"
        )
    return span(start, stop, step)


def _bound(body: Body, expr: ast.Expr | None) -> int | Sym | Poison | None:
    if expr is None:
        return None
    value = evaluate(body, expr)
    if value is None or isinstance(value, Poison):
        return value
    if isinstance(value, int | Sym) and not isinstance(value, bool):
        return value
    return body.fault(
        Code.WRONG_TYPE, f"an index must be an int, got {kind_of(value)}", expr.span, "not an int"
    )


def _list_slice(body: Body, item: ast.Slice, value: Value) -> Value:
    parts: list[int | None] = []
    for part in (item.start, item.stop, item.step):
        number = None if part is None else evaluate(body, part)
        if isinstance(number, Poison):
            return POISON
        if not (number is None or (isinstance(number, int) and not isinstance(number, bool))):
            return body.fault(
                Code.WRONG_TYPE, f"a slice takes ints, got {kind_of(number)}", item.span, "here"
            )
        parts.append(number)
    if not isinstance(value, list | tuple | str) or parts[2] == 0:
        return body.fault(
            Code.STATIC_FAULT, f"{kind_of(value)} cannot be sliced so", item.span, "sliced here"
        )
    return static(body, item.span, lambda: value[slice(*parts)], operation="slice")
