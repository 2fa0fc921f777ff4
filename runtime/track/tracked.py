"""A run that trackers follow: what its watch is told, they are told; the folder says the rest."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ...compiler.recipe.recipe import Recipe
from ...compiler.recipe.show import recipe_data
from ..errors import UserError
from ..files.write import write_text
from ..runs.files import CURVES, HISTORY, KERAS, ONNX, RECIPE, REPORT, TRACKED
from ..runs.folder import RunFolder
from ..runs.folds import fold_folder
from ..runs.history import Epoch
from ..runs.listed import TEST, read_run
from ..runs.resolved import resolved
from ..train.watch import Passing, Stretch, Watch
from .tracker import Ended, Started, Tracker

KEPT = (ONNX, KERAS, REPORT, RECIPE, HISTORY, CURVES)
"""The files of a run that trackers keep."""


@dataclass(frozen=True)
class Trackers:
    """Which trackers follow a run: MLflow's URI, empty for its own choice; Weights & Biases."""

    mlflow: str | None = None
    wandb: bool = False

    def opened(self) -> list[Tracker]:
        """Them, ready. Raises UserError where one is not installed, or cannot write."""
        found: list[Tracker] = []
        if self.mlflow is not None:
            from .mlflow import MLflow

            found.append(MLflow(self.mlflow))
        if self.wandb:
            from .wandb import WandB

            found.append(WandB())
        return found


@contextmanager
def tracked(
    trackers: Sequence[Tracker],
    recipe: Recipe,
    folder: RunFolder,
    watch: Watch,
    command: Sequence[str],
    group: str = "",
) -> Iterator[Watch]:
    """The watch to train with. When the block ends, however, so does the run in each tracker.

    A tracker that fails is left out with a note; the training goes on.
    """
    if not trackers:
        yield watch
        return
    settings = resolved(recipe_data(recipe), command)
    run = Started(recipe.name, folder.path.name, group, settings, shlex.join(command), None)
    following = _Following(trackers, run, folder, watch, recipe.restarts > 1)
    try:
        yield following
    finally:
        following.end()


class _Following(Passing):
    def __init__(
        self,
        trackers: Sequence[Tracker],
        run: Started,
        folder: RunFolder,
        watch: Watch,
        restarts: bool,
    ) -> None:
        super().__init__(watch)
        self._trackers, self._run, self._folder = list(trackers), run, folder
        self._restarts, self._fold, self._begun = restarts, "", False

    def fold(self, fold: int, count: int) -> None:
        self._fold = f"fold-{fold}/"
        super().fold(fold, count)

    def phase(self, stretch: Stretch) -> None:
        # From here on there is a run: what could be refused has been.
        if not self._begun:
            self._begun = True
            ids = _ids(self._folder)
            for tracker in list(self._trackers):
                self._try(tracker, partial(self._start, tracker, ids))
            with suppress(UserError, OSError):
                write_text(self._folder / TRACKED, json.dumps(ids, indent=2) + "\n")
        super().phase(stretch)

    def _start(self, tracker: Tracker, ids: dict[str, str]) -> None:
        id = ids.get(tracker.title)
        ids[tracker.title] = tracker.start(replace(self._run, id=id))

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        before = self._fold + (f"restart-{epoch.restart}/" if self._restarts else "")
        values = {f"{before}{name}": value for name, value in epoch.values.items()}
        values |= {f"{before}learning_rate": epoch.learning_rate}
        for tracker in list(self._trackers):
            self._try(tracker, partial(tracker.figures, epoch.epoch, values))
        super().epoch(epoch, kept)

    def end(self) -> None:
        """Ends the run in each tracker, by what its folder says."""
        if not self._begun:
            return
        ended = _ended(self._folder)
        for tracker in list(self._trackers):
            self._try(tracker, partial(tracker.end, ended))

    def _try(self, tracker: Tracker, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            said = " ".join(str(error).split())[:300] or type(error).__name__
            self._trackers.remove(tracker)
            self.note(f"{tracker.title} keeps this run no longer: {said}")


def _ids(folder: RunFolder) -> dict[str, str]:
    """What trackers called the run that a folder holds."""
    try:
        found = json.loads((folder / TRACKED).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return (
        {str(k): v for k, v in found.items() if isinstance(v, str)}
        if isinstance(found, dict)
        else {}
    )


def _ended(folder: RunFolder) -> Ended:
    try:
        run = read_run(folder.path)
        figures: Mapping[str, float] = {
            **run.figures,
            **{TEST + name: value for name, value in run.test.items()},
        }
        ending = run.ending
    except UserError:
        figures, ending = {}, "unfinished"
    finite = {name: value for name, value in figures.items() if math.isfinite(value)}
    return Ended(ending, finite, list(_files(folder)))


def _files(folder: RunFolder) -> Iterator[tuple[Path, str]]:
    places = [(folder.path, "")]
    fold = 1
    while fold_folder(folder.path, fold).is_run:
        place = fold_folder(folder.path, fold).path
        places.append((place, place.name))
        fold += 1
    for place, inside in places:
        for name in KEPT:
            if (place / name).is_file():
                yield place / name, inside
