"""The symbols of a project: what a name means where it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ...dsl.record import record
from ...dsl.text.source import Span


class Sort(Enum):
    """What a symbol names."""

    NET = "net"
    BLOCK = "block"
    CONST = "const"
    PARAMETER = "parameter"
    SIZE = "size"
    VARIABLE = "variable"
    LABEL = "label"
    LAYER = "layer"
    """One shared layer: `layer name = …`."""
    WEIGHT = "weight"
    RESULT = "result"
    RECIPE = "recipe"
    ALIAS = "alias"
    """What a file calls something that it imports under another name."""


@record
class Symbol:
    """A name and where it is introduced; equal symbols are one thing."""

    path: Path
    start: int
    """The character of its file at which its name stands."""
    name: str
    sort: Sort
    owner: str = ""
    """The net or block it is inside of; empty at the top level."""

    def __hash__(self) -> int:
        return hash((self.path, self.start))


@record
class Occurrence:
    """A place where a symbol's name stands."""

    symbol: Symbol
    span: Span
    defines: bool = False


@dataclass(frozen=True)
class FileIndex:
    """Every name of a file that means a symbol, in order."""

    path: Path
    occurrences: Sequence[Occurrence]

    def at(self, offset: int) -> Occurrence | None:
        """The name that a character is in, or stands right behind."""
        starts = [one.span.start for one in self.occurrences]
        index = bisect_right(starts, offset) - 1
        if index < 0:
            return None
        found = self.occurrences[index]
        return found if offset <= found.span.end else None

    def of(self, symbol: Symbol) -> Iterator[Occurrence]:
        """Where a symbol stands in this file."""
        return (one for one in self.occurrences if one.symbol == symbol)
