"""A value as `--set` writes it: what a `.net` file would hold, or else text."""

from __future__ import annotations

from ...compiler.expand.values import Value
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.syntax import ast
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source


def literal(text: str) -> Value:
    """A value as a `.net` file would write it; a bare word is a string."""
    try:
        file = parse(Source("--set", f"const value = {text}\n"))
    except DiagnosticError:
        return text
    (item,) = file.items
    assert isinstance(item, ast.Const)
    return _constant(item.value, text)


def _constant(expr: ast.Expr, text: str) -> Value:
    if isinstance(expr, ast.Number | ast.String | ast.Bool):
        return expr.value
    if isinstance(expr, ast.NoneLiteral):
        return None
    if isinstance(expr, ast.Unary) and isinstance(expr.operand, ast.Number) and expr.op == "-":
        return -expr.operand.value
    if isinstance(expr, ast.ListExpr | ast.TupleExpr):
        return [_constant(item, item.span.text) for item in expr.items]
    return text
