"""Calls and pipelines: finds what is called, evaluates its arguments, applies it to tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..dsl import ast
from ..dsl.codes import Code
from ..dsl.diagnostic import Frame, Related
from ..dsl.source import Span
from . import statics
from .binding import bind_static, bind_tensors
from .expansion import MAX_CALL_DEPTH, Body
from .expressions import MAKERS, NO_WORDS, evaluate, repetitions, unknown
from .foreign import foreign_layer, is_foreign
from .graph import Trace
from .layers import apply_op, make_object, make_op
from .ops.base import Op, arguments
from .ops.kinds import show
from .ops.table import ACTIVATION_LAYERS, ALIASES, OBJECTS, OPS
from .paths import Place, Spot, snake
from .project import Defined, Unavailable
from .statements import run_body
from .suggest import did_you_mean
from .values import POISON, ArgValue, Bundle, LayerValue, Poison, TensorValue, Value, kind_of


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call: the tensors in front, those given by name, and the rest.

    With an argument at fault nobody knows which were tensors, so the call is poison.
    """

    tensors: list[TensorValue | Poison]
    spans: list[Span]
    statics: list[ArgValue]
    named: list[ArgValue]

    @property
    def faulty(self) -> bool:
        """Whether a positional argument is at fault."""
        return POISON in self.tensors or any(
            arg.name is None and arg.value is POISON for arg in self.statics
        )


def call(body: Body, expr: ast.Call, hint: str, place: Place) -> Value:
    """The value of a call: a layer that waits for tensors, or what it makes of those given."""
    if isinstance(expr.function, ast.Name) and expr.function.name not in body.env:
        name = expr.function.name
        if name in statics.FUNCTIONS or name == "shape":
            return _function(body, expr, name)
        if name in OBJECTS and name not in body.module.names:
            args = _arguments(body, expr.args, OBJECTS[name], place)
            return make_object(body, OBJECTS[name], args.statics, expr.span)
    layer, args = _layer(body, expr, place)
    if isinstance(layer, Poison):
        return POISON
    if not args.tensors and not args.named:
        return layer
    spot = _spot(body, layer, hint or snake(layer.name), place)
    layer, tensors, spans = _in_order(layer, args.tensors, args.spans, args.named)
    return apply_layer(body, layer, tensors, spans, spot, expr.span)


def _function(body: Body, expr: ast.Call, name: str) -> Value:
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
    try:
        return statics.call(name, values)
    except statics.StaticFault as fault:
        return body.fault(fault.code, str(fault), expr.span, fault.label)


def _layer(body: Body, target: ast.Expr, place: Place) -> tuple[LayerValue | Poison, Arguments]:
    """The layer a stage or call names, and the tensors among its own arguments."""
    layer, args = _found_layer(body, target, place)
    if isinstance(layer, LayerValue) and args.named and not _named_fit(body, layer, args.named):
        return POISON, args
    return layer, args


def _named_fit(body: Body, layer: LayerValue, named: Sequence[ArgValue]) -> bool:
    """Whether every tensor given by name is for a tensor parameter; reports those that are not."""
    known = _tensor_params(layer)
    fits = True
    for index, arg in enumerate(named):
        before = next((other for other in named[:index] if other.name == arg.name), None)
        if before is not None:
            fits = False
            body.fault(
                Code.EXTRA_ARGUMENT,
                f"`{arg.name}` of `{layer.name}` is given twice",
                arg.span,
                "given again",
                related=(Related("given here first", before.span),),
            )
        elif arg.value is POISON:
            fits = False
        elif arg.name not in known or not isinstance(arg.value, TensorValue):
            fits = False
            unknown_name = arg.name not in known
            body.fault(
                Code.UNKNOWN_ARGUMENT if unknown_name else Code.WRONG_TYPE,
                f"`{layer.name}` has no tensor parameter `{arg.name}`"
                if unknown_name
                else f"`{arg.name}` takes one tensor, got {kind_of(arg.value)}",
                arg.span,
                "a tensor" if unknown_name else "not one tensor",
                help=did_you_mean(arg.name or "", known) or "give tensors in front, without names",
            )
    return fits


def _tensor_params(layer: LayerValue) -> list[str]:
    """The names that tensors can be given by."""
    if layer.defined is None:
        return [] if layer.op is None else list(layer.op.tensor_names)
    params = layer.defined.definition.params
    return [p.name.name for p in params if isinstance(p.type, ast.TensorTypeExpr)]


def _in_order(
    layer: LayerValue,
    tensors: list[TensorValue | Poison],
    spans: list[Span],
    named: Sequence[ArgValue],
) -> tuple[LayerValue, list[TensorValue | Poison], list[Span]]:
    """The tensors of a call in the order of the signature, and the layer that knows which."""
    if not named:
        return layer, tensors, spans
    given = {arg.name: arg for arg in named}
    rest = list(zip(tensors, spans, strict=True))
    found: list[tuple[TensorValue | Poison, Span]] = []
    names: list[str] = []
    for name in _tensor_params(layer):
        if name in given:
            value = given[name].value
            assert isinstance(value, TensorValue)
            found.append((value, given[name].span))
            names.append(name)
        elif rest:
            found.append(rest.pop(0))
            names.append(name)
    found += rest
    if layer.op is not None:
        layer = replace(layer, op=layer.op.with_tensors(tuple(names)))
    return layer, [value for value, _ in found], [span for _, span in found]


def _spot(body: Body, layer: LayerValue, base: str, place: Place) -> Spot:
    """Where a use of a layer stands; the first use of a shared one stands where it was made."""
    if layer.shared is None:
        return place.unique(base)
    used = body.expansion.shared_used
    if layer.shared not in used:
        used.add(layer.shared)
        return Spot(layer.shared, layer.shared)
    if base == snake(layer.name):
        base = layer.shared.rpartition("/")[2]
    return Spot(place.unique(base).path, layer.shared)


def _found_layer(
    body: Body, target: ast.Expr, place: Place
) -> tuple[LayerValue | Poison, Arguments]:
    none = Arguments([], [], [], [])
    if isinstance(target, ast.Attribute) and is_foreign(body, target):
        return foreign_layer(body, target, [], target.span), none
    if not isinstance(target, ast.Call):
        if isinstance(target, ast.Name):
            found = _callee(body, target)
            if isinstance(found, type):
                return make_op(body, found, (), target.span), none
            value: Value = found
        else:
            value = evaluate(body, target, place=place)
        return _as_layer(body, value, target), none
    function = target.function
    if isinstance(function, ast.Attribute) and is_foreign(body, function):
        args = _arguments(body, target.args, None, place)
        return foreign_layer(body, function, args.statics, target.span), args
    found = (
        _callee(body, function)
        if isinstance(function, ast.Name)
        else evaluate(body, function, place=place)
    )
    if isinstance(found, type):
        args = _arguments(body, target.args, found, place)
        if args.faulty:
            return POISON, args
        return make_op(body, found, args.statics, target.span, id(target)), args
    layer = _as_layer(body, found, function)
    args = _arguments(body, target.args, None, place)
    if args.faulty or any(arg.value is POISON for arg in args.statics):
        return POISON, args
    if isinstance(layer, Poison) or not args.statics:
        return layer, args
    if layer.defined is None or layer.shared is not None:
        body.fault(
            Code.EXTRA_ARGUMENT,
            f"`{function.span.text}` is a layer with its arguments already; it takes only tensors",
            args.statics[0].span,
            "one too many",
            help=_with_arguments(function, layer),
        )
        return POISON, args
    return LayerValue(None, layer.defined, (*layer.args, *args.statics), target.span), args


def _with_arguments(function: ast.Expr, layer: LayerValue) -> str:
    """How to give arguments to an activation that was called by its lower-case name."""
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
    if name.name in statics.FUNCTIONS or name.name == "shape" or name.name in OBJECTS:
        return body.fault(
            Code.NOT_A_LAYER,
            f"`{name.name}` is not a layer",
            name.span,
            "not a layer",
        )
    value = evaluate(body, name, words=frozenset((name.name,)) - frozenset(known_layers(body)))
    if isinstance(value, LayerValue | Poison):
        return value
    return unknown(body, name, Code.UNKNOWN_LAYER, "layer, block or net", known_layers(body))


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


def _arguments(body: Body, args: Sequence[ast.Arg], cls: type | None, place: Place) -> Arguments:
    """Evaluates arguments; leading tensors (or lists of them) are inputs, the rest is static."""
    known = list(arguments(cls).values()) if cls is not None else []
    words = {argument.name: argument.kind.words for argument in known}
    names = cls.tensor_names if cls is not None and issubclass(cls, Op) else ()
    found = Arguments([], [], [], [])
    for arg in args:
        if arg.name is not None:
            accepted = words.get(arg.name.name, NO_WORDS)
            value = evaluate(body, arg.value, place=place, words=accepted)
            if value is None and arg.name.name in names:
                continue
            if isinstance(value, TensorValue | Bundle) or arg.name.name in names:
                found.named.append(ArgValue(arg.name.name, value, arg.span))
                continue
            found.statics.append(ArgValue(arg.name.name, value, arg.span))
            continue
        position = len(found.statics)
        accepted = known[position].kind.words if position < len(known) else NO_WORDS
        value = evaluate(body, arg.value, place=place, words=accepted)
        tensors = _tensors(value)
        if tensors is None or (isinstance(value, Poison) and position):
            found.statics.append(ArgValue(None, value, arg.span))
        elif position:
            body.fault(
                Code.EXTRA_ARGUMENT,
                "tensors come before the other arguments",
                arg.span,
                "a tensor",
                help="put it first",
            )
            found.tensors.append(POISON)
            found.spans.append(arg.span)
        else:
            found.tensors.extend(tensors)
            found.spans.extend([arg.value.span] * len(tensors))
    return found


def _tensors(value: Value) -> list[TensorValue | Poison] | None:
    """The tensors of a tensor, of several results, or of a list of them; None for anything else."""
    if isinstance(value, TensorValue | Poison):
        return [value]
    items = value.items if isinstance(value, Bundle) else value
    if isinstance(items, list | tuple) and items:
        found = [item for item in items if isinstance(item, TensorValue | Poison)]
        return found if len(found) == len(items) else None
    return None


def apply_layer(
    body: Body,
    layer: LayerValue,
    tensors: Sequence[TensorValue | Poison],
    operands: Sequence[Span],
    spot: Spot,
    span: Span,
) -> Value:
    """Applies a layer or block to tensors; poison in, poison out."""
    known = [tensor for tensor in tensors if isinstance(tensor, TensorValue)]
    if len(known) != len(tensors):
        return POISON
    if layer.op is not None:
        return apply_op(body, layer.op, known, operands, spot, span, layer.args)
    assert layer.defined is not None
    return apply_block(body, layer.defined, layer.args, known, operands, spot, span)


def apply_block(
    caller: Body,
    block: Defined,
    args: Sequence[ArgValue],
    tensors: Sequence[TensorValue],
    operands: Sequence[Span],
    spot: Spot,
    span: Span,
) -> Value:
    """Runs a block's body in a place of its own; its labels come out with its results."""
    definition = block.definition
    name = definition.name.name
    if definition in caller.calls:
        start = caller.calls.index(definition)
        chain = " -> ".join(d.name.name for d in (*caller.calls[start:], definition))
        return caller.fault(
            Code.CALL_CYCLE,
            f"call cycle: {chain}",
            span,
            "calls itself",
            help="nothing recurses; use `for` or `repeat`",
        )
    if len(caller.calls) >= MAX_CALL_DEPTH:
        return caller.fault(
            Code.CALL_DEPTH,
            f"block calls are nested deeper than {MAX_CALL_DEPTH}",
            span,
            "one call too deep",
        )
    caller.expansion.step(span, caller.trace)
    body = Body(
        caller.expansion,
        block.module,
        definition,
        place=spot.inside(),
        trace=caller.trace,
        calls=(*caller.calls, definition),
    )
    if not bind_static(body, caller, definition, args, span):
        return POISON
    body.trace = Trace(Frame(name, _args_text(definition, body.env), span), caller.trace)
    if not bind_tensors(body, caller, definition, tensors, operands, span):
        return POISON
    result = run_body(body, definition)
    return _labelled(body, definition, result, span)


def _args_text(definition: ast.Definition, env: Mapping[str, Value]) -> str:
    parts = [
        f"{param.name.name}={_short(env[param.name.name])}"
        for param in definition.params
        if isinstance(param.type, ast.StaticTypeExpr)
    ]
    return ", ".join(parts)


def _short(value: Value) -> str:
    if isinstance(value, LayerValue):
        return value.name
    text = show(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _labelled(body: Body, definition: ast.Definition, result: Value, span: Span) -> Value:
    """The result with the values inside the block that can be tapped: labels and variables."""
    if isinstance(result, Poison):
        return POISON
    # What is returned straight from an inner block brings that block's labels along.
    taps: dict[str, Value] = dict(result.labels) if isinstance(result, TensorValue | Bundle) else {}
    taps.update(
        (name, value)
        for name, value in body.env.items()
        if isinstance(value, TensorValue | Bundle | Poison)
    )
    taps.update(body.labels)
    if isinstance(result, TensorValue):
        return TensorValue(result.ref, result.type, span, taps)
    assert isinstance(result, Bundle)
    for declared, item in zip(definition.results or (), result.items, strict=False):
        if declared.name is not None:
            taps[declared.name.name] = item
    items = tuple(
        TensorValue(item.ref, item.type, span, taps) if isinstance(item, TensorValue) else item
        for item in result.items
    )
    return Bundle(items, span, taps)


def pipeline(body: Body, expr: ast.Pipeline, hint: str, place: Place) -> Value:
    """`head -> stage -> …`: each stage is applied to what came before it."""
    head = evaluate(body, expr.head, place=place)
    current: Value = head
    operand = expr.head.span
    unlabelled = sum(stage.label is None for stage in expr.stages)
    if hint and unlabelled > 1:
        place, hint = place.unique(hint).inside(), ""
    for index, stage in enumerate(expr.stages):
        tensors, spans = _stage_inputs(body, expr, current, operand, index)
        current = _stage(body, stage, tensors, spans, hint, place)
        operand = stage.target.span
    return current


def _stage_inputs(
    body: Body, expr: ast.Pipeline, current: Value, operand: Span, index: int
) -> tuple[list[TensorValue | Poison], list[Span]]:
    tensors = _tensors(current)
    if tensors is None:
        body.fault(
            Code.WRONG_TYPE,
            f"`->` carries tensors, and this is {kind_of(current)}",
            operand,
            "not a tensor",
        )
        return [POISON], [operand]
    if index == 0 and isinstance(expr.head, ast.TupleExpr | ast.ListExpr):
        items = expr.head.items
        if len(items) == len(tensors):
            return tensors, [item.span for item in items]
    return tensors, [operand] * len(tensors)


def _stage(
    body: Body,
    stage: ast.Stage,
    tensors: list[TensorValue | Poison],
    spans: list[Span],
    hint: str,
    place: Place,
) -> Value:
    layer, args = _layer(body, stage.target, place)
    count = 1 if stage.repeat is None else repetitions(body, stage.repeat)
    current: Value = POISON
    if not isinstance(layer, Poison) and count is not None:
        where = body.place if stage.label is not None else place
        base = stage.label.name if stage.label is not None else hint or snake(layer.name)
        expansion = body.expansion
        if count > expansion.max_layers - len(expansion.graph):
            expansion.too_much(stage.span, body.trace, f"{count:,} layers in a row")
        inputs, operands = [*tensors, *args.tensors], [*spans, *args.spans]
        span = stage.target.span
        for _ in range(count):
            expansion.step(span, body.trace)
            bound, given, spans = _in_order(layer, inputs, operands, args.named)
            spot = _spot(body, layer, base, where)
            current = apply_layer(body, bound, given, spans, spot, span)
            if isinstance(current, Poison):
                break
            inputs = [*(_tensors(current) or [POISON]), *args.tensors]
            operands = [*[span] * (len(inputs) - len(args.tensors)), *args.spans]
        if count == 0:
            current = tensors[0] if len(tensors) == 1 else Bundle(tuple(tensors), stage.span)
    if stage.label is not None:
        body.env[stage.label.name] = body.labels[stage.label.name] = current
    return current


def attribute(body: Body, expr: ast.Attribute, hint: str, place: Place) -> Value:
    """`onnx.Name`, or a labelled value inside what a block made."""
    if is_foreign(body, expr):
        return foreign_layer(body, expr, (), expr.span)
    value = evaluate(body, expr.value, place=place)
    if isinstance(value, Poison):
        return POISON
    labels = value.labels if isinstance(value, TensorValue | Bundle) else {}
    if expr.name.name in labels:
        return labels[expr.name.name]
    if not isinstance(value, TensorValue | Bundle):
        return body.fault(
            Code.UNKNOWN_LABEL,
            f"{kind_of(value)} holds no labels",
            expr.name.span,
            "only what comes out of a block can be tapped",
        )
    help = did_you_mean(expr.name.name, labels)
    if expr.name.name in body.env:
        help = f"`{expr.name.name}` is a value of its own here; write it alone"
    return body.fault(
        Code.UNKNOWN_LABEL,
        f"`{expr.value.span.text}` holds no label `{expr.name.name}`",
        expr.name.span,
        "no such label",
        help=help or "label a layer inside the block with `as`, and tap that",
    )


MAKERS[ast.Attribute] = attribute
MAKERS[ast.Call] = call
MAKERS[ast.Pipeline] = pipeline
