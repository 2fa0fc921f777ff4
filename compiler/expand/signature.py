"""Signatures as contracts: binds the dims of a tensor type to a tensor, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import replace

from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import free_names
from ..shapes.assume import same, solved
from ..shapes.dims import Dim, Sym, symbol
from ..shapes.types import DTYPES, TensorType, show_shape
from .values import Value

Evaluate = Callable[[ast.Expr], Value]


@record
class Mismatch:
    """Why a tensor does not fit a declared type, and the declared part that says so."""

    reason: str
    span: Span
    axis: int | None = None
    """The tensor's axis that does not fit, counted from the end; None where it is not one axis."""


@record(frozen=False)
class DimScope:
    """The sizes a signature has bound so far, and where each was bound."""

    values: MutableMapping[str, Value]
    bound_by: dict[str, str]
    constants: frozenset[str] = frozenset()
    """Names that stand for a `const` unless the signature binds them."""

    def is_constant(self, name: str) -> bool:
        """Whether a name stands for a `const` here."""
        return name in self.constants and name not in self.values


def fit(
    declared: ast.TensorTypeExpr,
    actual: TensorType,
    who: str,
    scope: DimScope,
    evaluate: Evaluate,
) -> Mismatch | None:
    """Fits a tensor to a declared type; unbound names in it are bound to the tensor's sizes.

    `who` names the tensor in messages. Expressions are compared after all plain names are bound;
    an expression with one unbound name, such as `2 * H`, is solved for it.
    """
    wanted = declared.dtype.name if declared.dtype is not None else actual.dtype
    if wanted in DTYPES and wanted != actual.dtype:
        return Mismatch(
            f"{who} is {actual.dtype}, and the signature wants {wanted}",
            (declared.dtype or declared).span,
        )
    dims, shape = list(declared.dims), list(actual.shape)
    if dims and isinstance(dims[0], ast.EllipsisLiteral):
        dims.pop(0)
        shape = shape[max(0, len(shape) - len(dims)) :]
    if len(dims) != len(shape):
        least = "at least " if len(dims) != len(declared.dims) else ""
        return Mismatch(
            f"{who} is {show_shape(actual.shape)} of rank {actual.rank}, and the signature wants "
            f"{least}rank {len(dims)}",
            declared.span,
        )
    later: list[tuple[ast.Expr, Dim, int]] = []
    for axis, (dim, size) in enumerate(zip(dims, shape, strict=True), -len(dims)):
        if isinstance(dim, ast.AnyDim | ast.EllipsisLiteral):
            continue
        if not isinstance(dim, ast.Name) or scope.is_constant(dim.name):
            later.append((dim, size, axis))
        elif dim.name not in scope.values:
            scope.values[dim.name] = size
            scope.bound_by[dim.name] = who
        else:
            found = _compare(scope.values[dim.name], size, dim, who, actual, scope)
            if found is not None:
                return replace(found, axis=axis)
    for expr, size, axis in later:
        unbound = sorted(free_names(expr) - scope.values.keys() - scope.constants)
        if unbound and not _bind(expr, size, unbound, who, scope, evaluate):
            return Mismatch(
                f"`{unbound[0]}` cannot be found from {who}, whose size here is {size}",
                expr.span,
                axis,
            )
        found = _compare(evaluate(expr), size, expr, who, actual, scope)
        if found is not None:
            return replace(found, axis=axis)
    return None


def _bind(
    expr: ast.Expr, size: Dim, unbound: list[str], who: str, scope: DimScope, evaluate: Evaluate
) -> bool:
    if len(unbound) > 1:
        return False
    (name,) = unbound
    # A name no caller can have, so that it is not confused with a symbol of `size`.
    scope.values[name] = symbol("\0")
    pattern = evaluate(expr)
    del scope.values[name]
    found = solved(pattern, size) if isinstance(pattern, Sym) else None
    if found is None or found[0] != "\0":
        return False
    scope.values[name] = found[1]
    scope.bound_by[name] = who
    return True


def _compare(
    wanted: Value, size: Dim, dim: ast.Expr, who: str, actual: TensorType, scope: DimScope
) -> Mismatch | None:
    if not isinstance(wanted, int | Sym) or same(wanted, size):
        # What is not a size has been reported by whoever evaluated it.
        return None
    text = dim.span.text
    says = f"`{text}`" if text == str(wanted) else f"`{text}` = {wanted}"
    bound = scope.bound_by.get(dim.name) if isinstance(dim, ast.Name) else None
    source = f", bound by {bound}" if bound is not None and bound != who else ""
    return Mismatch(
        f"{who} is {show_shape(actual.shape)}: {size} where the signature says {says}{source}",
        dim.span,
    )
