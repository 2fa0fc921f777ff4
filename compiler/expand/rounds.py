"""Rounds of a loop that make what the round before them made: they are counted, and not run.

A round is told by the values it begins with. Where one leaves what it began with, but for tensors
that it made in the place of those of the round before, every round after it does the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ...dsl.text.source import Span
from ..ir.graph import Ref
from ..ir.growing import GrowingGraph
from ..ir.naming import Naming
from ..ir.paths import Place, numbered, split_number
from .body import Body
from .keys import MAX_ITEMS, key_of
from .later import Later, refs_in
from .statics import StaticFault
from .values import Bundle, TensorValue, Value
from .work import COPIED

WORTH = 16
"""So many rounds must be left, or they are run."""


class Loop:
    """Watches the rounds of one loop."""

    def __init__(self, body: Body, place: Place, rounds: int, span: Span) -> None:
        self._body = body
        self._place = place
        self._rounds = rounds
        self._span = span
        self._done = 0
        self._next = 2
        """The next round that is held against the one before it."""
        self._begun: _Begun | None = None

    @property
    def watched(self) -> bool:
        """Whether the round that was run last is held against the one before it."""
        return self._begun is not None

    def begin(self, values: Mapping[str, Value], unread: Sequence[str] = ()) -> None:
        """Begins a round with some values, of which it does not read some."""
        self._done += 1
        self._begun = None
        if self._done == self._next and self._rounds - self._done >= WORTH:
            self._next += self._done - 1
            looked_at = len(values) + self._place.namer.bases
            self._body.expansion.step(self._span, self._body.trace, looked_at // COPIED)
            self._begun = _Begun(self._body, self._place, values, unread)

    def skip(self, values: dict[str, Value], left: int) -> int:
        """How many rounds need not be run now that one is done, of as many as could be its like.

        The values become what they are after those. Raises Stop where their layers are too many.
        """
        if self._begun is None or left < WORTH:
            return 0
        naming = self._begun.naming(values)
        if naming is None:
            return 0
        graph = self._body.expansion.graph
        made = len(graph) - self._begun.mark[0]
        if made * left > self._body.expansion.max_layers - len(graph):
            self._body.expansion.too_much(
                self._span,
                self._body.trace,
                f"{made:,} layers in each of {self._rounds:,} repetitions",
            )
        rounds = graph.repeat(self._begun.mark, naming, left, shared=self._place.shared)
        for base, (_, step) in naming.steps.items():
            self._place.namer.pass_over(base, step * left)
        for name, given in self._body.labelled.items():
            self._body.labelled[name] = given + left * (given - self._begun.labelled.get(name, 0))
        later = Later(graph, rounds, self._begun.values, dict(values))
        values.update((name, later.of(name, left)) for name in values)
        for name in self._body.labelled:
            if self._body.labelled[name] != self._begun.labelled.get(name):
                self._body.labels[name] = self._body.env[name]
        self._done += left
        self._next = self._done + 2
        return left


class _Begun:
    """What there was when a round began."""

    def __init__(
        self, body: Body, place: Place, values: Mapping[str, Value], unread: Sequence[str]
    ) -> None:
        expansion = body.expansion
        self._body = body
        self._place = place
        self.values = dict(values)
        self._unread = unread
        self.mark = expansion.graph.mark()
        self.labelled = dict(body.labelled)
        self._counts = place.namer.counts()
        self._findings = len(expansion.findings.diagnostics)
        self._tapped = len(expansion.log.tapped)
        self._shared = len(expansion.shared_used)

    def naming(self, values: Mapping[str, Value]) -> Naming | None:
        """How names go on where all later rounds do as this one did; None where they may not."""
        expansion, body = self._body.expansion, self._body
        if (
            len(expansion.graph) == self.mark[0]
            or len(expansion.findings.diagnostics) > self._findings
            or len(expansion.shared_used) > self._shared
            or values.keys() != self.values.keys()
            # Each label in a block can be tapped by its number.
            or (self._place.prefix and body.labelled != self.labelled)
            or not all(map(self._small, values.values()))
        ):
            return None
        steps = self._steps()
        if steps is None:
            return None
        alike = _Alike(expansion.graph, Naming(self._place.prefix, self._place.weights, steps, {}))
        for name, value in self.values.items():
            if name in self._unread:
                # A label may have the same name.
                if values[name] is not value:
                    return None
            elif not alike.holds(value, values[name]):
                return None
        given = {ref for value in self.values.values() for ref in refs_in(value)}
        if alike.stays & alike.carried.keys() or not given.isdisjoint(
            expansion.log.tapped[self._tapped :]
        ):
            return None
        return Naming(self._place.prefix, self._place.weights, steps, alike.carried)

    def _small(self, value: Value) -> bool:
        """Whether a value is worth comparing."""
        try:
            return self._body.expansion.sizes.of(value)[0] <= MAX_ITEMS
        except StaticFault:
            return False

    def _steps(self) -> dict[str, tuple[int, int]] | None:
        """For each name that the round gave its first number, and how many there were."""
        counts = self._place.namer.counts()
        steps = {
            base: (self._counts.get(base, 0), count - self._counts.get(base, 0))
            for base, count in counts.items()
            if count != self._counts.get(base, 0)
        }
        if any(first == 0 for first, _ in steps.values()):
            return None
        # Names that would meet those of another base are left to be given one by one.
        return None if any(split_number(base)[0] in steps for base in counts) else steps


class _Alike:
    """Holds the values at the end of a round against those at its beginning."""

    def __init__(self, graph: GrowingGraph, naming: Naming) -> None:
        self._graph = graph
        self._naming = naming
        self.carried: dict[str, tuple[str, int]] = {}
        """The names of tensors that each round replaces."""
        self.stays: set[str] = set()
        """The names of those that stay."""

    def holds(self, before: Value, now: Value, depth: int = 0) -> bool:
        """Whether a value is the same, but for what each round makes."""
        if isinstance(before, TensorValue):
            return (
                isinstance(now, TensorValue)
                and before.type == now.type
                and self._tensors(before.ref, now.ref)
            )
        if isinstance(before, Bundle) and isinstance(now, Bundle):
            return not depth and self._items(before.items, now.items)
        if isinstance(before, list | tuple) and any(True for _ in refs_in(before)):
            same = type(before) is type(now) and isinstance(now, list | tuple)
            return not depth and same and self._items(before, now)
        if before is now:
            return True
        key = _key(before)
        return key is not None and key == _key(now)

    def _items(self, before: Value, now: Value) -> bool:
        assert isinstance(before, list | tuple)
        assert isinstance(now, list | tuple)
        return len(before) == len(now) and all(
            self.holds(old, new, 1) for old, new in zip(before, now, strict=True)
        )

    def _tensors(self, before: Ref, now: Ref) -> bool:
        masks = self._graph.masks
        old, new = masks.get(before), masks.get(now)
        if old is None or new is None:
            return old is new and self._refs(before, now)
        same = self._graph.type(old) == self._graph.type(new)
        return same and self._refs(before, now) and self._refs(old, new)

    def _refs(self, before: Ref, now: Ref) -> bool:
        if before == now:
            name = self._naming.name(now.node)
            if name is not None:
                self.stays.add(name)
            return True
        found = self._naming.before(now.node)
        if found is None or before.output != now.output or found[0] != before.node:
            return False
        _, base, number = found
        self.carried[numbered(base, number)] = base, number
        return True


def _key(value: Value) -> Hashable:
    return key_of({"": value})
