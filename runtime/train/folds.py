"""Cross-validation: a run for each fold, in a folder of its own, and their means."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from ...compiler.recipe.recipe import Recipe
from ..data.dataset import Dataset
from ..data.folds import Folds
from ..errors import UserError
from ..runs.facts import Facts
from ..runs.files import FOLDS_TABLE, RECIPE_TEXT
from ..runs.folder import RunFolder
from ..runs.folds import Fold, FoldResult, fold_folder, read_fold, spreads, write_folds
from ..runs.history import FINISHED, History
from .begin import UNFINISHED, begin_run, recipe_json, run_facts
from .cluster import Cluster
from .machine import machine, versions
from .outcome import Outcome
from .resumable import check_begun, samples
from .run import train
from .save import unwritable
from .watch import Watch


def train_recipe(
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder | Path,
    *,
    resume: bool = False,
    watch: Watch | None = None,
    command: tuple[str, ...] = (),
    times: Mapping[str, float] | None = None,
    tensorboard: bool = False,
    cluster: Cluster | None = None,
    embed: bool = False,
    cache: bool = True,
) -> Outcome:
    """Trains by a recipe: once, or, where it has `folds`, once for each of them.

    The options are those of `train`. Raises UserError where that does, where the samples are too
    few for the folds, and for several workers with folds.
    """
    place = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    if recipe.folds is None:
        return train(
            recipe,
            dataset,
            place,
            resume=resume,
            watch=watch,
            command=command,
            times=times,
            tensorboard=tensorboard,
            cluster=cluster,
            embed=embed,
            cache=cache,
        )
    # Who is refused leaves no folder: a lock's that holds nothing is removed again.
    with place.locked():
        if cluster is not None:
            raise UserError(
                "folds train one after another on one machine; several workers train without "
                "`folds`, such as with --set folds=none"
            )
        folds = Folds(recipe, dataset, recipe.folds)
        run = _CrossValidation(
            recipe, dataset, folds, place, watch or Watch(), command, dict(times or {})
        )
        try:
            return run.go(resume=resume, tensorboard=tensorboard, embed=embed, cache=cache)
        except OSError as error:
            raise unwritable(error, place) from error


class _CrossValidation:
    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        folds: Folds,
        folder: RunFolder,
        watch: Watch,
        command: tuple[str, ...],
        times: dict[str, float],
    ) -> None:
        self.recipe, self.dataset, self.folds, self.folder = recipe, dataset, folds, folder
        self.watch, self.command, self.times = watch, command, times
        self.started = datetime.now().astimezone()
        self.times.setdefault("start", time.time())

    def go(self, *, resume: bool, tensorboard: bool, embed: bool, cache: bool) -> Outcome:
        """Trains the folds that are left, and writes what they came to."""
        more = False
        if resume:
            more = check_begun(
                self.folder, recipe_json(self.recipe), self.recipe.trained, self.dataset
            )
            if self.folder.facts.get("split") != self.folds.split:
                raise UserError(
                    f"{self.folder.path}: the run began with other folds: the classes of its "
                    "samples have changed; start a new run, or put them back"
                )
        if more or not resume:
            begin_run(self.folder, self.recipe, self._facts(UNFINISHED))
        results: list[FoldResult] = []
        for fold in range(1, len(self.folds) + 1):
            results.append(self._fold(fold, resume, more, tensorboard, embed, cache))
            if not results[-1].complete:
                break
        return self._end(results)

    def _fold(
        self, fold: int, resume: bool, more: bool, tensorboard: bool, embed: bool, cache: bool
    ) -> FoldResult:
        """Trains a fold, or goes on with it; one that is complete is left as it is."""
        place = fold_folder(self.folder.path, fold)
        begun = resume and place.is_run
        if begun and not more:
            found = read_fold(place, fold)
            if found.complete:
                return found
        self.watch.fold(fold, len(self.folds))
        train(
            self.recipe,
            self.folds.dataset(fold),
            place,
            resume=begun,
            watch=self.watch,
            command=self.command,
            tensorboard=tensorboard,
            embed=embed,
            cache=cache,
            fold=Fold(fold, len(self.folds), self.folds.split),
        )
        return read_fold(place, fold)

    def _end(self, results: list[FoldResult]) -> Outcome:
        last = results[-1]
        ending = FINISHED if last.complete else last.ending
        outcome = Outcome(
            self.folder.path,
            ending,
            History(),
            None,
            "",
            None,
            tuple(f"fold {one.fold}: {note}" for one in results for note in one.notes),
            sum(one.seconds for one in results),
            tuple(results),
        )
        write_folds(self.folder / FOLDS_TABLE, results)
        self._report(outcome)
        found = spreads([one.values for one in results])
        self.folder.write_facts(
            self._facts(ending)
            | {
                "seconds": round(outcome.seconds, 3),
                "kept": None,
                "results": [asdict(one) | {"folder": one.folder.name} for one in results],
                "mean": {name: each.mean for name, each in found.items()},
                "deviation": {name: each.deviation for name, each in found.items()},
                "notes": list(outcome.notes),
            }
        )
        return outcome

    def _facts(self, ending: str) -> dict[str, object]:
        facts = run_facts(self.recipe, self.dataset, ending, self.started, self.command, self.times)
        return facts | {"folds": len(self.folds), "split": self.folds.split}

    def _report(self, outcome: Outcome) -> None:
        from ..report.folds import write_folds_report

        facts = Facts(
            recipe=self.recipe,
            history=outcome.history,
            resolved=(self.folder / RECIPE_TEXT).read_text(encoding="utf-8"),
            started=self.started.strftime("%Y-%m-%d %H:%M"),
            seconds=outcome.seconds,
            command=self.command,
            versions=versions(),
            machine=machine(),
            samples=samples(self.dataset),
            notes=outcome.notes,
        )
        write_folds_report(self.folder.path, facts, len(self.folds), outcome.folds)
