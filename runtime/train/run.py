"""One run: from a recipe and its data to a folder of models, history and report."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ...compiler.ops.base.declare import Refusal
from ...compiler.recipe.recipe import Recipe
from ..cache.place import OFF
from ..data.dataset import Dataset, prepare
from ..data.decode import picture_faults
from ..data.share import WHOLE, Share
from ..data.taught_steps import outputs_with_steps
from ..errors import UserError
from ..infer.keras_module import import_keras
from ..infer.preprocess import saved_net
from ..runs.facts import Agreement
from ..runs.files import FINAL_STATE, LOGS, OLDER_STATE, STATE
from ..runs.folder import RunFolder
from ..runs.history import COMPLETE, INTERRUPTED
from .begin import UNFINISHED, begin_run, recipe_json, run_facts
from .begun import Begun
from .checkpoint import load_checkpoint, sound_checkpoint
from .cluster import Cluster
from .interrupt import CLOSING, Interrupt
from .keras_settings import keras_settings
from .keras_types import Keras
from .limits import tensorflow_limits
from .loading import SHOWN
from .options import DEFAULT, RunOptions
from .outcome import Outcome
from .reported import reported
from .resumable import check_resumable
from .save import unwritable, write_figures
from .workers import Workers, join, share_state

if TYPE_CHECKING:
    from ..features.keep import Keeper
    from .loop import Loop


def train(
    recipe: Recipe, dataset: Dataset, folder: RunFolder | Path, options: RunOptions = DEFAULT
) -> Outcome:
    """Trains by a recipe and writes the run folder; a first Ctrl-C ends it in good order.

    Raises UserError where weights do not load, the folder is taken, the disk is full or a worker
    goes away.
    """
    if options.embed:
        saved_net(recipe.checked, recipe.preprocessing, embed=True)
    if options.cluster is not None and not options.cluster.chief:
        options = replace(options, resume=False, tensorboard=False)
        with TemporaryDirectory(prefix="netc-worker-") as scratch:
            return _Run(recipe, dataset, RunFolder(Path(scratch)), options).go()
    place = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    with place.locked():
        try:
            return _Run(recipe, dataset, place, options).go()
        except OSError as error:
            raise unwritable(error, place) from error


class _Run:
    def __init__(
        self, recipe: Recipe, dataset: Dataset, folder: RunFolder, options: RunOptions
    ) -> None:
        self.recipe, self.dataset, self.folder, self.options = recipe, dataset, folder, options
        self.watch, self.times = options.watch, dict(options.times)
        self.begun = Begun(recipe, dataset, folder, options.command)
        self.clock = time.monotonic()
        self.before = 0.0

    def go(self) -> Outcome:
        """Trains, and writes everything."""
        from .initial import InitialWeights, loaded_layers

        recipe, cluster, resume = self.recipe, self.options.cluster, self.options.resume
        loaded = loaded_layers(recipe)
        self.watch.loading(loaded.lines(SHOWN))
        for note in loaded.notes:
            self.watch.note(note)
        self.times.setdefault("start", time.time())
        if resume:
            self._go_on()
        prepare(self.dataset)
        self._require_trainable()
        workers = None if cluster is None else self._join(cluster)
        if not resume:
            self._begin()
        keras: Keras = import_keras()
        self.times["keras"] = time.time()
        from .feed import Feed
        from .loop import Loop

        if self.options.tensorboard:
            from .tensorboard import Logs

            self.watch = Logs(self.folder / LOGS, self.watch)
        checkpoint = None
        if workers is not None:
            share_state(workers, self.folder / STATE, resume)
        if (resume or workers is not None) and (self.folder / STATE).exists():
            checkpoint = load_checkpoint(self.folder / STATE)
            self.before = checkpoint.position.seconds
        with keras_settings(keras, recipe), Interrupt() as interrupt:
            share = WHOLE if cluster is None else Share(cluster.index, len(cluster))
            feed = Feed(recipe, self.dataset, share)
            fitted = feed.fitted()
            loop = Loop(
                keras,
                recipe,
                feed,
                self.folder,
                self.watch,
                lambda restart: InitialWeights(recipe.seed + restart - 1, loaded.layers, fitted),
                interrupt,
                checkpoint=checkpoint,
                workers=workers,
                keeper=self._keeper(interrupt),
            )
            with tensorflow_limits(recipe), picture_faults():
                loop.run()
            if loop.first_step is not None:
                self.times["first_step"] = loop.first_step
            self.times["trained"] = time.time()
            if interrupt.wanted and loop.reason != INTERRUPTED:
                self.watch.note(CLOSING)
            self.watch.closing()
            chief = cluster is None or cluster.chief
            agreement = self._models(keras, loop) if chief else None
        return self._end(loop, agreement)

    def _require_trainable(self) -> None:
        """Raises UserError where the data, or several machines, do not go with the recipe."""
        if self.options.cluster is None:
            return
        if self.recipe.jit:
            raise UserError("jit = true compiles for one machine; several train without it")
        for phase in self.recipe.phases:
            with_steps = outputs_with_steps(self.recipe, phase, self.dataset.train)
            if with_steps and len(with_steps) < len(phase.heads):
                names = [head.output for head in phase.heads]
                other = next(name for name in names if name not in with_steps)
                raise UserError(
                    f"`{with_steps[0]}` is taught at each step and `{other}` once a sequence: "
                    "workers have unequal shares of the two; such recipes train on one machine"
                )

    def _join(self, cluster: Cluster) -> Workers:
        workers = join(cluster, self.watch.note)
        workers.agree(self.recipe, self.dataset)
        return workers

    def _go_on(self) -> None:
        """Makes the run of the folder ready to go on. Raises UserError where it cannot."""
        recipe = self.recipe
        if check_resumable(self.folder, recipe_json(recipe), recipe.trained, self.dataset):
            self._begin()
            (self.folder / FINAL_STATE).replace(self.folder / STATE)
        damaged = sound_checkpoint(self.folder / STATE)
        if damaged is not None:
            self.watch.note(damaged)

    def _keeper(self, interrupt: Interrupt) -> Keeper | None:
        """What keeps the features of frozen layers, if that is wanted."""
        if not self.options.cache or os.environ.get(OFF):
            return None
        from ..features.keep import Keeper

        watch = self.watch

        def extracting(done: int, total: int) -> bool:
            watch.extracting(done, total)
            return not interrupt.wanted

        return Keeper(self.recipe, self.dataset, watch.features, extracting)

    def _begin(self) -> None:
        """Writes what is known before the first step."""
        begin_run(self.begun, self._facts(UNFINISHED))

    def _models(self, keras: Keras, loop: Loop) -> Agreement | None:
        from .finish import compare, write_models

        weights = loop.winner
        if weights is None:
            return None
        try:
            write_figures(self.folder, loop.history)
            model = write_models(
                keras, self.recipe, self.dataset, self.folder, weights, embed=self.options.embed
            )
        except Refusal as fault:
            self.watch.note(f"no ONNX model: {fault.message}")
            return None
        return compare(model, self.recipe, self.dataset, self.folder)

    def _end(self, loop: Loop, agreement: Agreement | None) -> Outcome:
        seconds = self.before + time.monotonic() - self.clock
        position = loop.position
        ending, kept = loop.reason, position.winner
        outcome = Outcome(
            self.folder.path,
            ending,
            loop.history,
            kept=kept,
            monitor=kept.monitor if kept is not None else "",
            agreement=agreement,
            notes=tuple(loop.notes),
            seconds=seconds,
        )
        judged = self._report(outcome)
        self.folder.write_facts(
            self._facts(ending)
            | {
                "seconds": round(seconds, 3),
                "kept": asdict(outcome.kept) if outcome.kept else None,
                "monitor": outcome.monitor,
                "endings": [asdict(each) for each in position.endings],
                "agreement": asdict(agreement) if agreement else None,
                "judged": judged,
                "notes": list(outcome.notes),
            }
        )
        if ending in COMPLETE:
            (self.folder / OLDER_STATE).unlink(missing_ok=True)
            if (self.folder / STATE).exists():
                (self.folder / STATE).replace(self.folder / FINAL_STATE)
        return outcome

    def _facts(self, ending: str) -> dict[str, object]:
        facts = run_facts(self.begun, ending, self.times)
        return facts if self.options.fold is None else facts | self.options.fold.facts

    def _report(self, outcome: Outcome) -> dict[str, object] | None:
        """Writes the report; returns the final figures, as `run.json` holds them."""
        from ..report.write import write_report

        facts = reported(self.begun, outcome)
        try:
            judged = write_report(self.folder.path, facts, self.dataset)
        except UserError as error:
            self.watch.note(f"no report: {error}")
            return None
        if judged is None:
            return None
        return {"part": judged.part, "samples": judged.samples, "metrics": dict(judged.values)}
