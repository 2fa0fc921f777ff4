"""Whether every layer of a growing graph counts: told without opening what equals another part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from ...dsl.record import record
from .graph import Ref
from .growing import GrowingGraph
from .parts import CallCopy, MadeCall, Part, Rounds, RoundsIndex

REACH = 32
"""Further back than this no round of a loop looks, or each layer is looked at."""
MAX_TRIES = 4 * REACH


@record
class Reach:
    """What of a graph counts."""

    alive: bool
    """Whether each layer is known to reach an output."""
    vain: Part | None
    """A part that does not, where one was found."""
    inputs: tuple[frozenset[str], ...] | None
    """The inputs that each output is made from; None where each layer must be looked at."""


def reach(graph: GrowingGraph) -> Reach:
    """Goes from the outputs of a graph to what they are made from.

    That a graph is not alive may also mean that it takes a look at each layer to say so.
    """
    inputs = set(graph.inputs)
    asked = _Part(part for part in graph.parts.values() if part.path not in inputs)
    refs = [output.ref for output in graph.outputs]
    strict, lenient = _Liveness(), _Liveness(lenient=True)
    needed = strict.needs(asked, refs)
    if needed is not None and len(refs) == 1:
        each: list[set[Ref] | None] = [needed]
    else:
        each = [lenient.needs(asked, [ref]) for ref in refs]
    found = [frozenset([ref.node for ref in one]) for one in each if one is not None]
    known = tuple(found) if len(found) == len(refs) else None
    return Reach(needed is not None, strict.vain, known)


class _Part:
    """Layers and calls that stand beside each other."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts: Sequence[Part] = tuple(parts)
        self.paths = {part.path for part in self.parts}
        self.rounds = RoundsIndex()
        for part in self.parts:
            if isinstance(part, Rounds):
                self.rounds.add(part)

    def owner(self, ref: Ref) -> str | None:
        """The path of what makes a tensor here; None where it comes from outside."""
        path = ref.node
        while path not in self.paths:
            path, slash, _ = path.rpartition("/")
            if not slash:
                rounds = self.rounds.find(ref.node)
                return None if rounds is None else rounds.path
        return path


@record(frozen=False)
class _Liveness:
    """Goes from what is asked for to what that needs, each call once for each question."""

    lenient: bool = False
    """Whether layers that are in vain are passed over."""
    vain: Part | None = None
    """The first part that was found to be."""
    opened: dict[int, _Part] = field(default_factory=dict)
    known: dict[tuple[int, frozenset[Ref]], frozenset[int] | None] = field(default_factory=dict)

    def needs(self, asked: _Part, refs: Iterable[Ref]) -> set[Ref] | None:
        """What parts need from outside to make some tensors; None where a layer is in vain."""
        outside: set[Ref] = set()
        wanted: dict[str, set[Ref]] = {}

        def want(ref: Ref) -> None:
            owner = asked.owner(ref)
            if owner is None:
                outside.add(ref)
            else:
                wanted.setdefault(owner, set()).add(ref)

        for ref in refs:
            want(ref)
        for part in reversed(asked.parts):
            here = wanted.get(part.path)
            if here is None and self.lenient:
                continue
            needed = self._given(part, here)
            if needed is None:
                self.vain = self.vain or part
                return None
            for ref in needed:
                want(ref)
        return outside

    def _given(self, part: Part, refs: set[Ref] | None) -> Iterable[Ref] | None:
        """What a part needs to make some of its tensors; None where a layer is in vain."""
        if isinstance(part, Rounds):
            return self._before(part, refs or set())
        if isinstance(part, CallCopy):
            found = self._inside(part, refs or set())
            return None if found is None else [part.inputs[index] for index in found]
        return None if refs is None else part.inputs

    def _before(self, rounds: Rounds, refs: Iterable[Ref]) -> set[Ref] | None:
        """What rounds of a loop need from before them to make some of their tensors.

        They are gone through from the last to the first. Where one is asked for what the one after
        it was asked for, so are all before it.
        """
        if not rounds.size:
            return set()
        model = _Part(rounds.made)
        asked: dict[int, set[Ref]] = {}
        for ref in refs:
            number = rounds.round_of(ref.node)
            asked.setdefault(number, set()).add(rounds.ref(ref, -number))
        outside: set[Ref] = set()
        number, last, tries = rounds.count, None, 0
        while number:
            tries += 1
            later = {at - number: frozenset(wanted) for at, wanted in asked.items()}
            if later == last and number > REACH and min(later, default=0) > -REACH:
                asked = {REACH + at: set(wanted) for at, wanted in later.items()}
                number = REACH
            last = later
            needed = self.needs(model, asked.pop(number, ()))
            if needed is None or tries > MAX_TRIES:
                return None
            for ref in needed:
                back = rounds.naming.round_of(ref.node)
                at = number + back
                if back == 0:
                    outside.add(ref)
                elif at > 0:
                    asked.setdefault(at, set()).add(rounds.ref(ref, -back))
                else:
                    outside.add(rounds.ref(ref, number))
            number -= 1
        return outside

    def _inside(self, call: CallCopy, refs: set[Ref]) -> frozenset[int] | None:
        """Which of its inputs a call needs to make some of its tensors."""
        if not call.first.size:
            return frozenset()
        key = id(call.first), frozenset(map(call.first_ref, refs))
        if key not in self.known:
            self.known[key] = self._of_first(call.first, key[1])
        return self.known[key]

    def _of_first(self, made: MadeCall, refs: frozenset[Ref]) -> frozenset[int] | None:
        if id(made) not in self.opened:
            self.opened[id(made)] = _Part(made.parts)
        needed = self.needs(self.opened[id(made)], refs)
        if needed is None or not needed <= set(made.inputs):
            return None
        return frozenset(map(made.inputs.index, needed))
