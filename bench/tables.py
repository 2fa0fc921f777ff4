"""Puts tables that benches print into the page of results, whole or row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "results.md"


def put(head: Sequence[str], rows: Sequence[str], page: Path = PAGE) -> None:
    """Replaces the rows of the table with this head. Raises ValueError where the page has none."""
    before, _, after = _around(head, page)
    page.write_text(before + "".join(f"{row}\n" for row in rows) + after, "utf-8")


def put_rows(
    head: Sequence[str],
    rows: Sequence[str],
    key: Callable[[Sequence[str]], Hashable],
    order: Sequence[Hashable],
    page: Path = PAGE,
) -> None:
    """Puts rows into the table with this head, and keeps the others.

    `key` says of the cells of a row which one it is. The rows come in the given order, and those
    that it does not name are gone. Raises ValueError where the page has no such table.
    """
    _, stood, _ = _around(head, page)
    found = {key(cells(row)): row for row in (*stood, *rows)}
    put(head, [found[place] for place in order if place in found], page)


def _around(head: Sequence[str], page: Path) -> tuple[str, Sequence[str], str]:
    """What stands before the rows of a table, the rows, and what stands behind them."""
    before, found, rest = page.read_text("utf-8").partition("".join(f"{line}\n" for line in head))
    if not found:
        raise ValueError(f"{page} has no table that begins with {head[0]}")
    body = re.match(r"(?:\|.*\n)*", rest)
    assert body is not None
    return before + found, body[0].splitlines(), rest[body.end() :]


def line(*cells: object) -> str:
    """A row of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def cells(row: str) -> Sequence[str]:
    """The cells of a row, without the space around them."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def digit(value: float | None) -> str:
    """A difference by its first digit and its size, such as `2e-6`; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:.0e}".replace("e-0", "e-") if value else "0"


def counted(counts: Mapping[str, int]) -> str:
    """Names, and how often each is there."""
    return ", ".join(f"{name} ({count})" for name, count in sorted(counts.items())) or "none"
