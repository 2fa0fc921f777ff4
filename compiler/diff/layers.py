"""The layers of a net as they are matched: what each is, what it holds, and what is around it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...dsl.record import record
from ..ir.graph import CheckedGraph, Node
from ..ops.base.declare import arguments


@record
class Layer:
    """One use of a layer. Equal keys are equal in what they stand for.

    `whole` is the operator with its arguments and weights; `held` the operator and its weights,
    `call` the operator and its arguments, `kind` the operator alone.
    """

    node: Node
    whole: Hashable
    held: Hashable
    call: Hashable
    kind: str
    weighs: bool
    """Whether it has weights."""
    again: bool
    """Whether those are the weights of an earlier layer."""

    @property
    def path(self) -> str:
        """Where it is used."""
        return self.node.path


@dataclass(frozen=True)
class Layers:
    """The layers of a net in the order they were made, with their neighbours.

    `before` and `behind` are places; the inputs of the net are layers of the kind `INPUT`.
    """

    layers: tuple[Layer, ...]
    before: tuple[tuple[int, ...], ...]
    behind: tuple[tuple[int, ...], ...]

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Places by path."""
        return {layer.path: at for at, layer in enumerate(self.layers)}

    @cached_property
    def near(self) -> Sequence[Hashable]:
        """Each layer with what it works on and what works on it."""
        return self.around([layer.whole for layer in self.layers])

    @cached_property
    def nearby(self) -> Sequence[Hashable]:
        """Each layer with all that is at most two steps away."""
        return self.around(self.near)

    def around(self, keys: Sequence[Hashable]) -> Sequence[Hashable]:
        """The key of each layer with those of its neighbours."""
        numbers = [hash(key) for key in keys]
        return [
            hash((numbers[at], tuple([numbers[i] for i in before]), self._behind(numbers, at)))
            for at, before in enumerate(self.before)
        ]

    def _behind(self, numbers: Sequence[int], at: int) -> tuple[int, ...]:
        return tuple(sorted([numbers[i] for i in self.behind[at]]))


INPUT = "input"

MOST_STEPS = 1000
"""Layers that a walk passes at most."""


def layers_of(checked: CheckedGraph) -> Layers:
    """The layers of a net."""
    graph = checked.graph
    known: dict[int, str] = {}
    seen: set[str] = set()
    layers: list[Layer] = []
    places: dict[str, int] = {}
    before: list[tuple[int, ...]] = []
    behind: list[list[int]] = []
    for node in graph:
        layers.append(_layer(node, known, node.layer in seen))
        if node.weights:
            seen.add(node.layer)
        places[node.path] = at = len(behind)
        sources = tuple([places[ref.node] for ref in node.inputs])
        before.append(sources)
        behind.append([])
        for source in sources:
            behind[source].append(at)
    return Layers(tuple(layers), tuple(before), tuple(map(tuple, behind)))


def _layer(node: Node, known: dict[int, str], again: bool) -> Layer:
    if node.op is None:
        type = node.outputs[0]
        return Layer(node, (INPUT, type.dtype, type.rank), INPUT, INPUT, INPUT, False, False)
    kind = node.op.name
    if id(node.op) not in known:
        known[id(node.op)] = repr(node.op)
    call = known[id(node.op)]
    weights = tuple([(weight.name, weight.shape, weight.dtype) for weight in node.weights])
    whole = call, weights, again
    return Layer(node, whole, (kind, weights), call, kind, bool(weights), again and bool(weights))


def arguments_of(node: Node) -> dict[str, object]:
    """The arguments of a layer, by name."""
    assert node.op is not None
    return {name: getattr(node.op, name) for name in arguments(type(node.op))}


def reach(
    at: int, beside: Sequence[tuple[int, ...]], stops: Callable[[int], bool]
) -> frozenset[int]:
    """The first places where a walk from one place stops, on every way."""
    found: set[int] = set()
    seen: set[int] = set()
    waiting = list(beside[at])
    while waiting and len(seen) < MOST_STEPS:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        if stops(place):
            found.add(place)
        else:
            waiting.extend(beside[place])
    return frozenset(found)
