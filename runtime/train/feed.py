"""What training asks of the data: batches to train on, batches to evaluate, augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Phase, Recipe
from ..data.augment import Augmenter
from ..data.batches import evaluation_batches, steps, training_batches
from ..data.dataset import Dataset, Part
from ..data.normalize import adapted
from ..data.share import WHOLE, Share
from ..features.compute import Kept
from .keras_types import Augmentation, Batches


class Feed:
    """The data of a run as batches `(inputs, targets)` or `(inputs, targets, weights)`."""

    def __init__(self, recipe: Recipe, dataset: Dataset, share: Share = WHOLE) -> None:
        self.recipe, self.dataset, self.share = recipe, dataset, share

    def steps(self, phase: Phase) -> int:
        """Steps of an epoch; its last one may be of fewer batches."""
        return -(-self.batches(phase) // phase.accumulate)

    def batches(self, phase: Phase) -> int:
        """Batches of an epoch."""
        return steps(self.dataset.train, phase.batch)

    def training(self, phase: Phase, restart: int, epoch: int) -> Batches:
        """Endless training batches from an epoch of the restart (from 1) on."""
        batches: Batches = training_batches(
            self.dataset.train,
            self.recipe,
            phase,
            restart=restart,
            epoch=epoch,
            share=self.share,
        )
        return batches

    def evaluation(self, phase: Phase, part: Part) -> Batches:
        """All samples of a part once, in order."""
        batches: Batches = evaluation_batches(
            part, self.recipe, phase.heads, phase.batch, self.share
        )
        return batches

    def augmenter(self, phase: Phase, restart: int) -> Augmentation | None:
        """What changes a training batch at random, with the variables it draws from; or None."""
        if not phase.augment:
            return None
        part = self.dataset.train
        return Augmenter(self.recipe, phase, restart, part.preprocessing, part.copies)

    def fitted(self) -> Mapping[str, Array]:
        """Weights that are learned from the training part before training, by their names."""
        return adapted(self.recipe.trained, self.dataset.train)


class FeatureFeed(Feed):
    """The data of a phase whose frozen layers have run: features in the place of inputs."""

    def __init__(self, feed: Feed, kept: Kept) -> None:
        super().__init__(feed.recipe, feed.dataset, feed.share)
        self.kept = kept

    def training(self, phase: Phase, restart: int, epoch: int) -> Batches:
        """As Feed has it; a phase that augments goes round the passes that are kept."""
        batches: Batches = training_batches(
            self.kept.train,
            self.recipe,
            replace(phase, augment=()),
            restart=restart,
            epoch=epoch,
            share=self.share,
            passes=self.kept.passes,
        )
        return batches

    def evaluation(self, phase: Phase, part: Part) -> Batches:
        """All samples of a part once, in order."""
        return super().evaluation(phase, self.kept.parts[part.name])

    def augmenter(self, phase: Phase, restart: int) -> Augmentation | None:
        """None: what is kept is augmented already."""
        return None
