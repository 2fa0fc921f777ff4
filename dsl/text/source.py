"""A source text and the spans that point into it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from typing import Any, cast

from ..record import record


@record(eq=False)
class Source:
    """One `.net` text. `path` is what diagnostics show; it need not exist on disk."""

    path: str
    text: str
    _starts: list[int] = field(default_factory=list, repr=False)

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts.append(0)
            at = self.text.find("\n")
            while at >= 0:
                self._starts.append(at + 1)
                at = self.text.find("\n", at + 1)
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column (both from 1) of a character offset."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its newline."""
        starts = self._line_starts()
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")


@record
class Span:
    """The half-open range of characters `start:end` of one source."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line it starts on, from 1."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """The column it starts at, from 1."""
        return self.source.position(self.start)[1]

    @property
    def end_position(self) -> tuple[int, int]:
        """The line and column just behind the last character."""
        return self.source.position(self.end)

    @property
    def text(self) -> str:
        """The text it covers."""
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.source, self.start, max(self.end, other.end))

    def within(self, other: Span) -> bool:
        """Whether all of it lies in `other`."""
        same = self.source is other.source
        return same and other.start <= self.start and self.end <= other.end

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.path}:{line}:{column}"


class _Opened:
    __slots__ = ("end", "source", "start")


def quick_span(source: Source, start: int, end: int) -> Span:
    """A span, made in half the time: a tree has several a token.

    Python comes to an `__init__` by a long way, and a frozen object sets each field by a call. This
    fills an open object of the same layout, which then becomes a span.
    """
    made: Any = _Opened()
    made.source = source
    made.start = start
    made.end = end
    made.__class__ = Span
    return cast("Span", made)
