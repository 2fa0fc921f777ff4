"""Reads a text that has syntax errors: what is broken is left out, and the rest stays in place."""

from __future__ import annotations

import re

from ...compiler.link.parsed import parsed
from ...dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from ...dsl.record import record
from ...dsl.text.source import Source

ROUNDS = 6
"""How often more is left out, until the rest can be parsed."""
_ITEM = re.compile(r"^(?:net|block|const|expect|train|from)\b", re.MULTILINE)


@record
class Readable:
    """A text of the same length that can be parsed, as far as there is one.

    `broken` are the characters of the items that something was left out of.
    """

    text: str | None
    problems: tuple[Diagnostic, ...]
    broken: tuple[tuple[int, int], ...]


def readable(path: str, text: str) -> Readable:
    """Leaves out broken statements, then broken items; spaces stand in their place."""
    problems: tuple[Diagnostic, ...] | None = None
    broken: list[tuple[int, int]] = []
    rest = text
    for number in range(ROUNDS):
        try:
            parsed(Source(path, rest))
        except DiagnosticError as error:
            found = error.diagnostics
        else:
            return Readable(rest, problems or (), tuple(broken))
        problems = found if problems is None else problems
        for diagnostic in found:
            start, end = _item(rest, diagnostic.span.start)
            broken.append((start, end))
            cut = (
                (start, end) if number >= ROUNDS // 2 else _statement(rest, diagnostic, start, end)
            )
            rest = rest[: cut[0]] + re.sub(r"[^\n]", " ", rest[cut[0] : cut[1]]) + rest[cut[1] :]
    return Readable(None, problems or (), tuple(broken))


def _item(text: str, offset: int) -> tuple[int, int]:
    """The item of the file that a character is in: from its keyword to the next one's."""
    starts = [match.start() for match in _ITEM.finditer(text)]
    start = max((at for at in starts if at <= offset), default=0)
    end = min((at for at in starts if at > offset), default=len(text))
    return start, end


def _statement(text: str, diagnostic: Diagnostic, start: int, end: int) -> tuple[int, int]:
    """The lines of the statement that a finding is in, those that go on with `->` among them."""
    first = text.rfind("\n", 0, diagnostic.span.start) + 1
    while first > start and re.match(r"[ \t]*(?:->|\))", text[first:]):
        first = text.rfind("\n", 0, first - 1) + 1
    last = _line_end(text, max(diagnostic.span.end - 1, first))
    while last < end and re.match(r"\n[ \t]*(?:->|\))", text[last:]):
        last = _line_end(text, last + 1)
    if first <= start:
        # The signature itself: nothing of the item can be read.
        return start, end
    return first, min(last, end)


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end
