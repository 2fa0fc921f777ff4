"""Pipelines: `head -> stage -> …`."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.paths import Place, snake
from .arguments import in_order, tensors_of
from .blocks import apply_layer, spot_for
from .body import Body
from .callees import find_layer
from .evaluate import evaluate, repetitions
from .values import POISON, Bundle, Poison, TensorValue, Value, kind_of


def pipeline(
    body: Body, expr: ast.Pipeline, hint: str, place: Place, words: frozenset[str]
) -> Value:
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
    if isinstance(current, list | tuple):
        body.expansion.step(operand, body.trace, 2 * len(current))
    tensors = tensors_of(current)
    if tensors is None:
        if body.reported(Code.WRONG_TYPE, operand):
            return [POISON], [operand]
        variable = body.set_at.get(operand.text)
        related = () if variable is None else (Related(f"`{operand.text}` is set here", variable),)
        body.fault(
            Code.WRONG_TYPE,
            f"`->` carries tensors, and this is {kind_of(current)}",
            operand,
            "not a tensor",
            related=related,
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
    layer, args = find_layer(body, stage.target, place)
    count = 1 if stage.repeat is None else repetitions(body, stage.repeat)
    current: Value = POISON
    if not isinstance(layer, Poison) and count is not None:
        where = body.place if stage.label is not None else place
        base = stage.label.name if stage.label is not None else hint or snake(layer.name)
        expansion = body.expansion
        if count > 1 and count > expansion.max_layers - len(expansion.graph):
            expansion.too_much(stage.span, body.trace, f"{count:,} layers in a row")
        inputs, operands = [*tensors, *args.tensors], [*spans, *args.spans]
        span = stage.target.span
        for _ in range(count):
            expansion.step(span, body.trace)
            bound, given, spans = in_order(layer, inputs, operands, args.named)
            spot = spot_for(body, layer, base, where)
            current = apply_layer(body, bound, given, spans, spot, span)
            if isinstance(current, Poison):
                break
            inputs = [*(tensors_of(current) or [POISON]), *args.tensors]
            operands = [*[span] * (len(inputs) - len(args.tensors)), *args.spans]
        if count == 0:
            current = tensors[0] if len(tensors) == 1 else Bundle(tuple(tensors), stage.span)
    if stage.label is not None:
        _label(body, stage.label.name, current)
    return current


def _label(body: Body, name: str, value: Value) -> None:
    """Binds a label: the last one has its name; one given again is numbered, too, from 0."""
    given = body.labelled.get(name, 0)
    if given == 1:
        body.labels.setdefault(f"{name}_0", body.labels[name])
    if given:
        body.labels.setdefault(f"{name}_{given}", value)
    body.labelled[name] = given + 1
    body.env[name] = body.labels[name] = value
