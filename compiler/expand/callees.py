"""Finds the layer, block or operator that a call or stage names."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.diagnostics.codes import Code
from ...dsl.syntax import ast
from ..ir.paths import Place
from ..link.builtins import FUNCTIONS
from ..link.module import Defined, Unavailable
from ..ops.base.op import Op
from ..ops.table import ACTIVATION_LAYERS, ALIASES, CONSTANTS, OBJECTS, OPS
from .arguments import Arguments, evaluate_arguments, named_fit
from .body import STEPS_OF_ARGUMENTS, Body
from .evaluate import evaluate
from .expressions import unknown
from .layers import make_op
from .onnx_layers import is_onnx, onnx_layer
from .values import POISON, ArgValue, LayerValue, Poison, TensorValue, Value, kind_of


def find_layer(body: Body, target: ast.Expr, place: Place) -> tuple[LayerValue | Poison, Arguments]:
    """The layer a stage or call names, and the tensors among its own arguments."""
    layer, args = _found_layer(body, target, place)
    if isinstance(layer, LayerValue) and args.named and not named_fit(body, layer, args.named):
        return POISON, args
    return layer, args


def _found_layer(
    body: Body, target: ast.Expr, place: Place
) -> tuple[LayerValue | Poison, Arguments]:
    if not isinstance(target, ast.Call):
        none = Arguments([], [], [], [])
        if isinstance(target, ast.Attribute) and is_onnx(body, target):
            return onnx_layer(body, target, [], target.span), none
        if isinstance(target, ast.Name):
            found = _callee(body, target)
            if isinstance(found, type):
                return make_op(body, found, (), target.span), none
            value: Value = found
        else:
            value = evaluate(body, target, place=place)
        return _as_layer(body, value, target), none
    body.expansion.step(target.span, body.trace, STEPS_OF_ARGUMENTS)
    function = target.function
    if isinstance(function, ast.Attribute) and is_onnx(body, function):
        args = evaluate_arguments(body, target.args, None, place)
        return onnx_layer(body, function, args.statics, target.span), args
    found = (
        _callee(body, function)
        if isinstance(function, ast.Name)
        else evaluate(body, function, place=place)
    )
    if isinstance(found, type):
        args = evaluate_arguments(body, target.args, found, place)
        if args.faulty:
            return POISON, args
        return make_op(body, found, args.statics, target.span), args
    layer = _as_layer(body, found, function)
    if isinstance(layer, Poison):
        # Which words and tensors an unknown layer takes is not known either.
        return POISON, Arguments([], [], [], [])
    args = evaluate_arguments(body, target.args, None, place, _static_params(layer))
    if args.faulty or any(arg.value is POISON for arg in args.statics):
        return POISON, args
    if not args.statics:
        return layer, args
    if layer.defined is None or layer.shared is not None:
        body.fault(
            Code.EXTRA_ARGUMENT,
            f"`{function.span.text}` is a layer with its arguments already; it takes only tensors",
            args.statics[0].span,
            "one too many",
            help=_with_arguments(body, function, layer, args.statics[0]),
        )
        return POISON, args
    return LayerValue(None, layer.defined, (*layer.args, *args.statics), target.span), args


def _static_params(layer: LayerValue) -> Sequence[ast.Param]:
    """The static parameters of a block that the next arguments are for."""
    if layer.defined is None:
        return ()
    params = layer.defined.definition.params
    static = [param for param in params if isinstance(param.type, ast.StaticTypeExpr)]
    return static[sum(arg.name is None for arg in layer.args) :]


def _with_arguments(body: Body, function: ast.Expr, layer: LayerValue, arg: ArgValue) -> str:
    """How to give arguments to a chain, or to an activation called by its lower-case name."""
    if layer.chain is not None:
        from .as_block import parametrised_help

        return parametrised_help(body, layer, arg) or "what takes arguments is a block"
    if isinstance(function, ast.Name) and function.name in ACTIVATION_LAYERS:
        return f"`{layer.name}(…)` is the layer that takes arguments"
    return ""


def _callee(body: Body, name: ast.Name) -> type[Op] | Value:
    """What a name in the place of a layer stands for: an operator class, or any value."""
    if name.name in body.env or name.name in body.module.names:
        return evaluate(body, name)
    cls = OPS.get(name.name) or ALIASES.get(name.name)
    if cls is not None:
        return cls
    values = name.name in FUNCTIONS or name.name in OBJECTS or name.name in CONSTANTS
    if values or name.name == "shape":
        return body.fault(
            Code.NOT_A_LAYER,
            f"`{name.name}` is not a layer",
            name.span,
            "not a layer",
        )
    value = evaluate(body, name, words=frozenset((name.name,)) - frozenset(known_layers(body)))
    if isinstance(value, LayerValue | Poison):
        return value
    return unknown(body, name, Code.UNKNOWN_LAYER, "layer, block or net", known_layers)


def known_layers(body: Body) -> list[str]:
    """The names that can be applied to tensors here."""
    blocks = [n for n, e in body.module.names.items() if isinstance(e, Defined | Unavailable)]
    own = [n for n, v in body.env.items() if isinstance(v, LayerValue)]
    return [*own, *blocks, *OPS, *ALIASES, *ACTIVATION_LAYERS, *OBJECTS]


def _as_layer(body: Body, value: Value, target: ast.Expr) -> LayerValue | Poison:
    if isinstance(value, LayerValue | Poison):
        return value
    help = ""
    if isinstance(value, TensorValue):
        help = "to combine two tensors use `+` or a layer such as Concatenate"
    return body.fault(
        Code.NOT_A_LAYER,
        f"`{target.span.text}` is {kind_of(value)}, not a layer",
        target.span,
        "not a layer",
        help=help,
    )
