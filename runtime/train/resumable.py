"""Whether a run can go on: with the recipe, the net and the samples that it began with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from ...compiler.ir.graph import CheckedGraph
from ..data.dataset import Dataset
from ..errors import UserError
from ..runs.files import RECIPE, RECIPE_TEXT, SOURCE
from ..runs.folder import RunFolder
from ..runs.history import COMPLETE

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
) -> None:
    """Raises UserError where the run in a folder cannot go on with these; `recipe` is JSON.

    The run is complete, or it began with another recipe, net or number of samples.
    """
    facts = folder.facts if folder.is_run else {}
    if facts.get("ending") in COMPLETE:
        raise UserError(f"{folder.path}: the run is complete; there is nothing to resume")
    path = folder / RECIPE
    before = path.read_text(encoding="utf-8") if path.exists() else recipe
    if before != recipe:
        raise UserError(
            f"{path}: the run began with another recipe{_changes(before, recipe)}; start a new "
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


def _counted(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} samples for {name}" for name, count in parts.items())


def _changes(before: str, now: str) -> str:
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
