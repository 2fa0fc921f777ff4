"""`onnx.<Name>(…)`: any ONNX operator by name, typed by ONNX's own shape inference."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from ...dsl.diagnostics.codes import Code
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ops.base.op import Refusal
from .body import Body
from .layers import report_refusal
from .values import POISON, ArgValue, LayerValue, Poison


def is_onnx(body: Body, expr: ast.Attribute) -> bool:
    """Whether the expression is `onnx.<Name>`, and `onnx` is not a name of the program."""
    value = expr.value
    return (
        isinstance(value, ast.Name)
        and value.name == "onnx"
        and value.name not in body.env
        and value.name not in body.module.names
    )


def onnx_layer(
    body: Body, expr: ast.Attribute, args: Sequence[ArgValue], span: Span
) -> LayerValue | Poison:
    """The layer for an ONNX operator with its attributes; poison where ONNX refuses them."""
    attributes: dict[str, object] = {}
    for arg in args:
        if isinstance(arg.value, Poison):
            return POISON
        if arg.name is None:
            return body.fault(
                Code.EXTRA_ARGUMENT,
                "attributes and numbers of an ONNX operator are given by name",
                arg.span,
                "has no name",
                help="put the name that ONNX has for it in front",
            )
        if arg.name in attributes:
            return body.fault(
                Code.EXTRA_ARGUMENT,
                f"`{arg.name}` of `onnx.{expr.name.name}` is given twice",
                arg.span,
                "given again",
            )
        attributes[arg.name] = arg.value
    # These, and onnx, are loaded only for programs that use them.
    from ..ops.tensor.onnx_operator import onnx_operator

    typer = import_module("..lower.onnx.operator_types", __package__).typer
    try:
        op = onnx_operator(expr.name.name, attributes, typer())
    except Refusal as fault:
        spans = {arg.name: arg.span for arg in args if arg.name is not None}
        return report_refusal(
            body, fault, expr.name.span if not fault.argument else span, (), (), spans
        )
    return LayerValue(op, None, tuple(args), span)
