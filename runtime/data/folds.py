"""Cross-validation: the training samples in parts, one to validate what the others train."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np

from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from .dataset import Dataset
from .parts import class_labels, take
from .specs import target_specs
from .splits import fold_numbers


class Folds:
    """The folds of a dataset, which count from 1.

    Classes have the same proportions in each, where the first output that has classes has one a
    sample. The split depends on the seed of the recipe's `data` alone, or for arrays on the
    recipe's. Raises UserError where there are too few samples, or a validation part is given.
    """

    def __init__(self, recipe: Recipe, dataset: Dataset, count: int) -> None:
        if dataset.validation is not None:
            raise UserError(
                f"`{recipe.name}` has {count} folds, which validate on the training samples in "
                "turn, and the data have a validation part; give one of the two"
            )
        self._dataset, self._count = dataset, count
        labels = class_labels(dataset.train, target_specs(recipe))
        seed = int(getattr(recipe.data, "seed", recipe.seed))
        who = f"the training part of `{recipe.name}`"
        self.numbers = 1 + fold_numbers(
            who, len(dataset.train), labels, count, seed, dataset.classes
        )
        """The fold of each training sample, `[samples]`."""

    @property
    def split(self) -> str:
        """A digest of which sample is in which fold."""
        return sha256(self.numbers.astype("<i4").tobytes()).hexdigest()[:16]

    def __len__(self) -> int:
        return self._count

    def dataset(self, fold: int) -> Dataset:
        """The samples of one fold for validation, all others to train on; the test part stays."""
        whole = self._dataset.train
        own = self.numbers == fold
        return replace(
            self._dataset,
            train=take(whole, np.flatnonzero(~own), "train"),
            validation=take(whole, np.flatnonzero(own), "validation"),
        )
