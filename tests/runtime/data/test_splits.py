"""Splits: seeded, disjoint, complete, and class by class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netc.runtime.data.splits import split
from netc.runtime.errors import UserError


@settings(deadline=None)
@given(
    st.lists(st.integers(20, 60), min_size=1, max_size=5),
    st.sampled_from([0.1, 0.2, 0.5]),
    st.sampled_from([0, 0.25]),
    st.integers(-3, 3),
)
def test_parts_are_disjoint_complete_and_in_proportion(
    counts: list[int], validation: float, test: float, seed: int
) -> None:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    found = split("x", len(labels), labels, (validation, test), seed)
    parts = (found.train, found.validation, found.test)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(labels)))
    for part, share in zip(parts, (1 - validation - test, validation, test), strict=True):
        assert np.array_equal(part, np.sort(part))
        for label, count in enumerate(counts):
            assert abs((labels[part] == label).sum() - share * count) <= 1


def test_the_seed_decides() -> None:
    labels = np.arange(100) % 4
    first, again, other = (split("x", 100, labels, (0.2, 0), seed) for seed in (5, 5, 6))
    assert np.array_equal(first.validation, again.validation)
    assert not np.array_equal(first.validation, other.validation)


def test_a_new_class_leaves_the_split_of_the_others() -> None:
    few, more = np.repeat([0, 1], 20), np.repeat([0, 1, 2], 20)
    before = split("x", 40, few, (0.2, 0), 0).validation
    after = split("x", 60, more, (0.2, 0), 0).validation
    assert np.array_equal(before, after[after < 40])


def test_values_are_split_as_a_whole() -> None:
    found = split("x", 10, None, (0.2, 0.3), 0)
    assert [len(part) for part in (found.train, found.validation, found.test)] == [5, 2, 3]


def test_a_class_too_small_to_split_is_named() -> None:
    labels = np.array([0] * 10 + [1, 1])
    with pytest.raises(UserError, match=r"samples of class `rare` are only 2, too few.*validation"):
        split("pets", 12, labels, (0.2, 0), 0, ("common", "rare"))
    with pytest.raises(UserError, match="samples of class 1 are only 2"):
        split("pets", 12, labels, (0.2, 0), 0)
    with pytest.raises(UserError, match="pets: the samples are only 2, too few"):
        split("pets", 2, None, (0.1, 0), 0)


def test_something_is_left_to_train_on() -> None:
    with pytest.raises(UserError, match=r"validation_split=0\.5 and test_split=0\.5 leave nothing"):
        split("x", 10, None, (0.5, 0.5), 0)
