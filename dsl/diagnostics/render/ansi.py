"""Pieces of coloured text placed in a row of terminal cells."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from ...record import record
from .cells import width_of


class Style(Enum):
    """A look, by its ANSI codes; the empty one is the terminal's own."""

    PLAIN = ""
    BOLD = "1"
    RED = "1;31"
    YELLOW = "1;33"
    BLUE = "1;34"


@record
class Piece:
    """Text that begins at a cell of its row. It must hold no control characters."""

    column: int
    text: str
    style: Style = Style.PLAIN


def paint(text: str, style: Style, color: bool) -> str:
    """The text in its style, or as it is where there are no colours."""
    if not color or not text or style is Style.PLAIN:
        return text
    return f"\x1b[{style.value}m{text}\x1b[0m"


def row(pieces: Iterable[Piece], color: bool) -> str:
    """One line of output: each piece at its column, spaces between them, none behind."""
    parts: list[str] = []
    column = 0
    for piece in sorted(pieces, key=lambda piece: piece.column):
        if piece.column > column:
            parts.append(" " * (piece.column - column))
            column = piece.column
        parts.append(paint(piece.text, piece.style, color))
        column += width_of(piece.text)
    return "".join(parts)
