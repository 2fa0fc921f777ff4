"""One run as a table of runs shows it, read from its folder whoever wrote that, and when."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UserError, unreadable
from .files import FACTS, HISTORY, RECIPE
from .folder import RunFolder
from .folds import fold_folder
from .history import Epoch, read_history
from .resolved import Scalar, resolved

TEST = "test_"
"""What stands before the name of a figure of the test part."""


@dataclass(frozen=True)
class Listed:
    """A run. What its folder does not say is None or empty."""

    path: Path
    ending: str = ""
    started: str = ""
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    epochs: int = 0
    """Epochs that ended, of the restart that was kept."""
    kept: int | None = None
    """The epoch whose weights were kept."""
    monitor: str = ""
    """The figure that chose it."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """Loss and metrics of the kept weights, by their names in histories; means over folds."""
    test: Mapping[str, float] = field(default_factory=dict)
    """Those of the test part."""
    params: int | None = None
    seconds: float | None = None
    history: tuple[Epoch, ...] = ()
    """The epochs of the restart that was kept."""
    notes: tuple[str, ...] = ()
    """What of the folder could not be read."""


def find_runs(folder: Path) -> Iterator[Path]:
    """The folders of runs in a folder, itself among them; folds and links are not looked into.

    Raises UserError where there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder; runs are in runs/ unless --out says else"
        )

    def refuse(error: OSError) -> None:
        raise unreadable(Path(str(error.filename)), error) from error

    for place, folders, files in os.walk(folder, onerror=refuse):
        path = Path(place)
        if FACTS in files and not (path / FACTS).is_symlink():
            folders.clear()
            yield path
        folders.sort()


def read_run(path: Path) -> Listed:
    """What the folder of a run says. Raises UserError where its `run.json` cannot be read."""
    facts = RunFolder(path).facts
    kept = _mapping(facts.get("kept"))
    restart = _whole(kept.get("restart")) or 1
    notes: list[str] = []
    history = _history(path, restart, notes)
    seconds = _number(facts.get("seconds"))
    return Listed(
        path,
        _text(facts.get("ending")),
        _text(facts.get("started")),
        _settings(path, facts, notes),
        len(history),
        _whole(kept.get("epoch")),
        _text(facts.get("monitor")) or _text(kept.get("monitor")),
        _figures(facts, restart),
        _test(path, facts),
        _whole(facts.get("params")),
        sum(each.seconds for each in history) if seconds is None and history else seconds,
        history,
        tuple(notes),
    )


def _settings(path: Path, facts: Mapping[str, object], notes: list[str]) -> dict[str, Scalar]:
    held = facts.get("settings")
    if isinstance(held, Mapping):
        scalars = (str, int, float, bool, type(None))
        return {name: value for name, value in held.items() if isinstance(value, scalars)}
    # Runs of before `run.json` held them.
    command = facts.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    own = {name: facts[key] for name, key in (("name", "recipe"), ("net", "net")) if key in facts}
    try:
        recipe = json.loads((path / RECIPE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        recipe = own
    except (OSError, ValueError, RecursionError):
        notes.append(f"{path / RECIPE}: cannot be read")
        recipe = own
    return resolved(recipe if isinstance(recipe, Mapping) else own, words)


def _history(path: Path, restart: int, notes: list[str]) -> tuple[Epoch, ...]:
    place = path / HISTORY
    if not place.is_file() or place.is_symlink():
        return ()
    try:
        found = read_history(place)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        notes.append(f"{place}: is damaged")
        return ()
    return tuple(epoch for epoch in found if epoch.restart == restart)


def _figures(facts: Mapping[str, object], restart: int) -> dict[str, float]:
    """The figures of the kept weights, or the means of those of folds."""
    if "mean" in facts:
        return _numbers(facts.get("mean"))
    listed = facts.get("endings")
    endings = [_mapping(each) for each in listed] if isinstance(listed, list) else []
    own = [each for each in endings if each.get("restart") == restart]
    found = _numbers(own[-1].get("values")) if own else {}
    kept = _mapping(facts.get("kept"))
    monitor, value = kept.get("monitor"), _number(kept.get("value"))
    if isinstance(monitor, str) and value is not None:
        found.setdefault(monitor, value)
    return found


def _test(path: Path, facts: Mapping[str, object]) -> dict[str, float]:
    judged = _mapping(facts.get("judged"))
    if judged.get("part") == "test":
        return _numbers(judged.get("metrics"))
    results = facts.get("results")
    if not isinstance(results, list) or not results:
        return {}
    found = []
    for fold in range(1, len(results) + 1):
        folder = fold_folder(path, fold)
        if not folder.is_run:
            return {}
        found.append(_test(folder.path, folder.facts))
    names = [name for name in found[0] if all(name in each for each in found)]
    return {name: math.fsum(each[name] for each in found) / len(found) for name in names}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _numbers(value: object) -> dict[str, float]:
    found = {name: _number(each) for name, each in _mapping(value).items()}
    return {name: each for name, each in found.items() if each is not None}
