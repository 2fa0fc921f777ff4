"""What a growing graph is made of: layers, and what equals something that was made before.

A block call that equals an earlier one, and rounds of a loop that equal the one before them, are
one part each, however many layers they stand for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TypeAlias

from ...dsl.diagnostics.trace import Trace
from ...dsl.record import record
from .graph import Node, Ref
from .naming import Naming
from .paths import Spot, split_number


@record(eq=False)
class MadeCall:
    """What the first of several equal block calls made, in order."""

    spot: Spot
    trace: Trace
    inputs: tuple[Ref, ...]
    """The tensors it was given, and the masks they carry."""
    parts: tuple[Part, ...]
    blocks: tuple[tuple[str, Ref], ...]
    """What block calls inside it gave that are no parts of their own, by their paths."""
    result: Ref | None
    """Its result, where that is one tensor."""
    size: int
    """How many layers it made, those of inner calls included."""


@record(eq=False)
class CallCopy:
    """A block call that makes of its inputs what the first of its kind made of others."""

    first: MadeCall
    spot: Spot
    trace: Trace | None
    inputs: tuple[Ref, ...]

    @property
    def path(self) -> str:
        """Where the call stands."""
        return self.spot.path

    def ref(self, ref: Ref) -> Ref:
        """What stands here for an output that the first call used or made."""
        for old, new in zip(self.first.inputs, self.inputs, strict=True):
            if old is ref or old == ref:
                return new
        return Ref(self._path(ref.node), ref.output)

    def first_ref(self, ref: Ref) -> Ref:
        """What stands in the first call for an output that is made here."""
        return Ref(self.first.spot.path + ref.node[len(self.path) :], ref.output)

    def parts(self) -> Iterator[Part]:
        """The layers of the call, and its inner calls unopened."""
        if self.path == self.first.spot.path:
            yield from self.first.parts
            return
        traces: dict[int, Trace | None] = {id(self.first.trace): self.trace}
        to = Move(self._path, self._layer, self.ref, lambda trace: _traced(trace, traces))
        for part in self.first.parts:
            yield moved(part, to)

    def blocks(self) -> Iterator[tuple[str, Ref]]:
        """What the call gave, and those inside it that are no parts of their own."""
        for path, ref in self.first.blocks:
            yield self._path(path), self.ref(ref)
        if self.first.result is not None:
            yield self.path, self.ref(self.first.result)

    def _path(self, path: str) -> str:
        return self.spot.path + path[len(self.first.spot.path) :]

    def _layer(self, layer: str) -> str:
        return self.spot.layer + layer[len(self.first.spot.layer) :]


@record
class Move:
    """What turns the paths, layers, tensors and traces of a part into those of its copy."""

    path: Callable[[str], str]
    layer: Callable[[str], str]
    ref: Callable[[Ref], Ref]
    trace: Callable[[Trace | None], Trace | None]


@record(eq=False)
class Rounds:
    """Rounds of a loop that each make what the round before them made.

    The round that shows what is made is among the parts before this one.
    """

    naming: Naming
    made: tuple[Part, ...]
    """What that round made, in order."""
    given: tuple[tuple[str, Ref], ...]
    """What block calls in it gave that are no parts of their own, by their paths."""
    count: int
    """How many more rounds there are."""
    size: int
    """How many layers each has."""
    shared: bool
    """Whether other uses may share their weights."""

    @property
    def path(self) -> str:
        """What tells it from other parts; no layer has such a path."""
        base, (first, _) = next(iter(self.naming.steps.items()))
        return f"{self.naming.prefix}*{base}_{first}"

    def round_of(self, path: str) -> int:
        """Which of these rounds makes a layer; 0 where none does."""
        number = self.naming.round_of(path)
        return number if 0 < number <= self.count else 0

    def ref(self, ref: Ref, after: int) -> Ref:
        """What stands some rounds later for an output that is used or made in a round."""
        node = self.naming.path(ref.node, after)
        return ref if node == ref.node else Ref(node, ref.output)

    def round(self, number: int) -> Iterator[Part]:
        """The layers and calls of one of the rounds, which are counted from 1."""
        naming = self.naming
        around = self._around()
        traces: dict[int, Trace | None] = {} if around is None else {id(around): around}
        to = Move(
            lambda path: naming.path(path, number),
            lambda layer: naming.layer(layer, number),
            lambda ref: self.ref(ref, number),
            lambda trace: _traced(trace, traces),
        )
        return (moved(part, to) for part in self.made)

    def _around(self) -> Trace | None:
        """The call that the loop stands in; each call of a round has a trace of its own."""
        outer = [
            part.trace.outer if isinstance(part, CallCopy) and part.trace else part.trace
            for part in self.made
            if not isinstance(part, Rounds)
        ]
        return min(outer, key=lambda trace: len(trace.frames()) if trace else 0, default=None)

    def parts(self) -> Iterator[Part]:
        """The layers and calls of all rounds."""
        for number in range(1, self.count + 1):
            yield from self.round(number)

    def blocks(self) -> Iterator[tuple[str, Ref]]:
        """What those calls of all rounds gave that are no parts of their own."""
        for number in range(1, self.count + 1):
            for path, ref in self.given:
                yield self.naming.path(path, number), self.ref(ref, number)

    def moved(self, to: Move) -> Rounds:
        """These rounds as they are elsewhere."""
        return Rounds(
            self.naming.moved(to.path, to.layer),
            tuple([moved(part, to) for part in self.made]),
            tuple([(to.path(path), to.ref(ref)) for path, ref in self.given]),
            self.count,
            self.size,
            self.shared,
        )


class RoundsIndex:
    """Finds the rounds of a loop that make a layer."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[list[int], list[Rounds]]] = {}

    def add(self, rounds: Rounds) -> None:
        """Adds rounds."""
        for base, (first, _) in rounds.naming.steps.items():
            firsts, each = self._found.setdefault((rounds.naming.prefix, base), ([], []))
            place = bisect_right(firsts, first)
            firsts.insert(place, first)
            each.insert(place, rounds)

    def find(self, path: str) -> Rounds | None:
        """The rounds that make what stands at a path, or in a call there."""
        start, end = 0, 0
        while self._found and end != -1:
            end = path.find("/", start)
            base, number = split_number(path[start:] if end == -1 else path[start:end])
            firsts, each = self._found.get((path[:start], base), ([], []))
            # Those of inner loops lie between those of the loop around them.
            for rounds in reversed(each[: bisect_right(firsts, number)]):
                if rounds.round_of(path):
                    return rounds
            start = end + 1
        return None


Part: TypeAlias = Node | CallCopy | Rounds


def moved(part: Part, to: Move) -> Part:
    """A part as it is elsewhere."""
    if isinstance(part, Rounds):
        return part.moved(to)
    inputs = tuple([to.ref(ref) for ref in part.inputs])
    trace = to.trace(part.trace)
    if isinstance(part, CallCopy):
        return CallCopy(
            part.first, Spot(to.path(part.path), to.layer(part.spot.layer)), trace, inputs
        )
    return Node(
        to.path(part.path),
        part.op,
        inputs,
        part.outputs,
        part.weights,
        to.layer(part.layer),
        part.span,
        trace,
    )


def _traced(trace: Trace | None, known: dict[int, Trace | None]) -> Trace | None:
    """A chain of calls with a part of it replaced."""
    if trace is None:
        return None
    if id(trace) not in known:
        known[id(trace)] = Trace(trace.frame, _traced(trace.outer, known))
    return known[id(trace)]
