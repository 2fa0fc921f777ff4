"""Between characters of a text and an editor's positions, which count UTF-16 units in a line."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from lsprotocol.types import Position, Range

from ...dsl.text.source import Span


class Lines:
    """The lines of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        found = [0]
        at = self.text.find("\n")
        while at >= 0:
            found.append(at + 1)
            at = self.text.find("\n", at + 1)
        return found

    def line(self, number: int) -> str:
        """A line (from 0) without its end."""
        start = self.starts[number]
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def position(self, offset: int) -> Position:
        """The position of a character."""
        number = bisect_right(self.starts, offset) - 1
        before = self.text[self.starts[number] : offset]
        return Position(number, len(before) if before.isascii() else _units(before))

    def offset(self, position: Position) -> int:
        """The character at a position; past the end of a line its end."""
        if position.line >= len(self.starts):
            return len(self.text)
        line = self.line(position.line)
        if line.isascii():
            return self.starts[position.line] + min(position.character, len(line))
        left = position.character
        for at, char in enumerate(line):
            if left <= 0:
                return self.starts[position.line] + at
            left -= _units(char)
        return self.starts[position.line] + len(line)

    def range(self, span: Span) -> Range:
        """The range of a span of this text."""
        return Range(self.position(span.start), self.position(span.end))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
