"""What a sweep is to do, and how its folder keeps that, so that it can go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...compiler.recipe.recipe import Recipe
from ...compiler.recipe.show import show_recipe
from ..errors import UserError, unreadable
from ..files.write import write_text
from ..runs.files import (
    RECIPE,
    RECIPE_TEXT,
    SOURCE,
    SWEEP,
    SWEEP_FILES,
)
from ..runs.folder import RUNS, RunFolder, new_folder, numbered
from ..train.begin import recipe_json
from ..train.resumable import changes, fingerprint
from ..train.sources import keep_sources
from .legal import Goal
from .one import Task
from .space import Space


@dataclass(frozen=True)
class Plan:
    """A sweep that can begin: all is checked."""

    recipe: Recipe
    """With what is fixed, and nothing that is tried."""
    space: Space
    goal: Goal
    task: Task
    trials: int
    """How many trials are to end, those of before counted."""
    sampler: str
    pruner: str
    seed: int
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """What the folder of a sweep says of it, for `--resume`."""

    settings: tuple[str, ...]
    options: Mapping[str, object]

    def text(self, name: str) -> str | None:
        """An option that is text."""
        found = self.options.get(name)
        return found if isinstance(found, str) else None

    def number(self, name: str) -> int | None:
        """An option that is a whole number."""
        found = self.options.get(name)
        return found if isinstance(found, int) and not isinstance(found, bool) else None


def sweep_folder(name: str, out: Path | None) -> RunFolder:
    """The folder of a new sweep: `out`, or the next of `runs/<name>-sweep`, `runs/<name>-sweep-2`.

    Raises UserError where `out` is no place for one, or no folder can be made.
    """
    return new_folder(f"{name}-sweep", out, (*SWEEP_FILES, SOURCE, RECIPE))


def last_sweep(name: str, out: Path | None) -> RunFolder:
    """The folder of the sweep to go on with: `out`, or the last one. Raises UserError."""
    if out is not None:
        if not (out / SWEEP).is_file():
            raise UserError(f"{out} holds no sweep to resume")
        return RunFolder(out)
    found = [path for _, path in numbered(f"{name}-sweep") if (path / SWEEP).is_file()]
    if not found:
        raise UserError(f"there is no sweep of `{name}` to resume in {RUNS}/")
    return RunFolder(found[-1])


def read_kept(folder: RunFolder) -> Kept:
    """What `sweep.json` says. Raises UserError where it cannot be read."""
    path = folder / SWEEP
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        settings = tuple(f"{name}={text}" for name, text in found["set"].items())
        options = dict(found["options"])
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path}: does not describe a sweep") from error
    return Kept(settings, options)


def begin_sweep(folder: RunFolder, plan: Plan) -> str:
    """Writes what a sweep is, before its first trial; when it began. Raises OSError, UserError."""
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    with folder.beginning(RECIPE_TEXT, RECIPE, SOURCE):
        write_text(folder / RECIPE_TEXT, show_recipe(plan.recipe))
        write_text(folder / RECIPE, recipe_json(plan.recipe))
        keep_sources(plan.recipe.file, folder / SOURCE)
        write_sweep(folder, plan, started)
    return started


def write_sweep(
    folder: RunFolder, plan: Plan, started: str, more: Mapping[str, object] | None = None
) -> None:
    """Writes `sweep.json`. Raises OSError or UserError."""
    facts = {
        "netc": 1,
        "recipe": plan.recipe.name,
        "net": plan.recipe.net,
        "file": plan.recipe.file.name,
        "started": started,
        "command": list(plan.command),
        "graph": fingerprint(plan.recipe.trained),
        "set": plan.space.texts(),
        "options": {
            "metric": plan.goal.metric,
            "trials": plan.trials,
            "sampler": plan.sampler,
            "pruner": plan.pruner,
            "seed": plan.seed,
            "data": None if plan.task.data is None else str(plan.task.data),
        },
        **(more or {}),
    }
    write_text(folder / SWEEP, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


def check_same(folder: RunFolder, plan: Plan) -> str:
    """That a sweep goes on as it began; when it began. Raises UserError."""
    kept = read_kept(folder)
    facts = json.loads((folder / SWEEP).read_text(encoding="utf-8"))
    before, now = facts["set"], plan.space.texts()
    if list(before.items()) != list(now.items()):
        raise UserError(
            f"{folder.path}: the sweep tries {_given(before)}, not {_given(now)}; go on without "
            "--set, or begin another sweep"
        )
    for name, value in (("metric", plan.goal.metric), ("seed", plan.seed)):
        if kept.options.get(name) != value:
            raise UserError(
                f"{folder.path}: the sweep has --{name} {kept.options.get(name)}, not {value}; go "
                "on without it, or begin another sweep"
            )
    made, begun = recipe_json(plan.recipe), (folder / RECIPE).read_text(encoding="utf-8")
    if facts.get("graph") != fingerprint(plan.recipe.trained) or made != begun:
        raise UserError(
            f"{folder.path}: the sweep began with another net or recipe{changes(begun, made)}; "
            f"begin another sweep, or put it back as {folder / SOURCE} has it"
        )
    started = facts.get("started")
    return started if isinstance(started, str) else ""


def _given(texts: Mapping[str, str]) -> str:
    return " ".join(f"--set {name}={text}" for name, text in texts.items())
