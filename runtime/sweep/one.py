"""One trial: a recipe with some settings, trained into a folder, or a run that goes on there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...compiler.expand.values import Value
from ..api.recipes import check_recipe
from ..errors import SettingError, UserError
from ..runs.folder import RunFolder
from ..runs.history import COMPLETE, NOT_FINITE, PRUNED, Epoch
from ..runs.listed import read_run
from ..runs.sweeps import as_text
from ..track.tracked import Trackers, tracked
from ..train.watch import Enough, Watch
from .legal import first_fault

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

NO_TRACKERS = Trackers()

Report = Callable[[int, float], bool]
"""Is told a figure after an epoch; whether the trial is given up."""


@dataclass(frozen=True)
class Task:
    """What every trial of a sweep has in common."""

    file: Path
    recipe: str
    data: Path | None
    max_layers: int
    metric: str
    trackers: Trackers = NO_TRACKERS


@dataclass(frozen=True)
class Result:
    """What came of a trial: its figure, or why there is none."""

    value: float | None = None
    pruned: bool = False
    why: str = ""
    fatal: bool = False
    """Whether all others would fail in the same way: a full disk, no Keras."""
    seconds: float | None = None


def train_one(
    task: Task, settings: Mapping[str, Value], folder: RunFolder, report: Report
) -> Result:
    """Trains, or goes on with the run that the folder holds; what is wrong is the result.

    A run that is complete is read alone.
    """
    try:
        if not (folder.is_run and folder.facts.get("ending") in COMPLETE):
            _train(task, settings, folder, report)
    except Enough:
        return Result(pruned=True, seconds=read_run(folder.path).seconds)
    except (UserError, SettingError, OSError) as error:
        return Result(why=_one_line(error), fatal=_no_room(error))
    run = read_run(folder.path)
    value = run.figures.get(task.metric)
    if run.ending not in COMPLETE:
        notes = folder.facts.get("notes")
        said = str(notes[-1]) if isinstance(notes, list) and notes else ""
        why = said if run.ending == NOT_FINITE and said else f"the run is {run.ending}"
        return Result(why=why, seconds=run.seconds)
    if value is None or value != value or value in (float("inf"), -float("inf")):
        return Result(why=f"`{task.metric}` is {value}", seconds=run.seconds)
    return Result(value, seconds=run.seconds)


def guarded(train: Callable[[], Result]) -> Result:
    """What comes of a trial, whatever it raises: one that fails ends no other."""
    try:
        return train()
    except MemoryError:
        return Result(why="there was not enough memory")
    except Exception as error:
        if os.environ.get("NETC_DEBUG"):
            raise
        return Result(why=" ".join(f"{type(error).__name__}: {error}".split())[:300])


def _train(task: Task, settings: Mapping[str, Value], folder: RunFolder, report: Report) -> None:
    from ..data.load import load_data
    from ..infer.keras_module import import_keras
    from ..train.folds import train_recipe
    from ..train.options import RunOptions

    recipe, analysis = check_recipe(task.file, task.recipe, settings, task.max_layers)
    if recipe is None:
        raise UserError(first_fault(analysis))
    dataset = load_data(recipe, task.data)
    command = command_of(task, settings, folder.path)
    import_keras().backend.clear_session()
    watch = _Reports(task, report)
    group = folder.path.parent.name
    with tracked(task.trackers.opened(), recipe, folder, watch, command, group) as told:
        try:
            options = RunOptions(resume=folder.is_run, watch=told, command=command)
            train_recipe(recipe, dataset, folder, options)
        except Enough:
            folder.write_facts(folder.facts | {"ending": PRUNED})
            raise


def command_of(task: Task, settings: Mapping[str, Value], folder: Path) -> tuple[str, ...]:
    """The command line that trains a trial by itself."""
    words = ["netc", "train", f"{task.file}:{task.recipe}"]
    words += ["--data", str(task.data)] if task.data is not None else []
    for name, value in settings.items():
        words += ["--set", f"{name}={as_text(value)}"]
    return (*words, "--out", str(folder))


class _Reports(Watch):
    """Tells the figure after each epoch of the first restart of the first fold."""

    def __init__(self, task: Task, report: Report) -> None:
        self._task, self._report = task, report
        self._first, self._enough = True, False

    def fold(self, fold: int, count: int) -> None:
        self._first = fold == 1

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        value = epoch.values.get(self._task.metric)
        if self._first and epoch.restart == 1 and value is not None and value == value:
            self._enough = self._report(epoch.epoch, value)

    def enough(self) -> bool:
        return self._enough


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{(error.strerror or str(error)).lower()}"
    return " ".join(str(error).split())


def _no_room(error: BaseException | None) -> bool:
    """Whether the disk does not take a file, so that no trial can go on."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        error = error.__cause__
    return False
