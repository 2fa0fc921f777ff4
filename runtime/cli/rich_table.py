"""Tables with colours and headings, as wide as they need."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

from .say import say, wants_color

NARROWEST = 24
"""Columns of the first column where a terminal is too narrow for all of it."""


def say_rows(
    title: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[int],
    total: Sequence[str] = (),
    styles: Sequence[str | None] = (),
) -> None:
    """Prints a table as wide as the terminal; no line of it ends in spaces.

    The columns of `right` are set right. Where a terminal is too narrow, the first column is
    broken; a number never is. Elsewhere nothing is. `total` is a row at the foot, and `styles` are
    those of the rows.
    """
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False, show_footer=bool(total)
    )
    ends = total or ("",) * len(headings)
    widths = [max(map(cell_len, column)) for column in zip(headings, ends, *rows, strict=True)]
    for index, (heading, end, width) in enumerate(zip(headings, ends, widths, strict=True)):
        first = index == 0
        table.add_column(
            heading,
            end,
            justify="right" if index in right else "left",
            no_wrap=not first,
            min_width=min(width, NARROWEST) if first else width,
            overflow="fold",
        )
    for row, style in zip(rows, styles or (None,) * len(rows), strict=True):
        table.add_row(*row, style=style)
    color = wants_color(sys.stdout)
    console = Console(
        file=sys.stdout, color_system="auto" if color else None, highlight=False, markup=False
    )
    paths = min(widths[0], NARROWEST) if sys.stdout.isatty() else widths[0]
    console.width = max(console.width, paths + sum(widths[1:]) + 3 * len(widths) + 2)
    with console.capture() as shown:
        console.print(table)
    say("\n".join(line.rstrip() for line in shown.get().splitlines()))
