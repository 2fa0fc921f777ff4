"""Moves that cancel, or that one layer does: reshapes, transposes, parts that are joined again."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from ....compiler.shapes.dims import Sym
from ..steps import Step, Value
from .graph import Graph
from .trace import MOVES, OTHER_PRIMES, PRIMES, Sizes, Unknown, moved, source, taken

MOST = 24
"""The most moves whose sources are looked for."""


def cancel_moves(graph: Graph) -> None:
    """Makes each run of moves none, or one, where it comes to that."""
    ends = {view.value for _, view in graph.model.outputs}
    for step in graph.steps:
        if step.op not in MOVES:
            ends |= {value for value in step.inputs if value.step.op in MOVES}
    for value in ends:
        if value.step.op in MOVES:
            _shorten(graph, value)


def _shorten(graph: Graph, value: Value) -> None:
    try:
        start = _source(value) or _taken(value)
        if start is None or start.type.dtype != value.type.dtype:
            return
        runs = [_followed(value, start, primes) for primes in (PRIMES, OTHER_PRIMES)]
    except (Unknown, IndexError, ValueError):
        return
    if start.type == value.type and all(np.array_equal(x, y) for x, y in runs):
        graph.stand_for(value, start)
        return
    if _length(value.step) < 2 or value.shape[:1] != start.shape[:1]:
        return
    if all(np.array_equal(x.ravel(), y.ravel()) for x, y in runs):
        named = sum(isinstance(dim, Sym) for dim in value.shape[1:])
        if named < 2:
            sizes = [-1 if isinstance(dim, Sym) else dim for dim in value.shape[1:]]
            graph.become(value.step, "Reshape", [start], {"target_shape": sizes})
        return
    if value.type.rank == start.type.rank <= 5:
        for order in permutations(range(1, value.type.rank)):
            if all(np.array_equal(x.transpose(0, *order), y) for x, y in runs):
                graph.become(value.step, "Permute", [start], {"dims": list(order)})
                return


def _source(value: Value) -> Value | None:
    """The one value that is moved, without scales on the way."""
    start = source(value)
    seen = [value]
    while seen:
        step = seen.pop().step
        if step.op not in MOVES:
            return None
        seen += [each for each in step.inputs if each != start]
    return start


def _taken(value: Value) -> Value | None:
    """The one of several values that are joined whose elements are taken again behind that."""
    starts = _joined(value)
    if len(starts) < 2 or not _takes_of_joined(value):
        return None
    found = set()
    for primes in (PRIMES, OTHER_PRIMES):
        sizes = Sizes([value.shape, *(start.shape for start in starts)], primes)
        found.add(taken(value, starts, sizes)[0])
    return found.pop() if len(found) == 1 else None


def _joined(value: Value) -> list[Value]:
    """What moves bring together; nothing where that is much."""
    found: dict[Value, None] = {}
    waiting = [value]
    for _ in range(MOST):
        if not waiting:
            return list(found)
        each = waiting.pop()
        if each.step.op in MOVES:
            waiting += each.step.inputs
        else:
            found[each] = None
    return []


def _takes_of_joined(value: Value) -> bool:
    """Whether parts of what is joined are taken on the way to a value."""
    waiting = [value]
    for _ in range(MOST):
        if not waiting:
            return False
        step = waiting.pop().step
        if step.op == "index" and step.inputs[0].step.op == "Concatenate":
            return True
        if step.op in MOVES:
            waiting += step.inputs
    return False


def _followed(value: Value, start: Value, primes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    starts = _joined(value)
    if len(starts) > 1:
        sizes = Sizes([value.shape, *(start.shape for start in starts)], primes)
        return sizes.numbered(start), taken(value, starts, sizes)[1]
    sizes = Sizes([start.shape, value.shape], primes)
    return sizes.numbered(start), moved(value, start, sizes)


def _length(step: Step) -> int:
    """How many moves stand in a row before a value."""
    inner = [each.step for each in step.inputs if each.step.op in MOVES]
    return 1 + max(map(_length, inner), default=0)
