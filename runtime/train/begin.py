"""What the folder of a run says of it from its first moment on."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ...compiler.cost.totals import parameters
from ...compiler.recipe.recipe import Recipe
from ...compiler.recipe.show import recipe_data, show_recipe
from ..files.write import write_text
from ..runs.files import RECIPE, RECIPE_TEXT, SOURCE
from ..runs.resolved import resolved
from .begun import Begun
from .machine import machine, versions
from .resumable import fingerprint, samples
from .sources import keep_sources

UNFINISHED = "unfinished"
"""How a run ends whose process was killed."""


def begin_run(run: Begun, facts: Mapping[str, object]) -> None:
    """Writes the recipe, its sources and `run.json`; all or none of a new run. Raises OSError."""
    folder, recipe = run.folder, run.recipe
    with folder.beginning(*(() if folder.is_run else (RECIPE_TEXT, RECIPE, SOURCE))):
        write_text(folder / RECIPE_TEXT, show_recipe(recipe))
        write_text(folder / RECIPE, recipe_json(recipe))
        keep_sources(recipe.file, folder / SOURCE)
        folder.write_facts(facts)


def recipe_json(recipe: Recipe) -> str:
    """The text of `recipe.json`."""
    return json.dumps(recipe_data(recipe), indent=2, ensure_ascii=False) + "\n"


def run_facts(run: Begun, ending: str, times: Mapping[str, float]) -> dict[str, object]:
    """What `run.json` says of every run; `times` are seconds since the epoch."""
    recipe, first = run.recipe, times.get("start", 0.0)
    return {
        "netc": 1,
        "recipe": recipe.name,
        "net": recipe.net,
        "file": recipe.file.name,
        "ending": ending,
        "started": run.started.isoformat(timespec="seconds"),
        "command": list(run.command),
        "set": dict(recipe.settings),
        "seed": recipe.seed,
        "settings": resolved(recipe_data(recipe), run.command),
        "params": parameters(recipe.checked).total,
        "graph": fingerprint(recipe.trained),
        "samples": samples(run.dataset),
        "classes": list(run.dataset.classes),
        "versions": versions(),
        "machine": machine(),
        "times": {name: round(at - first, 3) for name, at in times.items()},
    }
