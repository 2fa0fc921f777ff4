"""Calls, and taps into what a call made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.suggest import correction, did_you_mean, nearest
from ...dsl.syntax import ast
from ..ir.paths import Place
from ..link.builtins import FUNCTIONS
from ..link.foreign import Use, foreign_module, table
from ..ops.table import CONSTANTS, OBJECTS, OPS
from . import functions
from .arguments import evaluate_arguments, in_order
from .blocks import apply_layer, spot_for
from .body import STEPS_A_FUNCTION, Body
from .callees import find_layer
from .evaluate import evaluate, static
from .layers import make_object
from .links import base_of
from .onnx_layers import is_onnx, onnx_layer
from .values import POISON, Bundle, LayerValue, Poison, TensorValue, Value, kind_of


def call(body: Body, expr: ast.Call, hint: str, place: Place, words: frozenset[str]) -> Value:
    """The value of a call: a layer that waits for tensors, or what it makes of those given."""
    if isinstance(expr.function, ast.Name) and expr.function.name not in body.env:
        name = expr.function.name
        if name in FUNCTIONS or name == "shape":
            return _function(body, expr, name)
        if name in CONSTANTS and name not in body.module.names:
            from .constants import constant  # what few nets use

            return constant(body, expr, CONSTANTS[name], hint or name, place)
        if name in OBJECTS and name not in body.module.names:
            args = evaluate_arguments(body, expr.args, OBJECTS[name], place)
            return make_object(body, OBJECTS[name], args.statics, expr.span)
    layer, args = find_layer(body, expr, place)
    if isinstance(layer, Poison):
        return POISON
    if not args.tensors and not args.named:
        return static(body, expr.span, lambda: layer)
    spot = spot_for(body, layer, hint or base_of(layer, expr), place)
    layer, tensors, spans = in_order(layer, args.tensors, args.spans, args.named)
    return apply_layer(body, layer, tensors, spans, spot, expr.span)


def _function(body: Body, expr: ast.Call, name: str) -> Value:
    body.expansion.step(expr.span, body.trace, STEPS_A_FUNCTION)
    values = [evaluate(body, arg.value) for arg in expr.args]
    if any(isinstance(value, Poison) for value in values):
        return POISON
    named = next((arg for arg in expr.args if arg.name is not None), None)
    if named is not None:
        return body.fault(
            Code.UNKNOWN_ARGUMENT,
            f"`{name}` takes no named arguments",
            named.span,
            "unknown argument",
        )
    if name == "shape":
        if len(values) == 1 and isinstance(values[0], TensorValue):
            return list(values[0].type.shape)
        got = ", ".join(map(kind_of, values)) or "nothing"
        return body.fault(
            Code.WRONG_TYPE, f"`shape` takes one tensor, got {got}", expr.span, "called here"
        )
    return static(body, expr.span, lambda: functions.call(name, values), *values, operation=name)


def attribute(
    body: Body, expr: ast.Attribute, hint: str, place: Place, words: frozenset[str]
) -> Value:
    """`onnx.Name`, or a labelled value inside what a block made."""
    if is_onnx(body, expr):
        return onnx_layer(body, expr, (), expr.span)
    module = foreign_module(expr, {*body.env, *body.module.names})
    if module is not None:
        message, help, edit = module
        return body.fault(Code.UNKNOWN_LAYER, message, expr.span, "not here", help=help, fix=edit)
    value = evaluate(body, expr.value, place=place)
    if isinstance(value, Poison):
        return POISON
    if isinstance(value, TensorValue):
        body.expansion.log.tapped.append(value.ref)
    labels = value.labels if isinstance(value, TensorValue | Bundle) else {}
    if expr.name.name in labels:
        return labels[expr.name.name]
    if not isinstance(value, TensorValue | Bundle):
        return body.fault(
            Code.UNKNOWN_LABEL,
            f"{kind_of(value)} holds no labels",
            expr.name.span,
            "only what comes out of a block can be tapped",
            help=_tap_a_use(expr, value),
        )
    if body.reported(Code.UNKNOWN_LABEL, expr.name.span):
        return POISON
    from .unlabelled import unlabelled

    layer = unlabelled(body, expr, value) if isinstance(value, TensorValue) else None
    help = did_you_mean(expr.name.name, labels) if layer is None else layer.help
    fix = correction(expr.name.span, expr.name.name, labels) if layer is None else layer.fix
    if expr.name.name in body.env:
        help, fix = f"`{expr.name.name}` is a value of its own here; write it alone", None
    elif isinstance(value, TensorValue) and expr.name.name in table(Use.LAYER):
        help = f"tensors have no methods: {table(Use.LAYER)[expr.name.name].help}"
    elif _is_called(expr) and expr.name.name.replace("_", "") in _layers():
        layer_name = _layers()[expr.name.name.replace("_", "")]
        help = f"tensors have no methods: write `{expr.value.span.text} -> {layer_name}`"
    elif expr.name.name == "shape" and isinstance(value, TensorValue):
        help = f"write `shape({expr.value.span.text})`"
    elif not help and isinstance(value, TensorValue):
        near = nearest(
            expr.name.name, [n for n, v in body.env.items() if isinstance(v, TensorValue)]
        )
        help = f"`{near[0]}` is a value of its own here; write it alone" if near else ""
    return body.fault(
        Code.UNKNOWN_LABEL,
        f"`{expr.value.span.text}` holds no label `{expr.name.name}`",
        expr.name.span,
        "no such label",
        fix=fix,
        help=help or "label a layer inside the block with `as`, and tap that",
    )


def _is_called(expr: ast.Attribute) -> bool:
    """Whether arguments stand behind a label, as behind a method of other tools."""
    return expr.span.source.text[expr.span.end : expr.span.end + 1] == "("


@cache
def _layers() -> Mapping[str, str]:
    """The layers by their names in small letters, as methods of other tools are called."""
    return {name.lower(): name for name in OPS if name[0].isupper()}


def _tap_a_use(expr: ast.Attribute, value: Value) -> str:
    """How to reach a label inside a layer: in what a use of it gives."""
    if not isinstance(value, LayerValue) or not isinstance(expr.value, ast.Name):
        return ""
    layer = expr.value.name
    return f"label a use of it, `-> {layer} as use`, and tap `use.{expr.name.name}`"
