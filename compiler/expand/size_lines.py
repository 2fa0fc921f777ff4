"""Which lines of `expect` blocks are on the sizes a net takes; what they say is read elsewhere."""

from __future__ import annotations

from ...dsl.syntax import ast
from ..link.names import expressions

SIZE_MEASURES = ("legal", "accepts")
"""What a contract says of the sizes that a net takes."""


def is_call(expr: ast.Expr, name: str) -> bool:
    """Whether an expression calls a measure."""
    return (
        isinstance(expr, ast.Call)
        and isinstance(expr.function, ast.Name)
        and expr.function.name == name
    )


def on_sizes(line: ast.Expr) -> bool:
    """Whether a line of a contract is on sizes."""
    return any(is_call(part, name) for part in expressions(line) for name in SIZE_MEASURES)
