"""Folds: which sample validates when. Classes are spread, nothing is in two, seeds decide."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.data.folds import Folds
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.data.splits import fold_numbers
from netc.runtime.errors import UserError

from ..train.small import CLASSES, LINEAR, class_data, line_data, recipe_of


@pytest.mark.parametrize(("count", "folds"), [(10, 5), (11, 5), (23, 4), (4, 4)])
def test_folds_differ_in_size_by_one_at_most(count: int, folds: int) -> None:
    sizes = np.bincount(fold_numbers("x", count, None, folds, seed=0), minlength=folds)
    assert sizes.sum() == count
    assert sizes.max() - sizes.min() <= 1


def test_each_class_is_spread_as_the_samples_are() -> None:
    labels = np.repeat(np.arange(3, dtype=np.int32), [50, 11, 7])
    np.random.default_rng(0).shuffle(labels)
    found = fold_numbers("x", len(labels), labels, 5, seed=0)
    for label in range(3):
        sizes = np.bincount(found[labels == label], minlength=5)
        assert sizes.max() - sizes.min() <= 1
    sizes = np.bincount(found)
    assert sizes.max() - sizes.min() <= 1


def test_a_seed_gives_the_same_folds_each_time_and_another_one_others() -> None:
    labels = np.arange(60, dtype=np.int32) % 3
    one, same, other = (fold_numbers("x", 60, labels, 5, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    # Not in the order of the samples, in which data often are sorted.
    assert (fold_numbers("x", 60, None, 5, 0) != np.arange(60) % 5).any()


def test_what_cannot_be_split_so_is_refused() -> None:
    with pytest.raises(UserError, match="data: 5 folds of 4 samples leave some without one"):
        fold_numbers("data", 4, None, 5, 0)
    labels = np.repeat(np.arange(2, dtype=np.int32), [20, 4])
    with pytest.raises(UserError, match="data: the samples of class `rare` are only 4, too few f"):
        fold_numbers("data", 24, labels, 5, 0, ("often", "rare"))


def test_folds_of_a_dataset_cover_it_and_share_nothing(tmp_path: Path) -> None:
    recipe = recipe_of(
        tmp_path, CLASSES, "loss = sparse_categorical_crossentropy\nfolds = 4\nseed = 3"
    )
    x, y = class_data()
    folds = Folds(recipe, from_arrays(recipe, (x, y)), 4)
    seen = []
    for fold in range(1, 5):
        made = folds.dataset(fold)
        assert made.validation is not None
        train, own = made.train.inputs["x"], made.validation.inputs["x"]
        assert isinstance(train, np.ndarray)
        assert isinstance(own, np.ndarray)
        assert len(train) + len(own) == len(x)
        both = {row.tobytes() for row in train} & {row.tobytes() for row in own}
        assert not both
        seen += list(own)
        counts = np.bincount(made.validation.targets["probs"], minlength=3)
        assert (np.abs(counts - np.bincount(y) / 4) < 1).all()
    assert {row.tobytes() for row in seen} == {row.tobytes() for row in x}


def test_the_seed_is_that_of_the_data(tmp_path: Path) -> None:
    x, y = line_data()
    np.savez(tmp_path / "data.npz", x=x, y=y)
    found = {}
    for data, seed in ((1, 0), (1, 9), (2, 0)):
        text = f'data = npz("data.npz", seed={data})\nloss = mse\nfolds = 3\nseed = {seed}'
        recipe = recipe_of(tmp_path, LINEAR, text)
        found[data, seed] = Folds(recipe, load_data(recipe), 3).split
    assert found[1, 0] == found[1, 9] != found[2, 0]


def test_a_validation_part_beside_folds_is_refused(tmp_path: Path) -> None:
    """That of arrays, or of a file that holds one, is seen with the data only."""
    x, y = line_data()
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_val=x, y_val=y)
    recipe = recipe_of(tmp_path, LINEAR, 'data = npz("data.npz")\nloss = mse\nfolds = 3')
    with pytest.raises(UserError, match="`Line` has 3 folds, which validate on the training"):
        Folds(recipe, load_data(recipe), 3)
