"""Top classes of a classifier, with names where the model keeps them."""

from __future__ import annotations

import numpy as np
import pytest
from netc.runtime.errors import UserError
from netc.runtime.files.tensors import TensorSpec
from netc.runtime.infer.classify import (
    are_probabilities,
    both_sides,
    class_names,
    classes_metadata,
    is_classifier,
    tells_two_apart,
    top,
)


def test_the_best_come_first_with_their_names() -> None:
    (row,) = top(np.array([[0.1, 0.7, 0.2]]), 2, ["cat", "dog", "frog"])
    assert [(p.name, p.index, round(p.score, 3)) for p in row] == [
        ("dog", 1, 0.7),
        ("frog", 2, 0.2),
    ]


def test_one_unit_with_two_names_is_the_probability_of_the_second() -> None:
    unit = TensorSpec("prob", "float32", (None, 1))
    assert tells_two_apart([unit], ["cat", "dog"])
    assert not tells_two_apart([unit], [])
    assert not tells_two_apart([unit, unit], ["cat", "dog"])
    assert not tells_two_apart([TensorSpec("x", "float32", (None, 2))], ["cat", "dog"])
    rows = both_sides(np.array([[0.25], [1.0]]))
    assert rows.tolist() == [[0.75, 0.25], [0.0, 1.0]]
    assert not are_probabilities(both_sides(np.array([[2.0]]))), "raw scores stay raw"


def test_fewer_classes_than_asked_for() -> None:
    assert [len(row) for row in top(np.zeros((2, 3)))] == [3, 3]


def test_equal_scores_keep_the_order_of_the_classes_and_nan_is_last() -> None:
    (row,) = top(np.array([[1.0, np.nan, 1.0, 2.0]]))
    assert [p.index for p in row] == [3, 0, 2, 1]


def test_names_must_be_as_many_as_classes() -> None:
    with pytest.raises(UserError, match="names 2 classes, but its output has 3"):
        top(np.zeros((1, 3)), 5, ["a", "b"])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0.5, 0.5], [1.0, 0.0]], True),
        ([[0.5, 0.4]], False),
        ([[1.5, -0.5]], False),
        ([[np.nan, 1.0]], False),
        ([[np.inf, 1.0]], False),
        (np.zeros((0, 3)), False),
    ],
)
def test_probabilities_are_rows_that_sum_to_one(rows: list[list[float]], expected: bool) -> None:
    assert are_probabilities(np.array(rows)) is expected


@pytest.mark.parametrize(
    ("dtype", "shape", "expected"),
    [
        ("float32", (None, 10), True),
        ("float32", (1, None), True),
        ("float32", (None, 1), False),
        ("float32", (None, 8, 8, 3), False),
        ("int64", (None, 10), False),
    ],
)
def test_a_classifier_has_one_row_of_scores_a_sample(
    dtype: str, shape: tuple[int | None, ...], expected: bool
) -> None:
    assert is_classifier([TensorSpec("y", dtype, shape)]) is expected


def test_two_outputs_are_no_classifier() -> None:
    spec = TensorSpec("y", "float32", (None, 10))
    assert not is_classifier([spec, spec])


def test_names_travel_in_metadata() -> None:
    assert class_names(classes_metadata(["chien", "écureuil"])) == ("chien", "écureuil")
    assert class_names({}) == ()


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", '"a"', "[" * 100_000])
def test_broken_names_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="not a JSON list of strings"):
        class_names({"netc.classes": text})
