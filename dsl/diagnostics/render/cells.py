"""How text fills terminal cells: visible stand-ins, display widths, cropping."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from unicodedata import category, east_asian_width

from ...record import record
from ...text.escape import visible_character

TAB = 4
ELLIPSIS = "…"

_SKIN_TONES = range(0x1F3FB, 0x1F400)
_JOINING_JAMO = range(0x1160, 0x1200)


def _cell(char: str) -> tuple[str, int]:
    """What is shown for a character (never one that acts on the terminal) and its width."""
    shown = visible_character(char)
    if shown != char:
        return shown, len(shown)
    code = ord(char)
    if category(char) in ("Mn", "Me") or code in _SKIN_TONES or code in _JOINING_JAMO:
        return char, 0
    return char, 2 if east_asian_width(char) in "WF" else 1


def width_of(text: str) -> int:
    """The number of terminal cells that `terminal(text)` fills."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(_cell(char)[1] for char in text)


@record
class Strip:
    """The shown part of one source line.

    `edges[i]` is the cell where character `first + i` of the line begins; the last edge is where
    the shown characters end.
    """

    text: str
    first: int
    edges: tuple[int, ...]

    def cell(self, offset: int) -> int:
        """The cell of a character offset of the line, clamped to what is shown."""
        return self.edges[min(max(offset - self.first, 0), len(self.edges) - 1)]


def strip_of(line: str, start: int, end: int, width: int) -> Strip:
    """The line, or where it is wider than `width` cells the part around characters start:end."""
    low, high = 0, len(line)
    if len(line) > 4 * width:
        low, high = max(0, start - 2 * width), min(len(line), start + 2 * width)
    shown, edges = _laid_out(line[low:high])
    if high - low == len(line) and edges[-1] <= width:
        return Strip("".join(shown), 0, tuple(edges))
    room = max(width - 2 * len(ELLIPSIS), 1)
    from_cell, to_cell = edges[start - low], edges[min(end, high) - low]
    begin = max(from_cell - max(room - (to_cell - from_cell), 0) // 3, 0)
    begin = max(min(begin, edges[-1] - room), 0)
    left = bisect_left(edges, begin)
    right = max(bisect_right(edges, edges[left] + room) - 1, left)
    head = ELLIPSIS if low + left > 0 else ""
    tail = ELLIPSIS if low + right < len(line) else ""
    moved = tuple(edge - edges[left] + len(head) for edge in edges[left : right + 1])
    return Strip(head + "".join(shown[left:right]) + tail, low + left, moved)


def _laid_out(line: str) -> tuple[list[str], list[int]]:
    """What is shown for each character, and the cell edges (one more than characters)."""
    if line.isascii() and line.isprintable():
        return list(line), list(range(len(line) + 1))
    shown: list[str] = []
    widths: list[int] = []
    column = 0
    for char in line:
        if char == "\t":
            width = TAB - column % TAB
            text = " " * width
        else:
            text, width = _cell(char)
        shown.append(text)
        widths.append(width)
        column += width
    return shown, list(accumulate(widths, initial=0))
