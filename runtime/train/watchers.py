"""Early stopping, a falling rate and the best epoch: Keras's callbacks, with a state to save."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias, cast

from ...compiler.recipe.objects.callbacks import Best
from ...compiler.recipe.recipe import Phase
from ..runs.history import VALIDATION
from .keras_types import Callback, Keras, Model

Counters: TypeAlias = "dict[str, float | int | None]"

FIELDS = ("wait", "stopped_epoch", "best", "best_epoch", "cooldown_counter")
FOREVER = 1 << 40
BEFORE = -1
"""The best epoch of a phase in which no epoch is better than what it began with."""


class Watchers:
    """What looks at the figures of an epoch's end, in one phase.

    They are Keras's own callbacks, so that what counts as better is what Keras says.
    """

    def __init__(self, keras: Keras, phase: Phase, model: Model) -> None:
        self._model, self._phase = model, phase
        self._all: dict[str, Callback] = {}
        if phase.stop is not None:
            self._all["stop"] = cast("Callback", phase.stop.keras_object(keras))
        if phase.plateau is not None:
            self._all["plateau"] = cast("Callback", phase.plateau.keras_object(keras))
        if isinstance(phase.keep, Best):
            keep = keras.callbacks.EarlyStopping(
                phase.keep.monitor, patience=FOREVER, mode=phase.keep.mode
            )
            self._all["keep"] = keep
        model.stop_training = False
        for watcher in self._all.values():
            watcher.set_model(model)
            watcher.on_train_begin()

    def epoch_end(self, index: int, values: Mapping[str, float]) -> bool:
        """Shows the figures of an epoch (from 0, in the phase); whether its weights are kept."""
        for watcher in self._all.values():
            if not math.isnan(values.get(watcher.monitor, 0.0)):
                watcher.on_epoch_end(index, dict(values))
        keep = self._all.get("keep")
        return keep is None or (keep.best is not None and keep.best_epoch == index)

    def begin_from(self, value: float) -> None:
        """Lets the weights that a phase begins with compete: only what is better is kept."""
        keep = self._all.get("keep")
        if keep is not None and not math.isnan(value):
            keep.best, keep.best_epoch = value, BEFORE

    @property
    def stopped(self) -> bool:
        """Whether training is to stop."""
        return bool(self._model.stop_training)

    def counters(self) -> dict[str, Counters]:
        """The counters of each."""
        return {
            name: {
                field: _plain(getattr(watcher, field))
                for field in FIELDS
                if hasattr(watcher, field)
            }
            for name, watcher in self._all.items()
        }

    def restore(self, state: Mapping[str, Counters], stopped: bool) -> None:
        """Sets the counters; `stopped` holds only while the patience of now is used up."""
        for name, watcher in self._all.items():
            for field, value in state[name].items():
                setattr(watcher, field, value)
        stop = self._phase.stop
        patient = stop is not None and float(state["stop"]["wait"] or 0) < stop.patience
        self._model.stop_training = stopped and not patient


def improves(keras: Keras, keep: Best, value: float, than: float) -> bool:
    """Whether one figure of what a recipe keeps by is better than another."""
    if math.isnan(value) or math.isnan(than):
        return math.isnan(than) and not math.isnan(value)
    judge = keras.callbacks.EarlyStopping(keep.monitor, patience=FOREVER, mode=keep.mode)
    judge.on_train_begin()
    judge.on_epoch_end(0, {keep.monitor: than})
    judge.on_epoch_end(1, {keep.monitor: value})
    return bool(judge.best_epoch == 1)


def watches_training(phase: Phase) -> bool:
    """Whether a phase stops, slows down or keeps by a figure of the training part."""
    watching = (phase.stop, phase.plateau, phase.keep if isinstance(phase.keep, Best) else None)
    return any(w is not None and not w.monitor.startswith(VALIDATION) for w in watching)


def monitored(phase: Phase, values: Mapping[str, float]) -> str:
    """The figure that a phase's kept weights are judged by."""
    if isinstance(phase.keep, Best):
        return phase.keep.monitor
    return "val_loss" if "val_loss" in values else "loss"


def _plain(value: float | int | None) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    return float(value)
