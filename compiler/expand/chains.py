"""Chains: pipelines in parentheses that begin with a layer, and so are layers themselves."""

from __future__ import annotations

from dataclasses import replace

from ...dsl.syntax import ast
from ..ir.paths import Place
from .body import Body
from .callees import find_layer
from .evaluate import repetitions, static
from .links import base_of, chain_value
from .values import POISON, LayerValue, Link, Poison, Value


def chain(body: Body, expr: ast.Pipeline, head: LayerValue, place: Place) -> Value:
    """The chain that a pipeline with a layer at its head is; poison where it is none."""
    if not expr.in_parentheses:
        from .misplaced import refuse_head

        return refuse_head(body, expr, head)
    links = [_first(expr.head, head)]
    faulty = False
    for stage in expr.stages:
        link = _link(body, expr, stage, place)
        faulty = faulty or link is None
        if link is not None:
            links.append(link)
    return POISON if faulty else static(body, expr.span, lambda: chain_value(tuple(links), expr))


def _first(head: ast.Expr, layer: LayerValue) -> Link:
    label = None
    if isinstance(head, ast.Labelled):
        label, head = head.label.name, head.value
    if isinstance(head, ast.Binary) and layer.chain is not None:
        # `Dense(8) * 2` at the head is two layers of this chain, and no chain in it.
        (link,) = layer.chain.links
    else:
        link = Link(layer, 1, base_of(layer, head), None, head.span)
    return link if label is None else replace(link, base=label, label=label)


def _link(body: Body, expr: ast.Pipeline, stage: ast.Stage, place: Place) -> Link | None:
    layer, args = find_layer(body, stage.target, place)
    count = 1 if stage.repeat is None else repetitions(body, stage.repeat)
    if isinstance(layer, Poison) or count is None:
        return None
    if args.tensors or args.named:
        from .misplaced import refuse_tensor

        refuse_tensor(body, expr, layer, args.spans[0] if args.spans else args.named[0].span)
        return None
    label = None if stage.label is None else stage.label.name
    return Link(layer, count, label or base_of(layer, stage.target), label, stage.target.span)


def refused_layers(body: Body, expr: ast.Pipeline, head: Value) -> Poison | None:
    """Reports a list of layers at the head of a pipeline; None where it is none."""
    if not isinstance(head, list | tuple) or not head:
        return None
    if not all(isinstance(layer, LayerValue) for layer in head):
        return None
    from .misplaced import refuse_layers

    return refuse_layers(body, expr, len(head))
