"""Finds one graph in another: which step of a file could be which step of a net.

Candidates are sets of steps, kept as the bits of an int. Those that contradict their neighbours
are struck out until nothing changes; what is still open is tried. A way that is found is checked
step by step, so a shortcut of the search can miss one, but never give a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .wiring import INPUT, Step, Wiring

MOST_TRIES = 400
"""How often candidates are struck out before a search gives up."""

Bits = int
Candidates = list[Bits]


class TooHard(Exception):
    """The search took too long."""


@dataclass
class Embedding:
    """The question which steps of `whole` are those of `part`.

    `could` names for each layer of the part the layers of the whole it could be, and `inputs` and
    `outputs` for places of the part those of the whole. `exact` asks for all of the whole.
    """

    part: Wiring
    whole: Wiring
    could: Mapping[str, frozenset[str]]
    inputs: Mapping[int, Sequence[int]]
    outputs: Mapping[int, Sequence[int]]
    exact: bool
    known: frozenset[str]
    """The classes that netc has; another one could be anything."""
    tries: int = 0
    _memory: dict[tuple[Bits, int, bool], Bits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.uses = self.part.layers()
        theirs = self.whole.layers()
        self.bits = {layer: sum(1 << place for place in at) for layer, at in theirs.items()}
        # By slot, then by place: what reads a step there. Slot -1 is any.
        self.readers: dict[tuple[int, int], Bits] = {}
        for place, step in enumerate(self.whole.steps):
            for slot, source in enumerate(step.inputs):
                for key in ((slot, source), (-1, source)):
                    self.readers[key] = self.readers.get(key, 0) | 1 << place

    def start(self) -> Candidates | None:
        """What each step could be, as far as can be told without trying; None: there is no way."""
        if self.exact and len(self.part.steps) != len(self.whole.steps):
            return None
        ours, theirs = _degrees(self.part), _degrees(self.whole)
        by_shape: dict[tuple[int, bool], list[int]] = {}
        for place, step in enumerate(self.whole.steps):
            by_shape.setdefault((len(step.inputs), bool(step.layer)), []).append(place)
        found: Candidates = []
        for place, step in enumerate(self.part.steps):
            if step.kind == INPUT:
                allowed = self.inputs.get(place, range(len(self.whole.steps)))
                found.append(sum(1 << other for other in allowed))
                continue
            possible = by_shape.get((len(step.inputs), bool(step.layer)), ())
            bits = 0
            for other in possible:
                alike = self._alike(step, self.whole.steps[other])
                if alike and (not self.exact or ours[place] == theirs[other]):
                    bits |= 1 << other
            found.append(bits)
        for place, allowed in self.outputs.items():
            found[place] &= sum(1 << other for other in set(allowed))
        return self.strike(found)

    def _alike(self, ours: Step, theirs: Step) -> bool:
        if ours.layer:
            if theirs.layer not in self.could[ours.layer]:
                return False
        elif theirs.kind not in self.known:
            return True
        elif ours.kind != theirs.kind:
            return False
        told = ours.arguments is None or theirs.arguments is None
        return told or ours.arguments == theirs.arguments

    def strike(self, found: Candidates) -> Candidates | None:
        """Strikes out what contradicts its neighbours; None where nothing is left of a step."""
        self.tries += 1
        if self.tries > MOST_TRIES:
            raise TooHard
        found = list(found)
        places = range(len(self.part.steps))
        while True:
            before = list(found)
            for place in places:
                step = self.part.steps[place]
                for slot, source in enumerate(step.inputs):
                    key = -1 if step.commutes else slot
                    found[place] &= self._around(found[source], key, forward=True)
                if not found[place]:
                    return None
            for place in reversed(places):
                step = self.part.steps[place]
                for slot, source in enumerate(step.inputs):
                    key = -1 if step.commutes else slot
                    found[source] &= self._around(found[place], key, forward=False)
                    if not found[source]:
                        return None
            if not self._layers_agree(found):
                return None
            if found == before:
                return found

    def _around(self, bits: Bits, slot: int, *, forward: bool) -> Bits:
        """What reads some steps of the whole, or what they read."""
        key = (bits, slot, forward)
        if key not in self._memory:
            made = 0
            for place in members(bits):
                if forward:
                    made |= self.readers.get((slot, place), 0)
                else:
                    inputs = self.whole.steps[place].inputs
                    read = inputs if slot < 0 else inputs[slot : slot + 1]
                    for source in read:
                        made |= 1 << source
            self._memory[key] = made
        return self._memory[key]

    def _layers_agree(self, found: Candidates) -> bool:
        """Holds that uses of one layer are uses of one, and that no two layers are the same."""
        taken: Bits = 0
        single: dict[str, Bits] = {}
        for layer, at in self.uses.items():
            options = self.options(found, layer)
            if not options:
                return False
            whole = sum(self.bits[name] for name in options)
            for place in at:
                found[place] &= whole
            if len(options) == 1:
                if taken & whole:
                    return False
                taken |= whole
                single[layer] = whole
        for layer, at in self.uses.items():
            if layer not in single:
                for place in at:
                    found[place] &= ~taken
        return all(found[place] for at in self.uses.values() for place in at)

    def options(self, found: Candidates, layer: str) -> set[str]:
        """The layers of the whole that one of the part could be."""
        sets = [
            {self.whole.steps[other].layer for other in members(found[place])}
            for place in self.uses[layer]
        ]
        return set.intersection(*sets)

    def open(self, found: Candidates) -> tuple[str, set[str]] | None:
        """The layer with the fewest options that has more than one."""
        best: tuple[str, set[str]] | None = None
        for layer in self.uses:
            options = self.options(found, layer)
            if len(options) > 1 and (best is None or len(options) < len(best[1])):
                best = layer, options
        return best

    def fix(self, found: Candidates, layer: str, other: str) -> Candidates | None:
        """Decides what a layer is."""
        fixed = list(found)
        for place in self.uses[layer]:
            fixed[place] &= self.bits[other]
            if not fixed[place]:
                return None
        return self.strike(fixed)

    def solve(self, found: Candidates | None) -> dict[str, str] | None:
        """One way, or None where there is none. Raises TooHard."""
        if found is None:
            return None
        choice = self.open(found)
        if choice is None:
            return self._checked(found)
        layer, options = choice
        for other in sorted(options):
            made = self.solve(self.fix(found, layer, other))
            if made is not None:
                return made
        return None

    def _checked(self, found: Candidates) -> dict[str, str] | None:
        """The way that is left, if every step has the inputs it should have."""
        at: list[int] = []
        for place, step in enumerate(self.part.steps):
            wanted = [at[source] for source in step.inputs]
            fitting = [
                other
                for other in members(found[place])
                if step.kind == INPUT or _same_inputs(step, wanted, self.whole.steps[other])
            ]
            if not fitting:
                return None
            at.append(fitting[0])
        return {layer: self.whole.steps[at[places[0]]].layer for layer, places in self.uses.items()}


def _same_inputs(step: Step, wanted: Iterable[int], other: Step) -> bool:
    if step.commutes:
        return sorted(wanted) == sorted(other.inputs)
    return tuple(wanted) == other.inputs


def _degrees(wiring: Wiring) -> list[tuple[int, bool]]:
    """How many steps read each, and whether it is a result."""
    counts = [0] * len(wiring.steps)
    for step in wiring.steps:
        for source in set(step.inputs):
            counts[source] += 1
    results = {place for _, place in wiring.outputs}
    return [(count, place in results) for place, count in enumerate(counts)]


def members(bits: Bits) -> Iterator[int]:
    """The places of the bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
