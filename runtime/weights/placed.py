"""Where the layers of a net are in a file, and how the file lists its own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from .file import StoredLayer
from .names import numbers, pattern


@dataclass(frozen=True, slots=True)
class Doubt:
    """The places of a file that a layer could have.

    `likely` is the one that is left if other layers, which are doubtful too, come in order.
    """

    places: tuple[int, ...]
    likely: int | None = None


@dataclass(frozen=True)
class Placed:
    """Where layers are in a file, and which could be at several places."""

    places: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, Doubt] = field(default_factory=dict)


@dataclass(frozen=True)
class Listed:
    """The layers of a file as it lists them.

    `made_up` are the places of layers whose names in net and file are the same numbered names. They
    say which layers of the file are meant, but not in which order they were made.
    """

    layers: Sequence[StoredLayer]
    ordered: bool
    made_up: Mapping[str, int]
    by_depth: Sequence[str] = ()
    modules: bool = False
    """Whether they are PyTorch's, whose names come from people."""

    def series(self, place: int) -> Hashable:
        """Layers of one series are ordered."""
        layer = self.layers[place]
        return (pattern(layer.name),) if self._numbered(place) else layer.series

    def rank(self, place: int) -> tuple[int, ...]:
        """The order within a series."""
        return self.number(place) if self._numbered(place) else (place,)

    def number(self, place: int) -> tuple[int, ...]:
        """The order of the numbers in the names."""
        return (*numbers(self.layers[place].name), place)

    def _numbered(self, place: int) -> bool:
        """Whether numbers in its name say more of the order than where the file has it."""
        if self.layers[place].series:
            return False
        return not self.ordered or place in self.made_up.values()

    def contradicts(self, places: frozenset[int]) -> bool:
        """Whether the order and the numbers in the names of some layers differ."""
        if all(self.layers[place].series for place in places):
            return False
        by_pattern: dict[str, list[tuple[int, ...]]] = {}
        for place in sorted(places, key=self.rank):
            name = self.layers[place].name
            by_pattern.setdefault(pattern(name), []).append(numbers(name))
        return any(found != sorted(found) for found in by_pattern.values())
