"""What the values of a loop's round become some rounds later, without running those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..ir.graph import Ref
from ..ir.growing import GrowingGraph
from ..ir.parts import Rounds
from .values import Bundle, TensorValue, Value


class Later:
    """The values of a round as they are some rounds later."""

    def __init__(
        self,
        graph: GrowingGraph,
        rounds: Rounds,
        before: Mapping[str, Value],
        now: Mapping[str, Value],
    ) -> None:
        self._graph = graph
        self._rounds = rounds
        self._now = now
        self._carried = {
            id(tensor): (name, index)
            for name, value in before.items()
            for index, tensor in enumerate(_tensors(value))
            if rounds.ref(tensor.ref, 1) != tensor.ref
        }
        self._kept = before
        """What was carried is told by identity, and kept so that this stays its own."""

    def of(self, name: str, after: int) -> Value:
        """What a name stands for some rounds after the one that was run last."""
        return self._value(self._now[name], after) if after else self._now[name]

    def _value(self, value: Value, after: int) -> Value:
        if isinstance(value, TensorValue):
            return self._tensor(value, after)
        if isinstance(value, Bundle):
            items = tuple([self._value(item, after) for item in value.items])
            return Bundle(items, value.span, self.labels(value.labels, after))
        if isinstance(value, list) and next(refs_in(value), None) is not None:
            return [self._value(item, after) for item in value]
        if isinstance(value, tuple) and next(refs_in(value), None) is not None:
            return tuple([self._value(item, after) for item in value])
        return value

    def _tensor(self, value: TensorValue, after: int) -> TensorValue:
        carried = self._carried.get(id(value))
        if carried is not None:
            # What a round was given is what the one before it left.
            name, index = carried
            return _tensors(self.of(name, after - 1))[index]
        ref = self._rounds.ref(value.ref, after)
        if ref == value.ref and not value.labels:
            return value
        masks = self._graph.masks
        if value.ref in masks and ref not in masks:
            masks[ref] = self._rounds.ref(masks[value.ref], after)
            self._graph.know(masks[ref], self._graph.type(masks[value.ref]))
        self._graph.know(ref, value.type)
        return TensorValue(ref, value.type, value.span, self.labels(value.labels, after))

    def labels(self, labels: Mapping[str, Value], after: int) -> Mapping[str, Value]:
        """The labels of a value some rounds later."""
        return _Labels(self, labels, after) if labels else labels

    def label(self, value: Value, after: int) -> Value:
        """A labelled value some rounds later."""
        return self._value(value, after)


class _Labels(Mapping[str, Value]):
    """The labels of a value of an earlier round, each turned into that of a later one when read."""

    def __init__(self, later: Later, first: Mapping[str, Value], after: int) -> None:
        self._later = later
        self._first = first
        self._after = after
        self._made: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._made:
            self._made[name] = self._later.label(self._first[name], self._after)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)


def _tensors(value: Value) -> list[TensorValue]:
    """A tensor, or those in several results or a list."""
    items = value.items if isinstance(value, Bundle) else value
    if isinstance(items, list | tuple):
        return [item for item in items if isinstance(item, TensorValue)]
    return [value] if isinstance(value, TensorValue) else []


def refs_in(value: Value) -> Iterator[Ref]:
    """The tensors of a value, however deep they lie in lists."""
    items = value.items if isinstance(value, Bundle) else value
    if isinstance(items, TensorValue):
        yield items.ref
    elif isinstance(items, list | tuple):
        for item in items:
            yield from refs_in(item)
