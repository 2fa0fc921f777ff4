"""Applies layers, blocks and chains to tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...dsl.diagnostics.codes import Code
from ...dsl.syntax import ast
from ...dsl.text.shorten import shortened
from ...dsl.text.source import Span
from ..ir.paths import CHAIN, Place, Spot, snake
from ..link.module import Defined
from ..ops.base.kinds import show
from .arguments import Arguments, in_order, tensors_of
from .binding import bind_static, bind_tensors
from .body import MAX_CALL_DEPTH, STEPS_A_BODY, STEPS_A_CALL, Body
from .layers import apply_op
from .recorded_calls import NOT_MADE, RecordedCall
from .replay import call_key
from .rounds import WORTH, Loop
from .statements import run_body
from .values import (
    POISON,
    ArgValue,
    Bundle,
    Chain,
    LayerValue,
    Link,
    Poison,
    TensorValue,
    Value,
)
from .work import COPIED

NO_ARGUMENTS = Arguments([], [], [], [])


def apply_layer(
    body: Body,
    layer: LayerValue,
    tensors: Sequence[TensorValue | Poison],
    operands: Sequence[Span],
    spot: Spot,
    span: Span,
) -> Value:
    """Applies a layer, block or chain to tensors; poison in, poison out."""
    known = [tensor for tensor in tensors if isinstance(tensor, TensorValue)]
    if len(known) != len(tensors):
        return POISON
    if layer.op is not None:
        return apply_op(body, layer.op, known, operands, spot, span, layer.args)
    if layer.chain is not None:
        return _apply_chain(body, layer, layer.chain, known, operands, spot, span)
    assert layer.defined is not None
    return apply_block(body, layer.defined, layer.args, known, operands, spot, span)


def apply_link(
    body: Body,
    link: Link,
    tensors: Sequence[TensorValue | Poison],
    operands: Sequence[Span],
    place: Place,
    args: Arguments,
) -> Value:
    """Applies a layer as often in a row as a link says; `args` are tensors that each use gets."""
    expansion, span = body.expansion, link.span
    if link.count == 1:
        expansion.step(span, body.trace)
        inputs, spans = list(tensors), list(operands)
        if args.tensors:
            inputs, spans = [*tensors, *args.tensors], [*operands, *args.spans]
        layer, inputs, spans = in_order(link.layer, inputs, spans, args.named)
        spot = spot_for(body, link.layer, link.base, place)
        return apply_layer(body, layer, inputs, spans, spot, span)
    if link.count > 1 and link.count > expansion.max_layers - len(expansion.graph):
        expansion.too_much(span, body.trace, f"{link.count:,} layers in a row")
    current: Value = tensors[0] if len(tensors) == 1 else Bundle(tuple(tensors), span)
    inputs, spans = [*tensors, *args.tensors], [*operands, *args.spans]
    loop = Loop(body, place, link.count, span) if link.count > WORTH else None
    left = link.count
    while left:
        expansion.step(span, body.trace)
        if loop is not None:
            loop.begin({"": current})
        layer, given, spans = in_order(link.layer, inputs, spans, args.named)
        spot = spot_for(body, link.layer, link.base, place)
        current = apply_layer(body, layer, given, spans, spot, span)
        if isinstance(current, Poison):
            break
        left -= 1
        if loop is not None:
            values: dict[str, Value] = {"": current}
            left -= loop.skip(values, left)
            current = values[""]
        inputs = [*(tensors_of(current) or [POISON]), *args.tensors]
        spans = [*[span] * (len(inputs) - len(args.tensors)), *args.spans]
    return current


def _apply_chain(
    caller: Body,
    layer: LayerValue,
    chain: Chain,
    tensors: Sequence[TensorValue],
    operands: Sequence[Span],
    spot: Spot,
    span: Span,
) -> Value:
    """Runs a chain in a place of its own; its labels come out with its result."""
    if _too_deep(caller, span):
        return POISON
    caller.expansion.step(span, caller.trace, STEPS_A_CALL)
    kept = {"chain": replace(layer, shared=None)}
    key = call_key(caller.expansion.graph, None, kept, tensors, spot)
    call = RecordedCall(caller, key, kept, CHAIN, span, tensors, spot)
    copied = call.copied()
    if copied is not NOT_MADE:
        return copied
    caller.expansion.step(span, caller.trace, STEPS_A_BODY)
    trace = call.inside(_short(layer))
    body = Body(
        caller.expansion,
        caller.module,
        None,
        place=spot.inside(),
        trace=trace,
        calls=(*caller.calls, chain),
    )

    def run() -> Value:
        current: Value = POISON
        inputs: Sequence[TensorValue | Poison] = tensors
        spans = operands
        for link in chain.links:
            current = apply_link(body, link, inputs, spans, body.place, NO_ARGUMENTS)
            if isinstance(current, Poison):
                return POISON
            if link.label is not None:
                body.label(link.label, current)
            inputs = tensors_of(current) or [POISON]
            spans = [link.span] * len(inputs)
        return _labelled(body, (), current, span)

    return call.run(run, trace, frozenset(), keep_faulty=False)


def _too_deep(caller: Body, span: Span) -> bool:
    """Reports a call inside too many others."""
    if len(caller.calls) < MAX_CALL_DEPTH:
        return False
    caller.fault(
        Code.CALL_DEPTH,
        f"block calls are nested deeper than {MAX_CALL_DEPTH}",
        span,
        "one call too deep",
    )
    return True


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
    start = next((i for i, d in enumerate(caller.calls) if d is definition), None)
    if start is not None:
        around = [d for d in caller.calls[start:] if isinstance(d, ast.Definition)]
        chain = " -> ".join(d.name.name for d in (*around, definition))
        return caller.fault(
            Code.CALL_CYCLE,
            f"call cycle: {chain}",
            span,
            "calls itself",
            help="nothing recurses; use `for` or `repeat`",
        )
    if _too_deep(caller, span):
        return POISON
    caller.expansion.step(span, caller.trace, STEPS_A_CALL)
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
    env = dict(body.env)
    key = call_key(caller.expansion.graph, definition, env, tensors, spot)
    call = RecordedCall(caller, key, env, name, span, tensors, spot)
    copied = call.copied()
    if copied is not NOT_MADE:
        return copied
    caller.expansion.step(span, caller.trace, STEPS_A_BODY)
    trace = body.trace = call.inside(_args_text(definition, env))
    if not bind_tensors(body, caller, definition, tensors, operands, span):
        return POISON
    return call.run(
        lambda: _labelled(body, definition.results or (), run_body(body, definition), span),
        trace,
        frozenset((id(definition),)),
        keep_faulty=True,
    )


def _args_text(definition: ast.Definition, env: Mapping[str, Value]) -> str:
    parts = [
        f"{param.name.name}={_short(env[param.name.name])}"
        for param in definition.params
        if isinstance(param.type, ast.StaticTypeExpr)
    ]
    return ", ".join(parts)


def _short(value: Value) -> str:
    if isinstance(value, LayerValue) and value.chain is None:
        return value.name
    return shortened(show(value), 40)


def _labelled(body: Body, results: Sequence[ast.Result], result: Value, span: Span) -> Value:
    """The result with the values inside the block that can be tapped: labels and variables."""
    if isinstance(result, Poison):
        return POISON
    taps = taps_of(body, result)
    body.expansion.step(span, body.trace, len(taps) // COPIED)
    if isinstance(result, TensorValue):
        return TensorValue(result.ref, result.type, span, taps)
    assert isinstance(result, Bundle)
    for declared, item in zip(results, result.items, strict=False):
        if declared.name is not None:
            taps[declared.name.name] = item
    items = tuple(
        TensorValue(item.ref, item.type, span, taps) if isinstance(item, TensorValue) else item
        for item in result.items
    )
    return Bundle(items, span, taps)


def taps_of(body: Body, result: Value) -> dict[str, Value]:
    """The labels and variables of a body that was run, by which its result can be tapped.

    What is returned straight from an inner block brings that block's labels along.
    """
    taps: dict[str, Value] = dict(result.labels) if isinstance(result, TensorValue | Bundle) else {}
    taps.update(
        (name, value)
        for name, value in body.env.items()
        if isinstance(value, TensorValue | Bundle | Poison)
    )
    taps.update(body.labels)
    return taps


def spot_for(body: Body, layer: LayerValue, base: str, place: Place) -> Spot:
    """Where a use of a layer stands; the first use of a shared one stands where it was made."""
    if layer.shared is None:
        return place.unique(base)
    used = body.expansion.shared_used
    if layer.shared not in used:
        used.add(layer.shared)
        return Spot(layer.shared, layer.shared, shared=True)
    if base == snake(layer.name):
        base = layer.shared.rpartition("/")[2]
    return Spot(place.unique(base).path, layer.shared, shared=True)
