"""The table of what is loaded: which layer of a file gives its tensors to which of the net."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.record import record

COLUMNS = ("layer", "gets", "from", "told by")
SHOWN = 12
"""So many layers are listed before training; `netc train --dry-run` lists them all."""


@record
class Loading:
    """A layer of the net, its weights with their shapes, and where they come from."""

    layer: str
    gets: str
    """Such as `kernel [3, 3, 64], bias [64]`."""
    source: str
    """The layer of the file."""
    file: str
    told_by: str
    """The evidence: `name`, `graph` or `order`."""


def loading_lines(rows: Sequence[Loading], drawn: Sequence[str], most: int | None) -> list[str]:
    """The table, and the layers that no file gives; none where no file is loaded.

    Of more than `most` layers the first ones are listed.
    """
    if not rows:
        return []
    shown = rows[:most]
    several = len({row.file for row in rows}) > 1
    cells = [COLUMNS]
    for row in shown:
        place = f"{row.file}: {row.source}" if several else row.source
        cells.append((row.layer, row.gets, place, row.told_by))
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    files = ", ".join(dict.fromkeys(row.file for row in rows))
    lines = [f"loaded from {files} ({len(rows)} of {len(rows) + len(drawn)} layers):"]
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        lines.append(f"  {'  '.join(padded)}".rstrip())
    if len(shown) < len(rows):
        lines.append(f"  … and {len(rows) - len(shown)} more; netc train --dry-run lists all")
    if drawn:
        names = ", ".join(drawn[:SHOWN]) + ", …" * (len(drawn) > SHOWN)
        lines.append(f"from the seed: {names}")
    return lines
