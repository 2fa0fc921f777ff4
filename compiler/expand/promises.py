"""Reports tensors that do not fit a signature: those given to it, and those it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..causes.refused import Promise
from ..ir.history import setting
from ..link.names import free_names
from ..shapes.dims import Dim, Sym
from ..shapes.types import TensorType, show_shape
from .body import Body
from .causes import Misfit, report_signature
from .evaluate import evaluate
from .layers import made_here
from .signature import DimScope, Mismatch, fit
from .values import Poison, TensorValue, Value


def report_input(
    body: Body,
    caller: Body,
    definition: ast.Definition,
    param: ast.Param,
    tensor: TensorValue,
    places: tuple[Span, Span],
    mismatch: Mismatch,
    known: int,
) -> None:
    """Reports a tensor that does not fit a block's parameter.

    `places` are the tensor and the call as they are written; `known` is how many names the body had
    before the tensor was held against the signature.
    """
    operand, call = places
    who = definition.name.name
    assert isinstance(param.type, ast.TensorTypeExpr)
    related = [Related(f"`{who}` declares this", mismatch.span)]
    if tensor.span not in (operand, call):
        related.append(made_here(body, tensor, show_shape(tensor.type.shape)))
    axes = [mismatch.axis] if mismatch.axis is not None else []
    seen = {call, operand, *(one.span for one in related)}
    history = setting(body.expansion.graph, tensor.ref, axes, len(caller.calls) - 1)
    related += [one for one in history if one.span not in seen]
    misfit = Misfit(
        Code.SIGNATURE,
        mismatch.reason,
        call,
        f"gets {tensor.type}",
        tuple(related),
        f"`{who}` takes `{param.span.text}`",
    )
    promise = _promise(body, definition, param.type, mismatch, known, is_result=False)
    fits = _tried(body, param.type, known)
    report_signature(caller, promise, misfit, tensor, operand, caller.definition, fits)


def report_result(
    body: Body,
    definition: ast.Definition,
    declared: ast.TensorTypeExpr,
    item: TensorValue,
    span: Span,
    mismatch: Mismatch,
    known: int,
) -> Poison:
    """Reports a tensor that is returned at `span` and does not fit what is declared."""
    related = [Related("declared here", mismatch.span)]
    if item.span != span:
        made = made_here(body, item, show_shape(item.type.shape))
        related.append(replace(made, step=item.span.within(span)))
    seen = {span, *(one.span for one in related)}
    depth = len(body.trace.frames()) if body.trace is not None else 0
    axes = [mismatch.axis] if mismatch.axis is not None else []
    history = setting(body.expansion.graph, item.ref, axes, depth)
    related += [one for one in history if one.span not in seen]
    misfit = Misfit(
        Code.SIGNATURE,
        f"`{definition.name.name}` breaks its signature: {mismatch.reason}",
        span,
        f"returns {item.type}",
        tuple(related),
    )
    promise = _promise(body, definition, declared, mismatch, known, is_result=True)
    fits = _tried(body, declared, known)
    return report_signature(body, promise, misfit, item, span, definition, fits)


def _before(body: Body, known: int) -> dict[str, Value]:
    """The names of a body as they were when it had `known` of them."""
    return dict(islice(body.env.items(), known))


def _tried(body: Body, declared: ast.TensorTypeExpr, known: int) -> Callable[[TensorType], bool]:
    """Whether another tensor would fit a type, with nothing bound by it."""

    def fits(type: TensorType) -> bool:
        trial = replace(body, env=_before(body, known))
        scope = DimScope(trial.env, {}, body.module.constants)
        return fit(declared, type, "", scope, lambda expr: evaluate(trial, expr)) is None

    return fits


def _promise(
    body: Body,
    definition: ast.Definition,
    declared: ast.TensorTypeExpr,
    mismatch: Mismatch,
    known: int,
    *,
    is_result: bool,
) -> Promise:
    """A signature for those who look for a cause; sizes of unbound names are not known."""
    trial = replace(body, env=_before(body, known))
    sizes: list[Dim | None] = []
    for dim in declared.dims:
        size: Value = None
        if not isinstance(dim, ast.AnyDim | ast.EllipsisLiteral):
            unbound = free_names(dim) - trial.env.keys() - body.module.constants
            size = None if unbound else evaluate(trial, dim)
        sizes.append(size if isinstance(size, int | Sym) else None)
    return Promise(definition, declared, is_result, mismatch.axis, mismatch.span, tuple(sizes))
