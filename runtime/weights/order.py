"""Says where layers are in a file that lists them in an order in which they could run.

PyTorch lists modules as a constructor makes them, Keras layers as a model runs them, netc layers as
a net writes them. What all keep is the order of layers one of which works on what the other made.
So of all ways to give each layer one of its shapes only those count in which such layers come in
order. If all that are left give the same outputs, one is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.pool.adaptive import Adaptive
from ...compiler.ops.pool.global_pooling import GlobalPooling
from ...compiler.ops.pool.pooling import Pooling
from ...compiler.ops.tensor.arithmetic import Arithmetic
from ...compiler.ops.tensor.merge import Add
from .structure import Symmetry

SHORTCUT = re.compile(r"(?:^|[/._])(?:downsample|shortcut|skip)(?:[/._]|$)")
"""What a module is called that leads around others."""
POOLED = re.compile(r"(?:^|[/._])pool(?:ed|ing)?[/._]")
"""What a module is called that works on a pool: `branch_pool.conv`."""
MOST = 20_000
"""Sets of layers that a search holds at a time, after which it ends without an answer."""


def says_shortcut(name: str) -> bool:
    """Whether a module's name says that it leads around others: `layer1.0.downsample.0`."""
    return SHORTCUT.search(name) is not None


def says_pooled(name: str) -> bool:
    """Whether a module's name says that it works on what a pool made."""
    return POOLED.search(name) is not None


@dataclass(frozen=True)
class Flow:
    """Which layers with weights work on what others made, and what their modules may be called."""

    before: Mapping[str, frozenset[str]]
    """For each layer those whose results it works on, at one remove or more."""
    shortcuts: frozenset[str]
    """Those that lead around others."""
    pooled: frozenset[str] = frozenset()
    """Those in a row behind a pool."""


def flow_of(checked: CheckedGraph) -> Flow:
    """The flow between the layers of a net that have weights."""
    graph = checked.graph
    reached: dict[str, frozenset[str]] = {}
    before: dict[str, frozenset[str]] = {}
    shortcuts: set[str] = set()
    readers = _first_readers(checked)
    pooled: set[str] = set()
    behind_pool: set[str] = set()
    for node in graph:
        for source in readers.get(node.path, ()):
            # A tensor of the net's own comes where it is first used.
            others = [reached[ref.node] for ref in node.inputs if ref.node in reached]
            before[source.layer] = frozenset().union(*others) - {source.layer}
            reached[source.path] = before[source.layer] | {source.layer}
        if not node.inputs and node.op is not None:
            used = node.layer in before
            reached.setdefault(node.path, frozenset((node.layer,) if used else ()))
            continue
        sources = [reached[ref.node] for ref in node.inputs]
        got: frozenset[str] = frozenset().union(*sources)
        if len(sources) == 2 and _is_sum(node):
            branches = [one - other for one, other in (sources, sources[::-1])]
            short, long = sorted(branches, key=len)
            if len(short) < len(long):
                shortcuts |= short
        after_pool = len(node.inputs) == 1 and node.inputs[0].node in behind_pool
        if after_pool or isinstance(node.op, Pooling | GlobalPooling | Adaptive):
            behind_pool.add(node.path)
        if node.weights:
            before.setdefault(node.layer, got)
            got |= {node.layer}
            if node.path in behind_pool:
                pooled.add(node.layer)
        reached[node.path] = got
    return Flow(before, frozenset(shortcuts), frozenset(pooled))


def _first_readers(checked: CheckedGraph) -> Mapping[str, list[Node]]:
    """The tensors of a net's own by the first node that uses each."""
    found: dict[str, list[Node]] = {}
    layers: set[str] = set()
    graph = checked.graph
    for node in graph:
        for ref in node.inputs:
            source = graph.node(ref.node)
            if not source.inputs and source.weights and source.layer not in layers:
                layers.add(source.layer)
                found.setdefault(node.path, []).append(source)
    return found


def _is_sum(node: Node) -> bool:
    return isinstance(node.op, Add) or (isinstance(node.op, Arithmetic) and node.op.op == "+")


Could = Mapping[str, frozenset[int]]
"""The places in the file that the layers of a net could have."""


@dataclass(frozen=True)
class Orders:
    """What an order leaves open: the place of each layer, or the places where it is not one."""

    places: Mapping[str, int]
    doubts: Could


def in_flow(flow: Flow, could: Could, symmetry: Symmetry, fixed: Sequence[str]) -> Orders | None:
    """The places of layers in a file that lists them in an order in which they could run.

    `fixed` are layers whose place is known otherwise. None where there is no such order.
    """
    found = possible(flow, could)
    if found == {}:
        return None
    places = dict(could)
    settled = {layer: layer for layer in fixed}
    while found:
        takers: dict[int, list[str]] = {}
        for path, options in found.items():
            for place in options:
                takers.setdefault(place, []).append(path)
        shared = min((place for place, paths in takers.items() if len(paths) > 1), default=None)
        if shared is None:
            break
        first, *others = takers[shared]
        if not all(symmetry.holds({**settled, first: other}) for other in others):
            return Orders(_sure(found), _open(found))
        settled[first] = first
        places = {path: options - {shared} for path, options in places.items()}
        places[first] = frozenset((shared,))
        found = possible(flow, places)
    if found is None:
        return Orders(_sure(could), _open(could))
    return Orders(_sure(found), _open(found))


def _sure(found: Could) -> Mapping[str, int]:
    return {path: next(iter(places)) for path, places in found.items() if len(places) == 1}


def _open(found: Could) -> Could:
    return {path: places for path, places in found.items() if len(places) > 1}


def possible(flow: Flow, could: Could) -> Could | None:
    """The places of each layer in all ways that keep the order; empty if there is none.

    None stands for too many to look at.
    """
    bits = {path: 1 << index for index, path in enumerate(could)}
    needs = {path: sum(bits.get(other, 0) for other in flow.before[path]) for path in could}
    places = sorted(frozenset().union(*could.values()))
    fitting = {place: [path for path in could if place in could[path]] for place in places}
    spare = _spare(could)
    # The sets of layers that can have a module after each place.
    steps: list[set[int]] = [{0}]
    for place in places:
        after = set(steps[-1]) if place in spare else set()
        for done in steps[-1]:
            for path in fitting[place]:
                if not done & bits[path] and needs[path] & done == needs[path]:
                    after.add(done | bits[path])
        if len(after) > MOST:
            return None
        steps.append(after)
    end = (1 << len(could)) - 1
    if end not in steps[-1]:
        return {}
    found: dict[str, set[int]] = {path: set() for path in could}
    alive = {end}
    for place, before in zip(reversed(places), reversed(steps[:-1]), strict=True):
        earlier = {done for done in before if done in alive} if place in spare else set()
        for done in before:
            for path in fitting[place]:
                ready = not done & bits[path] and needs[path] & done == needs[path]
                if ready and done | bits[path] in alive:
                    found[path].add(place)
                    earlier.add(done)
        alive = earlier
    return {path: frozenset(options) for path, options in found.items()}


def _spare(could: Could) -> frozenset[int]:
    """The places that need not be taken: more layers of the file than of the net have a shape."""
    found: frozenset[int] = frozenset()
    for layers, places in groups(could):
        if len(places) > len(layers):
            found |= places
    return found


def groups(could: Could) -> list[tuple[list[str], frozenset[int]]]:
    """Layers that share a place they could have, at one remove or more, with all these places."""
    found: list[tuple[list[str], frozenset[int]]] = []
    for path, places in could.items():
        joined = [group for group in found if group[1] & places]
        found = [group for group in found if not group[1] & places]
        layers = [layer for group in joined for layer in group[0]]
        found.append(([*layers, path], places.union(*(group[1] for group in joined))))
    return found
