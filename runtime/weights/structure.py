"""What the graph of a file says: which of its layers are where the net's are.

The two graphs are compared with everything they tell first, then with less, since one graph can be
written in several ways. Of a way that is found it is asked whether there is another. Two ways that
differ by a symmetry of the net give the same outputs and count as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.table import ALIASES, OPS
from ...compiler.ops.tensor.arithmetic import NAMES
from .embed import Embedding, TooHard
from .names import plain_kind
from .wiring import (
    INPUT,
    Wiring,
    net_wiring,
    of_weights,
    without_activations,
    without_shaping,
)

KNOWN = frozenset((INPUT, *map(plain_kind, (*OPS, *ALIASES, *NAMES.values(), "Slice"))))
Level = Callable[[Wiring], Wiring]
LEVELS: tuple[Level, ...] = (
    lambda wiring: wiring,
    without_shaping,
    without_activations,
    of_weights,
)
"""How much of the graphs is compared: everything first."""


@dataclass(frozen=True)
class Ways:
    """One way to give layers what is in a file, and where other ways differ that are as good."""

    way: Mapping[str, str]
    doubts: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Symmetry:
    """Which layers of a net can change places without changing an output."""

    checked: CheckedGraph

    @cached_property
    def wiring(self) -> Wiring:
        """The graph with all that decides what is computed."""
        return net_wiring(self.checked, exact=True)

    @cached_property
    def alike(self) -> Mapping[str, frozenset[str]]:
        """For each layer those of its class and shapes."""
        kinds: dict[object, set[str]] = {}
        keys: dict[str, object] = {}
        for path, node in self.checked.layers().items():
            if node.weights and node.op is not None:
                shapes = tuple((weight.name, weight.shape) for weight in node.weights)
                keys[path] = (node.op.name, shapes)
                kinds.setdefault(keys[path], set()).add(path)
        return {path: frozenset(kinds[key]) for path, key in keys.items()}

    def holds(self, moved: Mapping[str, str]) -> bool:
        """Whether some way to exchange layers, of which a part is given, changes no output."""
        could = {
            layer: frozenset((moved[layer],)) if layer in moved else alike
            for layer, alike in self.alike.items()
        }
        kinds = frozenset(step.kind for step in self.wiring.steps)
        inputs = {place: (place,) for place in self.wiring.inputs.values()}
        outputs = {place: (place,) for _, place in self.wiring.outputs}
        search = Embedding(self.wiring, self.wiring, could, inputs, outputs, True, kinds)
        try:
            return search.solve(search.start()) is not None
        except TooHard:
            return False


def by_structure(
    net: Wiring,
    file: Wiring,
    could: Mapping[str, frozenset[str]],
    symmetry: Symmetry,
    inside: bool = False,
    levels: Sequence[Level] = LEVELS,
) -> Ways | None:
    """What the graph of a file says of a net's layers; None where the two are too different.

    `could` has for each layer of the net those of the file that have its shapes. A net may be a
    part of what is in the file, from the inputs on or up to the outputs; `inside` says that it may
    be any part. `levels` are how the graphs are compared.
    """
    if any(not options for options in could.values()):
        return None
    try:
        for search in _searches(net, file, could, inside, levels):
            found = _ways(search, symmetry)
            if found is not None:
                return found
    except TooHard:
        pass
    return None


def _searches(
    net: Wiring,
    file: Wiring,
    could: Mapping[str, frozenset[str]],
    inside: bool,
    levels: Sequence[Level],
) -> Iterator[Embedding]:
    pairs = [(level(net), level(file)) for level in levels]
    ends = [(True, True, True), (False, True, False), (False, False, True)]
    for exact, inputs, outputs in (*ends, *[(False, False, False)] * inside):
        for ours, theirs in pairs:
            yield Embedding(
                ours,
                theirs,
                could,
                _inputs(ours, theirs) if inputs else {},
                _outputs(ours, theirs) if outputs else {},
                exact,
                KNOWN | {f"output {number}" for number in range(1, 9)},
            )


def _inputs(net: Wiring, file: Wiring) -> dict[int, Sequence[int]]:
    """Inputs go by their names if both have the same ones, else by their order."""
    return _ends(list(net.inputs.items()), list(file.inputs.items()))


def _outputs(net: Wiring, file: Wiring) -> dict[int, Sequence[int]]:
    return _ends(net.outputs, file.outputs)


def _ends(
    ours: Sequence[tuple[str, int]], theirs: Sequence[tuple[str, int]]
) -> dict[int, Sequence[int]]:
    by_name = dict(theirs)
    if len(by_name) == len(theirs) and all(name in by_name for name, _ in ours):
        return {place: (by_name[name],) for name, place in ours}
    if len(ours) == len(theirs):
        return {a: (b,) for (_, a), (_, b) in zip(ours, theirs, strict=True)}
    return {place: [other for _, other in theirs] for _, place in ours}


def _ways(search: Embedding, symmetry: Symmetry) -> Ways | None:
    found = search.start()
    first = search.solve(found)
    if found is None or first is None:
        return None
    doubts: dict[str, set[str]] = {}
    while (choice := search.open(found)) is not None:
        layer, options = choice
        for other in sorted(options - {first[layer]}):
            second = search.solve(search.fix(found, layer, other))
            if second is not None and not symmetry.holds(_between(first, second)):
                for path, taken in second.items():
                    if taken != first[path]:
                        doubts.setdefault(path, {first[path]}).add(taken)
        found = search.fix(found, layer, first[layer])
        assert found is not None
    return Ways(first, {path: frozenset(names) for path, names in doubts.items()})


def _between(first: Mapping[str, str], second: Mapping[str, str]) -> Mapping[str, str]:
    """What takes one way to another, as an exchange of the net's layers."""
    whose = {name: layer for layer, name in second.items()}
    return {layer: whose.get(name, "") for layer, name in first.items()}
