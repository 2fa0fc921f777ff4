"""Pipelines: `head -> stage -> …`."""

from __future__ import annotations

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.paths import Place
from .again import applied_again, found_layer
from .arguments import tensors_of
from .blocks import apply_link
from .body import Body
from .chains import chain, refused_layers
from .evaluate import evaluate, repetitions
from .links import base_of
from .values import POISON, LayerValue, Link, Poison, TensorValue, Value, kind_of


def pipeline(
    body: Body, expr: ast.Pipeline, hint: str, place: Place, words: frozenset[str]
) -> Value:
    """`head -> stage -> …`: each stage is applied to what came before it."""
    head = evaluate(body, expr.head, place=place)
    if isinstance(head, LayerValue):
        return chain(body, expr, head, place)
    if isinstance(expr.head, ast.Labelled) and not isinstance(head, Poison):
        return body.fault(
            Code.BAD_STATEMENT,
            f"`as` labels a layer, and this is {kind_of(head)}",
            expr.head.span,
            "not a layer",
            help=f"name the value before: `{expr.head.label.name} = …`",
        )
    current: Value = refused_layers(body, expr, head) or head
    operand = expr.head.span
    if hint and len(expr.stages) > 1 and sum([stage.label is None for stage in expr.stages]) > 1:
        place, hint = place.unique(hint).inside(), ""
    for index, stage in enumerate(expr.stages):
        target, made = stage.target, None
        if type(current) is TensorValue and stage.repeat is None and stage.label is None:
            made = applied_again(body, target, current, hint, place)
        if made is None:
            tensors, spans = _stage_inputs(body, expr, current, operand, index)
            current = _stage(body, stage, tensors, spans, hint, place)
        else:
            current = made
        operand = target.span
    return current


def _stage_inputs(
    body: Body, expr: ast.Pipeline, current: Value, operand: Span, index: int
) -> tuple[list[TensorValue | Poison], list[Span]]:
    if isinstance(current, TensorValue):
        return [current], [operand]
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
    layer, args = found_layer(body, stage.target, place)
    count = 1 if stage.repeat is None else repetitions(body, stage.repeat)
    current: Value = POISON
    if not isinstance(layer, Poison) and count is not None:
        where = body.place if stage.label is not None else place
        label = stage.label.name if stage.label is not None else hint
        link = Link(layer, count, label or base_of(layer, stage.target), None, stage.target.span)
        current = apply_link(body, link, tensors, spans, where, args)
    if stage.label is not None:
        body.label(stage.label.name, current)
    return current
