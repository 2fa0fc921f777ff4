"""The loss and metrics of whole parts of the data, with the weights as they are at that moment."""

from __future__ import annotations

from ...compiler.recipe.recipe import Phase
from ..data.dataset import Part
from ..runs.history import VALIDATION
from .feed import Feed
from .keras_types import Batches
from .trainer import Trainer


class Evaluation:
    """Evaluates the parts of a run in one phase, as Keras's `evaluate` does."""

    def __init__(self, feed: Feed, phase: Phase, trainer: Trainer) -> None:
        self._feed, self._phase, self._trainer = feed, phase, trainer
        self._batches: dict[str, Batches] = {}

    def training(self) -> dict[str, float]:
        """The figures of the training part: no augmentation, no dropout, no class weights.

        Samples count by their weights.
        """
        return self._measured(self._feed.dataset.train)

    def validation(self) -> dict[str, float]:
        """The figures of the validation part, `val_` before their names; none where it is none."""
        part = self._feed.dataset.validation
        found = {} if part is None else self._measured(part)
        return {f"{VALIDATION}{name}": value for name, value in found.items()}

    def _measured(self, part: Part) -> dict[str, float]:
        if part.name not in self._batches:
            self._batches[part.name] = self._feed.evaluation(self._phase, part)
        return self._trainer.evaluate(self._batches[part.name])
