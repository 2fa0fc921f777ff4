"""`netc cache`: where findings of checks and features of frozen layers are kept, and their end."""

from __future__ import annotations

import click

from ...dsl.text.escape import terminal
from ..cache.place import features_folder, folder, weights_folder, why_unusable
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
    from ..features import store as features
    from ..published import fetch as weights

    count = Store(path).clear() + features.clear(features_folder())
    count += weights.clear(weights_folder())
    say(f"removed {count} file{'s' * (count != 1)}", err=True)
    return 0
