"""Cross-validation: a run for each fold, in a folder of its own, and their means."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path

from ...compiler.recipe.recipe import Recipe
from ..data.dataset import Dataset
from ..data.folds import Folds
from ..errors import UserError
from ..runs.files import FOLDS_TABLE
from ..runs.folder import RunFolder
from ..runs.folds import Fold, FoldResult, fold_folder, read_fold, spreads, write_folds
from ..runs.history import FINISHED, History
from .begin import UNFINISHED, begin_run, recipe_json, run_facts
from .begun import Begun
from .options import DEFAULT, RunOptions
from .outcome import Outcome
from .reported import reported
from .resumable import check_begun
from .run import train
from .save import unwritable


def train_recipe(
    recipe: Recipe, dataset: Dataset, folder: RunFolder | Path, options: RunOptions = DEFAULT
) -> Outcome:
    """Trains by a recipe: once, or, where it has `folds`, once for each of them.

    Raises UserError where `train` does, where the samples are too few for the folds, and for
    several workers with folds.
    """
    place = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    if recipe.folds is None:
        return train(recipe, dataset, place, options)
    # Who is refused leaves no folder: a lock's that holds nothing is removed again.
    with place.locked():
        if options.cluster is not None:
            raise UserError(
                "folds train one after another on one machine; several workers train without "
                "`folds`, such as with --set folds=none"
            )
        folds = Folds(recipe, dataset, recipe.folds)
        try:
            return _CrossValidation(recipe, dataset, folds, place, options).go()
        except OSError as error:
            raise unwritable(error, place) from error


class _CrossValidation:
    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        folds: Folds,
        folder: RunFolder,
        options: RunOptions,
    ) -> None:
        self.recipe, self.dataset, self.folds, self.folder = recipe, dataset, folds, folder
        self.options, self.times = options, dict(options.times)
        self.begun = Begun(recipe, dataset, folder, options.command)
        self.times.setdefault("start", time.time())

    def go(self) -> Outcome:
        """Trains the folds that are left, and writes what they came to."""
        resume, more = self.options.resume, False
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
            begin_run(self.begun, self._facts(UNFINISHED))
        results: list[FoldResult] = []
        for fold in range(1, len(self.folds) + 1):
            results.append(self._fold(fold, more))
            if not results[-1].complete:
                break
        return self._end(results)

    def _fold(self, fold: int, more: bool) -> FoldResult:
        """Trains a fold, or goes on with it; one that is complete is left as it is.

        With `more` the recipe has more epochs than when it was complete.
        """
        place = fold_folder(self.folder.path, fold)
        begun = self.options.resume and place.is_run
        if begun and not more:
            found = read_fold(place, fold)
            if found.complete:
                return found
        self.options.watch.fold(fold, len(self.folds))
        own = Fold(fold, len(self.folds), self.folds.split)
        options = replace(self.options, resume=begun, times={}, fold=own)
        train(self.recipe, self.folds.dataset(fold), place, options)
        return read_fold(place, fold)

    def _end(self, results: list[FoldResult]) -> Outcome:
        last = results[-1]
        ending = FINISHED if last.complete else last.ending
        outcome = Outcome(
            self.folder.path,
            ending,
            History(),
            kept=None,
            monitor="",
            agreement=None,
            notes=tuple(f"fold {one.fold}: {note}" for one in results for note in one.notes),
            seconds=sum(one.seconds for one in results),
            folds=tuple(results),
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
        facts = run_facts(self.begun, ending, self.times)
        return facts | {"folds": len(self.folds), "split": self.folds.split}

    def _report(self, outcome: Outcome) -> None:
        from ..report.folds import write_folds_report

        facts = reported(self.begun, outcome)
        write_folds_report(self.folder.path, facts, len(self.folds), outcome.folds)
