"""Tables with colours and headings, as wide as they need."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .say import say, wants_color

if TYPE_CHECKING:
    from rich.table import Table


def new_table(title: str, *, show_footer: bool = False) -> Table:
    """A table without rows, with a line under its headings."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(
        title=title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False, show_footer=show_footer
    )


def say_table(table: Table, at_least: int) -> None:
    """Prints a table as wide as the terminal, or as `at_least` if that is more.

    No line ends in spaces.
    """
    from rich.console import Console

    color = wants_color(sys.stdout)
    console = Console(
        file=sys.stdout, color_system="auto" if color else None, highlight=False, markup=False
    )
    console.width = max(console.width, at_least)
    with console.capture() as shown:
        console.print(table)
    say("\n".join(line.rstrip() for line in shown.get().splitlines()))
