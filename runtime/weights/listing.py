"""The order in which Keras would list the layers of a net, where a file lists its layers so.

Keras sorts the layers of a functional model by depth, the deepest first, and those of one depth as
a walk from the outputs meets them: each layer, then what it takes, the first tensor first
(`keras.ops.function.map_graph`). So the arguments of `Concatenate` say which of two branches comes
first. Those of a sum do not, since it can be written either way round. Nor is it known of every
step of a net how many layers it is in the file: an activation can be an argument, and a layer of
somebody's own can be several steps. What depends on any of that is not told.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.core.masking import MaskMaker
from .depth import LISTED, PASSING, TRAINING, class_of, is_fused, is_passing
from .order import Could, groups
from .wiring import ACTIVATIONS, COMMUTING

DRAWS = 64
"""How often all that is not known is drawn."""

Unit = tuple[Could, Sequence[int]]
"""Layers of which a series of the file has all, with the places that fit each, and its places in
order."""


@dataclass(frozen=True)
class Guess:
    """One of the ways in which the model of the file could have been written."""

    turned: Collection[str] = ()
    """The sums that have their inputs the other way round."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many layers a step is, where that is not one."""


def by_listing(
    checked: CheckedGraph, units: Sequence[Unit], kinds: Sequence[str]
) -> dict[str, int] | None:
    """The place of each layer, if the file lists them as Keras would list the net's.

    `kinds` are the classes of all layers that the file lists. None where the order does not fit,
    and where layers of one shape could come in several orders.
    """
    nodes = [node for node in checked if not isinstance(node.op, MaskMaker)]
    loose = _loose(nodes, kinds)
    if loose is None:
        return None
    sums = [n.path for n in nodes if len(n.inputs) > 1 and class_of(n) in COMMUTING]
    alike: list[list[str]] | None = None
    way: dict[str, int] | None = None
    for number, guess in enumerate(_guesses(sums, loose)):
        ranks = _ranks(nodes, _depths(nodes, guess), _walk(nodes, guess, checked))
        found = _alike(units, ranks)
        if found != (alike or found):
            return None
        alike = found
        if number < 3:
            way = way or _way(units, ranks)
        if number == 2 and way is None:
            return None
    return way


def _guesses(sums: Sequence[str], loose: Mapping[str, Sequence[int]]) -> Iterator[Guess]:
    """As the net is written, with the fewest and the most layers, each change alone, and draws."""
    yield Guess()
    yield Guess((), {path: min(counts) for path, counts in loose.items()})
    yield Guess((), {path: max(counts) for path, counts in loose.items()})
    yield from (Guess((path,)) for path in sums)
    yield from (Guess((), {path: count}) for path, counts in loose.items() for count in counts)
    draw = random.Random(0)
    for _ in range(DRAWS * bool(sums or loose)):
        turned = frozenset(path for path in sums if draw.random() < 0.5)
        yield Guess(turned, {path: draw.choice(counts) for path, counts in loose.items()})


def _loose(nodes: Sequence[Node], kinds: Sequence[str]) -> Mapping[str, Sequence[int]] | None:
    """How many layers each step can be that need not be one; None where the classes do not fit.

    A step with weights and one that takes several tensors is one layer. Others may be no layer or
    two, if the file has fewer of their class than the net, and layers of classes not known.
    """
    ours, theirs = Counter(map(class_of, nodes)), Counter(kinds)
    passing = {class_of(node) for node in nodes if is_passing(node)}
    more = [kind for kind in theirs if kind in LISTED and theirs[kind] > ours[kind]]
    if any(kind in TRAINING or kind not in (PASSING, *ACTIVATIONS) for kind in more):
        return None
    lacking = {kind for kind in ours.keys() - passing if ours[kind] > theirs[kind]}
    if lacking and all(kind in LISTED for kind in kinds):
        return None
    by_path = {node.path: node for node in nodes}
    found: dict[str, Sequence[int]] = {}
    for node in nodes:
        if is_fused(node):
            found[node.path] = (1, 2)
        elif is_passing(node):
            behind = by_path.get(node.inputs[0].node)
            takes = class_of(node) in TRAINING or (behind and hasattr(behind.op, "activation"))
            found |= {node.path: (0, 1)} if takes else {}
        elif not node.weights and len(node.inputs) == 1 and class_of(node) in lacking:
            found[node.path] = (0, 1, 2)
    return found


def _way(units: Sequence[Unit], ranks: Mapping[str, tuple[int, ...]]) -> dict[str, int] | None:
    """The places by one order; None where a layer does not fit its place."""
    found: dict[str, int] = {}
    for could, places in units:
        ordered = sorted(could, key=ranks.__getitem__)
        if len(ordered) != len(places):
            return None
        found |= zip(ordered, places, strict=True)
        if any(found[path] not in could[path] for path in ordered):
            return None
    return found


def _alike(units: Sequence[Unit], ranks: Mapping[str, tuple[int, ...]]) -> list[list[str]]:
    """The layers of each shape in an order."""
    return [
        sorted(paths, key=ranks.__getitem__) for could, _ in units for paths, _ in groups(could)
    ]


def _ranks(
    nodes: Sequence[Node], depths: Mapping[str, int], met: Mapping[str, int]
) -> Mapping[str, tuple[int, int]]:
    """What layers are sorted by; a shared one is as deep as its deepest use."""
    deepest: dict[str, int] = {}
    first: dict[str, int] = {}
    for node in nodes:
        deepest[node.layer] = max(deepest.get(node.layer, 0), depths[node.path])
        first[node.layer] = min(first.get(node.layer, met[node.path]), met[node.path])
    return {layer: (-depth, first[layer]) for layer, depth in deepest.items()}


def _walk(nodes: Sequence[Node], guess: Guess, checked: CheckedGraph) -> Mapping[str, int]:
    """When a walk from the outputs first meets each node."""
    by_path = {node.path: node for node in nodes}
    met: dict[str, int] = {}
    waiting = [output.ref.node for output in reversed(checked.graph.outputs)]
    while waiting:
        path = waiting.pop()
        if path not in met and path in by_path:
            met[path] = len(met)
            sources = [ref.node for ref in by_path[path].inputs]
            waiting += sources if path in guess.turned else sources[::-1]
    return met


def _depths(nodes: Sequence[Node], guess: Guess) -> Mapping[str, int]:
    """How many layers there are behind each node at most."""
    behind: dict[str, int] = {}
    depths: dict[str, int] = {}
    for node in reversed(nodes):
        own = guess.counts.get(node.path, 1)
        here = behind.get(node.path, 0)
        # The weights are in the first layer, the activation behind it.
        depths[node.path] = here + max(own, 1) - 1
        for ref in node.inputs:
            behind[ref.node] = max(behind.get(ref.node, 0), here + own)
    return depths
