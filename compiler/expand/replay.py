"""Block calls that make what an earlier call made: they are run once, and copied after that.

A call is equal to another where it is of the same block, its static arguments are equal, and its
tensors have equal types and masks. What the block runs depends on nothing else, except
- the labels of its inputs, where it taps those or hands an input through with them;
- the calls around it, where one of them is to the same block or they are nested too deep.
Such calls are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from ...dsl.diagnostics.trace import Trace
from ...dsl.record import record
from ...dsl.syntax import ast
from ..ir.graph import Ref
from ..ir.growing import GrowingGraph
from ..ir.parts import CallCopy, MadeCall
from ..ir.paths import Spot
from ..shapes.types import TensorType
from .keys import Key, key_of
from .values import Bundle, Chain, TensorValue, Value

Callee: TypeAlias = ast.Definition | Chain
"""What a call runs."""


@record(eq=False)
class Around:
    """What was known of the call around one when that began."""

    depth: int
    called: frozenset[int]
    tapped: int
    passed: int


@record(eq=False)
class Recorded:
    """A call that was run: what it gave, and what that depended on."""

    made: MadeCall | None
    """What it added to the graph; None where it is at fault."""
    result: Value
    tensors: tuple[TensorValue, ...]
    env: Mapping[str, Value]
    """Its static arguments, some of which its key names by identity."""
    args: str
    """Its static arguments as traces show them."""
    depth: int
    """How many calls nest in it, itself included."""
    called: frozenset[int]
    """The definitions it runs, by identity."""
    passes: bool
    """Whether it hands an input through."""

    def fits(self, tensors: Sequence[TensorValue], calls: Sequence[Callee], limit: int) -> bool:
        """Whether it would do the same with other tensors, inside calls of which `limit` nest."""
        return (
            len(calls) + self.depth <= limit
            and self.called.isdisjoint(map(id, calls))
            and not (self.passes and any(tensor.labels for tensor in tensors))
        )


@record(frozen=False)
class CallLog:
    """The calls of one expansion that can be repeated, and what the one that runs has done."""

    recorded: dict[Key, Recorded] = field(default_factory=dict)
    depth: int = 0
    """The most calls that were nested in it."""
    called: frozenset[int] = frozenset()
    """The definitions it ran, by identity."""
    tapped: list[Ref] = field(default_factory=list)
    """The tensors whose labels were read, by whatever call."""
    passed: list[Ref] = field(default_factory=list)
    """The tensors that a call was given and gave back."""

    def begin(self) -> Around:
        """Begins a call inside the one that runs."""
        around = Around(self.depth, self.called, len(self.tapped), len(self.passed))
        self.depth, self.called = 0, frozenset()
        return around

    def end(self, around: Around, depth: int, called: frozenset[int]) -> None:
        """Ends a call, and goes on with the one around it."""
        self.depth = max(around.depth, depth)
        self.called = around.called | called

    def repeat(self, recorded: Recorded, tensors: Sequence[TensorValue]) -> None:
        """Counts a call that is not run, in the one that runs."""
        if recorded.passes:
            self.passed.extend(tensor.ref for tensor in tensors)
        self.depth = max(self.depth, recorded.depth)
        self.called |= recorded.called


def call_key(
    graph: GrowingGraph,
    callee: Callee | None,
    env: Mapping[str, Value],
    tensors: Sequence[TensorValue],
    spot: Spot,
) -> Key | None:
    """What equal calls have in common; None where a call has no equals.

    `callee` is None for a chain, whose `env` holds it: chains are equal by what is in them.
    """
    given = key_of(env)
    if given is None:
        return None
    refs = inputs_of(graph, tensors)
    return (
        id(callee),
        # Uses that share weights are equal only among themselves.
        spot.layer if spot.shared else None,
        *given,
        *[tensor.type for tensor in tensors],
        *[graph.type(ref) for ref in refs[len(tensors) :]],
        *[tensor.ref in graph.masks for tensor in tensors],
        *[refs.index(ref) for ref in refs],
    )


def inputs_of(graph: GrowingGraph, tensors: Sequence[TensorValue]) -> tuple[Ref, ...]:
    """The tensors of a call, and the masks they carry."""
    refs = [tensor.ref for tensor in tensors]
    return (*refs, *[graph.masks[ref] for ref in refs if ref in graph.masks])


def results_of(value: Value) -> list[tuple[Ref, TensorType]]:
    """The tensors of a call's result, with their types."""
    items = value.items if isinstance(value, Bundle) else (value,)
    return [(item.ref, item.type) for item in items if isinstance(item, TensorValue)]


def replay(
    graph: GrowingGraph,
    recorded: Recorded,
    tensors: Sequence[TensorValue],
    spot: Spot,
    trace: Trace,
) -> Value:
    """What an equal call gives at `spot`."""
    made, result = recorded.made, recorded.result
    if made is None:
        return result
    copy = graph.copy(made, spot, trace, inputs_of(graph, tensors), results_of(result))
    there = _Replayed(graph, copy, recorded.tensors, tuple(tensors))
    if isinstance(result, Bundle):
        items = tuple([there.labelled(item, trace) for item in result.items])
        return Bundle(items, trace.frame.span, _Labels(there, result.labels))
    return there.labelled(result, trace)


@record(eq=False)
class _Replayed:
    """A copied call: turns what the values of the first call are into its own."""

    graph: GrowingGraph
    copy: CallCopy
    before: tuple[TensorValue, ...]
    now: tuple[TensorValue, ...]

    def value(self, value: Value) -> Value:
        """A value of the first call as it is here."""
        if isinstance(value, TensorValue):
            for before, now in zip(self.before, self.now, strict=True):
                if value is before:
                    return now
            return self.tensor(value)
        if isinstance(value, Bundle):
            items = tuple([self.value(item) for item in value.items])
            return Bundle(items, value.span, _Labels(self, value.labels))
        return value

    def labelled(self, value: Value, trace: Trace) -> Value:
        """A result of the first call as it is here, made by the call that `trace` tells of."""
        if not isinstance(value, TensorValue):
            return value
        made = self.tensor(value)
        return TensorValue(made.ref, made.type, trace.frame.span, made.labels)

    def tensor(self, value: TensorValue) -> TensorValue:
        """A tensor of the first call as it is here, with its mask."""
        ref = self.copy.ref(value.ref)
        masks = self.graph.masks
        if value.ref in masks and ref not in masks:
            masks[ref] = self.copy.ref(masks[value.ref])
        labels = _Labels(self, value.labels) if value.labels else value.labels
        return TensorValue(ref, value.type, value.span, labels)


class _Labels(Mapping[str, Value]):
    """The labels of a value of the first call, each turned into this call's when it is read."""

    def __init__(self, there: _Replayed, first: Mapping[str, Value]) -> None:
        self._there = there
        self._first = first
        self._made: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._made:
            self._made[name] = self._there.value(self._first[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)
