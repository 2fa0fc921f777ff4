"""The rows below one source line: underlines, and labels hung on connecting lines."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import record
from ...text.escape import terminal
from .ansi import Piece, Style
from .cells import Strip, width_of


@record
class Mark:
    """A labelled range of characters start:end (from 0) of one source line."""

    start: int
    end: int
    label: str
    primary: bool
    style: Style


@record
class _Placed:
    """A mark whose range is in cells of the shown line."""

    start: int
    end: int
    mark: Mark

    @property
    def label(self) -> Piece:
        return Piece(self.start, terminal(self.mark.label), self.mark.style)

    @property
    def connector(self) -> Piece:
        return Piece(self.start, "│", self.mark.style)


def rows_below(strip: Strip, marks: Sequence[Mark], width: int) -> list[list[Piece]]:
    """The rows that belong below a shown line.

    The rightmost label stands behind its underline and the leftmost before its own, where that is
    unambiguous and there is room in `width` cells; every other one hangs below the start of its
    own underline.
    """
    placed = sorted((_place(strip, mark) for mark in marks), key=_left_to_right)
    underline = _underline(placed)
    behind = _behind(placed, width)
    before = _before(placed) if placed[0] is not behind else None
    hanging = [one for one in placed if one.mark.label and one is not behind and one is not before]
    if behind is not None:
        underline.append(Piece(behind.end + 1, behind.label.text, behind.mark.style))
    if before is not None:
        column = before.start - 1 - width_of(before.mark.label)
        underline.append(Piece(column, before.label.text, before.mark.style))
    rows = [underline]
    while hanging:
        last = hanging.pop()
        others = [one for one in hanging if one.start < last.start]
        rows.append([*_connectors(others), last.label])
    return rows


def _left_to_right(placed: _Placed) -> tuple[int, bool]:
    return placed.start, placed.mark.primary


def _place(strip: Strip, mark: Mark) -> _Placed:
    start = strip.cell(mark.start)
    return _Placed(start, max(strip.cell(mark.end), start + 1), mark)


def _behind(placed: Sequence[_Placed], width: int) -> _Placed | None:
    last = placed[-1]
    if not last.mark.label or any(one.end > last.end for one in placed):
        return None
    cells = width_of(last.mark.label)
    if last.end + 1 + cells > width >= last.start + cells:
        return None
    return last


def _before(placed: Sequence[_Placed]) -> _Placed | None:
    """The leftmost mark, where its label has room on its left and no other mark overlaps it."""
    first = placed[0]
    if not first.mark.label or any(one.start < first.end for one in placed[1:]):
        return None
    return first if first.start > width_of(first.mark.label) else None


def _underline(placed: Sequence[_Placed]) -> list[Piece]:
    """Primary ranges as carets, others as dashes; the shorter of two is drawn over the longer."""
    signs: dict[int, tuple[str, Style]] = {}
    for one in sorted(placed, key=lambda one: (one.start - one.end, one.mark.primary)):
        sign = "^" if one.mark.primary else "-"
        signs.update(dict.fromkeys(range(one.start, one.end), (sign, one.mark.style)))
    pieces: list[Piece] = []
    for cell, (sign, style) in sorted(signs.items(), key=lambda item: item[0]):
        last = pieces[-1] if pieces else None
        if last and last.style is style and last.column + len(last.text) == cell:
            pieces[-1] = Piece(last.column, last.text + sign, style)
        else:
            pieces.append(Piece(cell, sign, style))
    return pieces


def _connectors(placed: Sequence[_Placed]) -> list[Piece]:
    """One connecting line for each start, in the style of the last mark that begins there."""
    return list({one.start: one.connector for one in placed}.values())
