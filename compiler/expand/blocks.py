"""Applies layers and blocks to tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Frame
from ...dsl.diagnostics.trace import Trace
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.paths import Place, Spot, snake
from ..link.project import Defined
from ..ops.base.kinds import show
from .binding import bind_static, bind_tensors
from .body import MAX_CALL_DEPTH, STEPS_A_BODY, STEPS_A_CALL, Body
from .layers import apply_op
from .replay import Recorded, call_key, inputs_of, replay, results_of
from .statements import run_body
from .values import POISON, ArgValue, Bundle, LayerValue, Poison, TensorValue, Value
from .work import COPIED


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
    start = next((i for i, d in enumerate(caller.calls) if d is definition), None)
    if start is not None:
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
    graph, log = caller.expansion.graph, caller.expansion.log
    env = dict(body.env)
    key = call_key(graph, block, env, tensors, spot)
    recorded = log.recorded.get(key) if key is not None else None
    if recorded is not None and recorded.fits(tensors, caller.calls, MAX_CALL_DEPTH):
        log.repeat(recorded, tensors)
        caller.expansion.room(
            0 if recorded.made is None else recorded.made.size, span, caller.trace
        )
        return replay(
            graph, recorded, tensors, spot, Trace(Frame(name, recorded.args, span), caller.trace)
        )
    caller.expansion.step(span, caller.trace, STEPS_A_BODY)
    text = _args_text(definition, env)
    trace = body.trace = Trace(Frame(name, text, span), caller.trace)
    if not bind_tensors(body, caller, definition, tensors, operands, span):
        return POISON
    first_uses = len(caller.expansion.shared_used)
    inputs, mark, around = inputs_of(graph, tensors), graph.mark(), log.begin()
    result = _labelled(body, definition, run_body(body, definition), span)
    depth, called = log.depth + 1, log.called | {id(definition)}
    results = results_of(result)
    log.passed += [ref for ref, _ in results if ref in inputs]
    passes = any(ref in inputs for ref in log.passed[around.passed :])
    tapped = any(ref in inputs for ref in log.tapped[around.tapped :])
    # The first use of a shared layer stands where the layer is made, and no other does.
    moves = spot.shared and len(caller.expansion.shared_used) > first_uses
    labelled = passes and any(tensor.labels for tensor in tensors)
    if key is not None and not (tapped or moves or labelled):
        faulty = isinstance(result, Poison)
        made = None if faulty else graph.close(mark, spot, trace, inputs, results)
        log.recorded[key] = Recorded(made, result, tuple(tensors), env, text, depth, called, passes)
    elif isinstance(result, TensorValue):
        graph.blocks[spot.path] = result.ref
    log.end(around, depth, called)
    return result


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
    body.expansion.step(span, body.trace, len(taps) // COPIED)
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
