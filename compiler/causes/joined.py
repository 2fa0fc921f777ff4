"""Values that a signature wants joined, of which one is returned and the other left."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.syntax import ast
from ..shapes.types import TensorType, show_shape
from .refused import Cause, Refused


def branch_left_out(refused: Refused) -> Cause | None:
    """A tensor that is made and nowhere read, with whose channels the result would be as wide."""
    promise = refused.promise
    if promise is None or not promise.is_result or promise.axis != -1:
        return None
    (given,) = refused.inputs
    text = refused.written.text(refused.definition)
    returned = text.at(refused.primary)
    values = returned.values if isinstance(returned, ast.Return) else ()
    value = next((one for one in values if one.span == refused.primary), None)
    head = value.head if isinstance(value, ast.Pipeline) else value
    if not isinstance(head, ast.Name):
        return None
    shape = given.type.shape
    for ident in text.unread:
        other = getattr(refused.values.get(ident.name), "type", None)
        if not isinstance(other, TensorType) or other.shape[:-1] != shape[:-1] or not shape:
            continue
        joined = TensorType(given.type.dtype, (*shape[:-1], shape[-1] + other.shape[-1]))
        if other.dtype != given.type.dtype or not refused.accepts([joined]):
            continue
        names = sorted((ident.name, head.name), key=lambda n: _first_set(text.set_to, n))
        written = f"({', '.join(names)}) -> Concatenate"
        return Cause(
            head.span,
            f"`{ident.name}` is made and left out: with it the result has {joined.shape[-1]} "
            f"channels, as {refused.who} wants",
            show_shape(shape),
            f"write `{written}`",
            Fix(head.span, written),
            (Related(f"{show_shape(other.shape)} goes nowhere", ident.span),),
            settles=((Code.UNUSED_VALUE, ident.span),),
        )
    return None


def _first_set(set_to: dict[str, list[ast.Expr]], name: str) -> int:
    return set_to[name][0].span.start if set_to.get(name) else -1
