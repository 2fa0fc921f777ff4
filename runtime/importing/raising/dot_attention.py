"""Attention without projections, softmax(q kᵀ) v, becomes Attention (Luong et al. 2015)."""

from __future__ import annotations

from math import isclose

from ..steps import Step, Value
from .graph import Graph
from .masks import read_mask
from .trace import OTHER_PRIMES, PRIMES, Sizes, Unknown, factor, moved, source


def raise_dot_attention(graph: Graph) -> None:
    """Makes each product of weights of places and values the layer, projections left alone."""
    for step in graph.steps:
        if step.op != "@" or len(step.inputs) != 2 or step.types[0].rank != 3:
            continue
        try:
            _raise(graph, step)
        except (Unknown, IndexError, ValueError):
            continue


def _raise(graph: Graph, step: Step) -> None:
    weights, values = step.inputs
    softmax = weights.step
    if softmax.op != "Softmax" or softmax.args.get("axis", -1) not in (-1, 2):
        return
    scores, mask = read_mask(softmax.inputs[0])
    if scores is None or scores.step.op != "@" or len(scores.step.inputs) != 2:
        return
    query, turned = scores.step.inputs
    key = source(turned)
    if key is None or query.type.rank != 3 or key.type.rank != 3 or not _turned(turned, key):
        return
    scale = mask.scale * factor(turned)
    if not isclose(scale, 1, rel_tol=1e-6):
        if mask.tensors:
            return
        query = graph.add(Step("*", (query,), {"right": scale}, (query.type,), step.origin))
    sources = [query, values] if key == values else [query, values, key]
    if len(sources) == 2 and sources[0] == sources[1]:
        del sources[1]
    names = ["query", "value", "key"][: len(sources)]
    for args, mask_names, masks in mask.ways():
        given = [*names, *mask_names] if mask_names else ()
        for each in masks:
            graph.add(each.step)
        if graph.become(step, "Attention", [*sources, *masks], args, {}, given):
            return


def _turned(value: Value, start: Value) -> bool:
    """Whether a value is another one with places and features in each other's place."""
    if value.shape != (start.shape[0], start.shape[2], start.shape[1]):
        return False
    for primes in (PRIMES, OTHER_PRIMES):
        sizes = Sizes([value.shape], primes)
        whole = sizes.numbered(start).swapaxes(1, 2)
        if not (moved(value, start, sizes) == whole).all():
            return False
    return True
