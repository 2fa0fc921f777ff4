"""Elements that are repeated for a sign which repeats them itself: the repeats are gone."""

from __future__ import annotations

import numpy as np

from ....compiler.ops.tensor.index_items import NEWAXIS, span
from ....compiler.shapes.types import TensorType
from ..steps import Step, Value
from .graph import Graph
from .trace import OTHER_PRIMES, PRIMES, Sizes, Unknown, factor, moved, repeated, source

SIGNS = frozenset(("+", "-", "*", "/", "Add", "Subtract", "Multiply", "Maximum", "Minimum"))


def drop_repeats(graph: Graph) -> None:
    """Has signs read what is repeated before it is, where they repeat it as well."""
    for step in graph.steps:
        if step.op not in SIGNS or len(step.inputs) != 2 or repeated(step) is not None:
            continue
        for place, value in enumerate(step.inputs):
            other = step.inputs[1 - place]
            if not _is_repeated(value) or other.type != step.types[0]:
                continue
            short = _before(graph, value)
            if short is not None:
                inputs = [short, other] if place == 0 else [other, short]
                step.inputs = tuple(inputs)
                graph.changed = True


def _is_repeated(value: Value) -> bool:
    """Whether elements are repeated on the way to a value that is else only moved."""
    for _ in range(4):
        if repeated(value.step) is not None:
            return True
        if value.step.op not in ("Permute", "Reshape", "index"):
            return False
        value = value.step.inputs[0]
    return False


def _before(graph: Graph, value: Value) -> Value | None:
    """What is repeated, with axes of length 1 where it is."""
    try:
        start = source(value)
        if start is None or factor(value) != 1 or start.type.dtype != value.type.dtype:
            return None
        kept: list[int] | None = None
        for primes in (PRIMES, OTHER_PRIMES):
            sizes = Sizes([value.shape, start.shape], primes)
            numbers = moved(value, start, sizes)
            axes = range(numbers.ndim)
            same = [bool((numbers == numbers.take([0], axis)).all()) for axis in axes]
            first = numbers[tuple(0 if one else slice(None) for one in same)]
            if not np.array_equal(first.ravel(), sizes.numbered(start).ravel()):
                return None
            found = [axis for axis in axes if not same[axis]]
            if kept is not None and kept != found:
                return None
            kept = found
    except (Unknown, IndexError, ValueError):
        return None
    assert kept is not None
    if [value.shape[axis] for axis in kept] != [dim for dim in start.shape if dim != 1]:
        return None
    if len(kept) != len(start.shape):
        return start if _as_repeated(value, start, kept) else None
    items = tuple(span() if axis in kept else NEWAXIS for axis in range(len(value.shape)))
    while items and items[-1] == span():
        items = items[:-1]
    shape = tuple(dim if axis in kept else 1 for axis, dim in enumerate(value.shape))
    if shape == start.shape:
        return start
    type = TensorType(value.type.dtype, shape)
    return graph.add(Step("index", (start,), {"items": items}, (type,), value.step.origin))


def _as_repeated(value: Value, start: Value, kept: list[int]) -> bool:
    """Whether it has axes of length 1 already where it is repeated."""
    return start.shape == tuple(dim if axis in kept else 1 for axis, dim in enumerate(value.shape))
