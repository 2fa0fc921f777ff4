"""`netc cache`: where what checks found is kept, and its end."""

from __future__ import annotations

import click

from ...dsl.text.escape import terminal
from ..cache.place import folder, why_unusable
from ..cache.store import Store
from .say import say


@click.command("cache")
@click.argument("action", type=click.Choice(["dir", "clear"]))
def command(action: str) -> int:
    """Show the folder of the cache, or clear it."""
    path = folder()
    why = why_unusable(path)
    if action == "dir":
        say(terminal(path))
        if why is not None:
            say(terminal(f"note: it is not used: {why}"), err=True)
        return 0
    count = Store(path).clear()
    say(f"removed {count} file{'s' * (count != 1)}", err=True)
    return 0
