"""Whether a run can go on: with the recipe, the net and the samples that it began with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...compiler.ir.graph import CheckedGraph
from ..data.dataset import Dataset
from ..errors import UserError
from ..runs.files import FINAL_STATE, RECIPE, RECIPE_TEXT, SOURCE
from ..runs.folder import RunFolder
from ..runs.history import COMPLETE, FINISHED, STOPPED

SHOWN = 3
"""Settings that are named where a recipe changed."""


def fingerprint(checked: CheckedGraph) -> str:
    """A digest of what a net computes: its layers with their arguments, and how they are joined."""
    made = hashlib.sha256()
    graph = checked.graph
    for node in graph:
        made.update(repr((node.path, node.layer, node.op, node.inputs, node.outputs)).encode())
    made.update(repr(graph.outputs).encode())
    return made.hexdigest()


def same_net(facts: Mapping[str, object], checked: CheckedGraph) -> bool:
    """Whether a run whose `run.json` says `facts` trained this net, as far as it says so."""
    now = fingerprint(checked)
    return facts.get("graph", now) == now


def samples(dataset: Dataset) -> dict[str, int]:
    """How many samples each part has."""
    return {part.name: len(part) for part in dataset.parts}


def check_resumable(
    folder: RunFolder, recipe: str, checked: CheckedGraph, dataset: Dataset
) -> bool:
    """Whether the run in a folder was complete, and the recipe, as JSON, now asks for more of it.

    Raises UserError where it cannot go on: it began with another recipe, net or number of samples,
    or it is complete, or what is asked for more cannot be trained.
    """
    before = _recipe_of(folder, recipe)
    complete = check_begun(folder, recipe, checked, dataset)
    if complete:
        ending = str(folder.facts.get("ending"))
        _check_more(folder, json.loads(before), json.loads(recipe), ending)
    return complete


def check_begun(folder: RunFolder, recipe: str, checked: CheckedGraph, dataset: Dataset) -> bool:
    """As `check_resumable`, but for what a complete run needs to be trained for more."""
    facts = folder.facts if folder.is_run else {}
    complete = facts.get("ending") in COMPLETE
    path, before = folder / RECIPE, _recipe_of(folder, recipe)
    if complete and before == recipe:
        raise UserError(
            f"{folder.path}: the run is complete; there is nothing to resume. Raise `epochs`, the "
            "patience of `stop` or `restarts`, and it goes on"
        )
    if before != recipe and not (complete and asks_for_more(before, recipe)):
        raise UserError(
            f"{path}: the run began with another recipe{changes(before, recipe)}; start a new "
            f"run, or put it back as {folder / RECIPE_TEXT} shows it"
        )
    if not same_net(facts, checked):
        raise UserError(
            f"{folder.path}: the run began with another net `{checked.graph.name}`; start a new "
            f"run, or put it back as {folder / SOURCE} has it"
        )
    have = samples(dataset)
    began = facts.get("samples", have)
    if began != have:
        raise UserError(
            f"{folder.path}: the run began with other data: {_counted(began)}, and now there are "
            f"{_counted(have)}; start a new run, or put them back"
        )
    return complete


def _recipe_of(folder: RunFolder, recipe: str) -> str:
    """The recipe that a run began with, as JSON; this one where the folder does not say."""
    path = folder / RECIPE
    return path.read_text(encoding="utf-8") if path.exists() else recipe


def asks_for_more(before: str, now: str) -> bool:
    """Whether a recipe, as JSON, is another one with more restarts, or more of its last phase."""
    try:
        one, other = json.loads(before), json.loads(now)
        more = [_asked(one), _asked(other)]
        _ask(other, more[0])
    except (ValueError, KeyError, TypeError, IndexError):
        return False
    return one == other and all(a <= b for a, b in zip(*more, strict=True))


def _asked(recipe: Any) -> tuple[int, int, int]:
    """Restarts, epochs of the last phase, patience of its early stopping."""
    phase = recipe["phases"][-1]
    patience = phase["stop"]["arguments"]["patience"] if phase["stop"] is not None else 0
    return recipe["restarts"], phase["epochs"], patience


def _ask(recipe: Any, asked: tuple[int, int, int]) -> None:
    phase = recipe["phases"][-1]
    recipe["restarts"], phase["epochs"], patience = asked
    if phase["stop"] is not None:
        phase["stop"]["arguments"]["patience"] = patience


def _check_more(folder: RunFolder, before: object, now: object, ending: str) -> None:
    """Raises UserError where what a recipe asks for more cannot be trained, or is nothing."""
    (restarts, epochs, patience), more = _asked(before), _asked(now)
    if not (folder / FINAL_STATE).exists():
        raise UserError(
            f"{folder.path}: the run is complete, and the state it ended with is not there; start "
            "a new run"
        )
    if restarts > 1 and more[1:] != (epochs, patience):
        raise UserError(
            f"{folder.path}: the run is complete; of its {restarts} restarts only the last could "
            "go on. Start a new run, or raise `restarts` alone"
        )
    if more[0] > restarts:
        return
    if ending == STOPPED and more[2] == patience:
        raise UserError(
            f"{folder.path}: the run is complete: it stopped early, and more epochs change nothing "
            "of that; raise the patience of `stop`"
        )
    if ending == FINISHED and more[1] == epochs:
        raise UserError(
            f"{folder.path}: the run is complete: it trained all its epochs, and more patience "
            "changes nothing of that; raise `epochs`"
        )


def _counted(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} samples for {name}" for name, count in parts.items())


def changes(before: str, now: str) -> str:
    """What differs between two recipes, as JSON: ` (epochs was 20, is 2)`."""
    try:
        found = list(_differences(json.loads(before), json.loads(now), ""))
    except ValueError:
        return ""
    more = ", …" if len(found) > SHOWN else ""
    return f" ({', '.join(found[:SHOWN])}{more})" if found else ""


def _differences(before: object, now: object, name: str) -> Iterator[str]:
    """`epochs was 20, is 2`, for each setting or argument."""
    if isinstance(before, dict) and isinstance(now, dict) and before.keys() == now.keys():
        for key in before:
            inner = name if key in ("arguments", "phases") else key
            yield from _differences(before[key], now[key], inner)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for one, other in zip(before, now, strict=True):
            yield from _differences(one, other, name)
    elif before != now:
        plain = not isinstance(before, dict | list) and not isinstance(now, dict | list)
        values = f" was {json.dumps(before)}, is {json.dumps(now)}" if plain else " differs"
        yield f"{name or 'a setting'}{values}"
