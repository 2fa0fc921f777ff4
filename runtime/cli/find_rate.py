"""`netc train --find-lr`: tries learning rates and writes what it saw into a folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from ...compiler.recipe.recipe import Recipe
from ...dsl.text.escape import terminal
from .say import say


def find_rate_of(
    recipe: Recipe,
    data: Path | None,
    out: Path | None,
    tried: tuple[float, float, int],
    quiet: bool,
) -> int:
    """Runs a range test over `tried`, rates from and to and steps; the status.

    Raises UserError where the data or the folder are at fault.
    """
    from ..data.load import load_data
    from ..report.rates import rate_test_lines, write_rate_test
    from ..runs.files import RATE_TEST
    from ..runs.folder import new_folder
    from ..train.find_rate import find_rate
    from .progress import progress

    name = f"{recipe.name}-find-lr"
    if out is not None:
        new_folder(name, out, RATE_TEST)
    dataset = load_data(recipe, data)
    low, high, steps = tried
    with progress(sys.stderr, quiet) as watch:
        test = find_rate(recipe, dataset, low=low, high=high, steps=steps, watch=watch)
    folder = new_folder(name, out, RATE_TEST).path
    folder.mkdir(parents=True, exist_ok=True)
    for note in write_rate_test(folder, recipe.name, test):
        say(f"note: {note}", err=True)
    if not quiet:
        for line in rate_test_lines(test):
            say(terminal(line))
        say(terminal(f"folder: {folder}"))
    return 0 if test.suggestion is not None else 1
