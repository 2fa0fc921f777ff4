"""A bare word where a parameter takes a string: what is reported, and the quotes it lacks."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import quotes, takes_string
from ..ops.table import ACTIVATION_LAYERS, OPS
from .body import Body
from .values import POISON, Poison


def bare_word(body: Body, expr: ast.Expr, param: ast.Param, span: Span) -> Poison | None:
    """Reports a name that is no value of the program where a string belongs; None for all else.

    `span` is the whole argument.
    """
    if not isinstance(expr, ast.Name) or not takes_string(param):
        return None
    name = expr.name
    if name in body.env or name in body.module.names:
        return None
    layer = ""
    if name in ACTIVATION_LAYERS or name in OPS:
        layer = ACTIVATION_LAYERS[name].name if name in ACTIVATION_LAYERS else name
    if body.reported(Code.WRONG_TYPE if layer else Code.UNKNOWN_NAME, span if layer else expr.span):
        return POISON
    help, fix = quotes(param, expr)
    if layer:
        return body.fault(
            Code.WRONG_TYPE,
            f"`{param.name.name}` is a string, got the layer `{layer}`",
            span,
            "wrong type",
            related=(Related("declared here", param.span),),
            help=help,
            fix=fix,
        )
    return body.fault(
        Code.UNKNOWN_NAME,
        f"there is no value called `{name}`",
        expr.span,
        "not defined",
        help=help,
        fix=fix,
    )
