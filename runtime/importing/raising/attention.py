"""Attention that is spelt out, with its heads, becomes MultiHeadAttention.

softmax(q kᵀ / √d) v of heads (Vaswani et al. 2017, "Attention Is All You Need"), however the
projections are split into heads and joined again, with masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

import numpy as np

from ....compiler.ops.base.backend import Array
from ....compiler.ops.base.op import construct
from ....compiler.ops.table import OPS
from ....compiler.shapes.types import TensorType
from ..steps import Step, Value
from .graph import Graph
from .heads import Heads, heads_of, part_of
from .masks import Mask, read_mask
from .trace import MOVES, OTHER_PRIMES, PRIMES, Sizes, Unknown, factor, moved, source


def raise_attention(graph: Graph) -> None:
    """Makes the dense layer behind each attention one layer that has all its weights."""
    for step in graph.steps:
        if step.op == "Dense" and step.shared is None and step.inputs[0].step.op in MOVES:
            try:
                found = _attention(step)
            except (Unknown, IndexError, ValueError):
                continue
            if found is not None:
                _replace(graph, step, found)


@dataclass(frozen=True)
class _Found:
    query: Heads
    key: Heads
    value: Heads
    scale: float
    rows: Array
    """The row of the last dense layer for each feature of each head."""
    places_first: bool
    """Whether that layer reads one place of all sequences after the other, in a matrix."""
    mask: Mask


def _attention(out: Step) -> _Found | None:
    """What `out` projects back: weights of places, from query and key, times values."""
    joined = source(out.inputs[0])
    if joined is None or joined.step.op != "@" or len(joined.step.inputs) != 2:
        return None
    weights, values = joined.step.inputs
    softmax = source(weights)
    if softmax is None or softmax.step.op != "Softmax" or not _over_last(softmax.step):
        return None
    scores, mask = read_mask(softmax.step.inputs[0])
    product = None if scores is None else source(scores)
    if scores is None or product is None or product.step.op != "@":
        return None
    if not (_in_order(weights, softmax) and _in_order(scores, product)):
        return None
    query, key = (
        heads_of(each, turned, product.shape[:-2])
        for each, turned in zip(product.step.inputs, (False, True), strict=True)
    )
    value = heads_of(values, False, joined.shape[:-2])
    if query is None or key is None or value is None:
        return None
    if not len(query.columns) == len(key.columns) == len(value.columns):
        return None
    if query.rope != key.rope or value.rope is not None:
        return None
    by = factor(weights) * factor(out.inputs[0])
    if by != 1.0:
        return None
    scale = mask.scale * factor(scores) * query.by * key.by
    for places_first in (False, True):
        rows = _rows(out.inputs[0], joined, value.columns.shape, places_first)
        if rows is not None:
            return _Found(query, key, value, scale, rows, places_first, mask)
    return None


def _over_last(softmax: Step) -> bool:
    axis = softmax.args.get("axis", -1)
    return axis in (-1, len(softmax.types[0].shape) - 1) and set(softmax.args) <= {"axis"}


def _in_order(value: Value, start: Value) -> bool:
    """Whether the elements of a value are those of another in the same order."""
    for primes in (PRIMES, OTHER_PRIMES):
        sizes = Sizes([value.shape, start.shape], primes)
        if not np.array_equal(moved(value, start, sizes).ravel(), sizes.numbered(start).ravel()):
            return False
    return True


def _rows(value: Value, joined: Value, heads: tuple[int, ...], places_first: bool) -> Array | None:
    """Where each feature of each head stands among what the last dense layer reads."""
    rows: Array | None = None
    for primes in (PRIMES, OTHER_PRIMES):
        sizes = Sizes([value.shape, joined.shape], primes)
        numbers = moved(value, joined, sizes)
        count, size = heads
        width, places = count * size, sizes.dim(joined.shape[-2])
        if numbers.shape[-1] != width or (numbers.ndim == 3 and places_first):
            return None
        if places_first:
            numbers = numbers.reshape(places, -1, width).swapaxes(0, 1)
        numbers = numbers.reshape(-1, places, width)
        batch = len(numbers)
        order = numbers[0, 0]
        head, feature = order // (places * size), order % size
        if not np.array_equal(order, (head * places) * size + feature):
            return None
        n, t = np.arange(batch), np.arange(places)
        wanted = (n[:, None, None] * count * places + t[:, None]) * size + order
        if not np.array_equal(numbers, wanted):
            return None
        found = np.empty(heads, np.int64)
        found[head, feature] = np.arange(width)
        if rows is not None and not np.array_equal(rows, found):
            return None
        rows = found
    return rows


def _replace(graph: Graph, out: Step, found: _Found) -> None:
    """Makes `out` the whole attention, where the layer takes it."""
    query, key, value = found.query, found.key, found.value
    heads, size = query.columns.shape
    wide = value.columns.shape[1]
    op = "MultiHeadAttention"
    biased = any("bias" in step.weights for step in (query.dense, key.dense, value.dense, out))
    args: dict[str, object] = {"num_heads": heads, "key_dim": size}
    few = next((few for few in range(1, heads) if _shared(found, few)), heads)
    if few < heads and (pair := _shared(found, few)) is not None:
        op, (key, value) = "GroupQueryAttention", pair
        args = {"head_dim": size, "num_query_heads": heads, "num_key_value_heads": few}
    if wide != size:
        args["value_dim"] = wide
    if query.rope is not None:
        args["rope"] = construct(OPS["RotaryEmbedding"], query.rope)
    sources = [each.dense.inputs[0] for each in (query, value, key)]
    names = ["query", "value", "key"]
    if sources[2] == sources[1]:
        del sources[2], names[2]
        if sources[1] == sources[0]:
            del sources[1], names[1]
    width = out.types[0].shape[-1]
    target = out
    if out.types[0].rank == 2:
        type = TensorType(out.types[0].dtype, (*query.dense.types[0].shape[:-1], width))
        target = Step(out.op, out.inputs, out.args, (type,), out.origin, out.weights)
    if width != sources[0].shape[-1]:
        args["output_shape"] = width
    if not biased:
        args["use_bias"] = False
    # What the scores are multiplied by beyond the layer's own 1 / √d is the query's.
    more = found.scale * size**0.5
    by_query = 1.0 if isclose(more, 1, rel_tol=1e-5) else more
    weights: dict[str, Array] = {}
    for name, each, by in (
        ("query", query, by_query),
        ("key", key, 1.0),
        ("value", value, value.by),
    ):
        for part, array in part_of(each, by, biased).items():
            weights[f"{name}/{part}"] = array
    weights["attention_output/kernel"] = out.weights["kernel"][found.rows]
    if biased:
        units = out.weights["kernel"].shape[1]
        zeros = np.zeros(units, np.float32)
        weights["attention_output/bias"] = out.weights.get("bias", zeros)
    for more_args, mask_names, masks in found.mask.ways():
        given = [*names, *mask_names]
        if given == ["query", "value", "key"][: len(given)]:
            given = []
        for mask in masks:
            graph.add(mask.step)
        inputs = [*sources, *masks]
        if graph.become(target, op, inputs, {**args, **more_args}, weights, given):
            break
    else:
        return
    if target is not out:
        made = graph.add(target)
        if found.places_first:
            n, t, c = made.shape
            turned = Step("", (), {}, (TensorType(made.type.dtype, (t, n, c)),), out.origin)
            graph.move(turned, "Transpose", made, perm=[1, 0, 2])
            made = graph.add(turned)
        graph.move(out, "Reshape", made, shape=[-1, width])


def _shared(found: _Found, few: int) -> tuple[Heads, Heads] | None:
    """The key and the value with so few heads; None where the query's heads share none."""
    if len(found.query.columns) % few:
        return None
    key, value = found.key.shared(few), found.value.shared(few)
    return None if key is None or value is None else (key, value)
