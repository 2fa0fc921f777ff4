"""Outputs are read as the loss means them: probabilities, logits, scores around 0, values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.load import from_arrays
from netc.runtime.report.reading import Classified, classified, estimated

THREE = np.array([[2.0, 0.0, -1.0], [0.0, 3.0, 1.0], [1.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
SHARES = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2]])
ONE = np.array([[-2.0], [0.5], [0.0], [3.0]])


def read(
    folder: Path, units: int, ending: str, loss: str, outputs: np.ndarray, names: tuple[str, ...]
) -> Classified | None:
    """What a net of one layer that gives these outputs says of four samples of class 1."""
    file = folder / "read.net"
    file.write_text(
        f"net N(x: float32[N, 2]) -> y: [N, {units}] {{ return x -> Dense({units}{ending}) }}\n"
        f"train N {{ loss = {loss} }}\n"
    )
    recipe, analysis = check_recipe(file)
    assert recipe is not None, analysis.diagnostics
    part = from_arrays(recipe, (np.zeros((4, 2)), np.ones(4, int))).train
    return classified(recipe, part, {"y": outputs.astype(np.float32)}, names)


def scores(made: Classified | None) -> np.ndarray:
    assert made is not None
    assert made.truth.tolist() == [1, 1, 1, 1]
    assert made.single
    np.testing.assert_array_equal(made.predicted, made.scores.argmax(axis=1))
    return made.scores


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_probabilities_are_taken_as_they_are(tmp_path: Path, loss: str) -> None:
    made = read(tmp_path, 3, ", activation=softmax", loss, SHARES, ("a", "b", "c"))
    np.testing.assert_allclose(scores(made), SHARES, rtol=1e-6)
    assert made is not None
    assert (made.output, made.classes) == ("y", ("a", "b", "c"))
    assert made.accuracy == 0.25


def test_logits_become_probabilities(tmp_path: Path) -> None:
    loss = "SparseCategoricalCrossentropy(from_logits=true)"
    powers = np.exp(THREE)
    wanted = powers / powers.sum(axis=1, keepdims=True)
    made = read(tmp_path, 3, "", loss, THREE, ())
    np.testing.assert_allclose(scores(made), wanted, rtol=1e-6)
    assert made is not None
    assert made.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("ending", "loss", "outputs", "wanted"),
    [
        (", activation=sigmoid", "binary_crossentropy", SHARES[:, :1], SHARES[:, 0]),
        ("", "BinaryCrossentropy(from_logits=true)", ONE, 1 / (1 + np.exp(-ONE[:, 0]))),
        ("", "hinge", ONE, [0, 0.75, 0.5, 1]),
    ],
)
def test_one_unit_tells_two_classes(
    tmp_path: Path, ending: str, loss: str, outputs: np.ndarray, wanted: np.ndarray
) -> None:
    found = scores(read(tmp_path, 1, ending, loss, outputs, ("no", "yes")))
    np.testing.assert_allclose(found[:, 1], wanted, rtol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_large_logits_do_not_overflow(tmp_path: Path) -> None:
    loss = "BinaryCrossentropy(from_logits=true)"
    far = np.array([[-1e4], [1e4], [-1e4], [1e4]])
    np.testing.assert_array_equal(
        scores(read(tmp_path, 1, "", loss, far, ()))[:, 1], [0.0, 1.0, 0.0, 1.0]
    )


def test_values_are_no_classes(tmp_path: Path) -> None:
    assert read(tmp_path, 1, "", "mean_squared_error", ONE, ()) is None
    recipe, _ = check_recipe(tmp_path / "read.net")
    assert recipe is not None
    part = from_arrays(recipe, (np.zeros((4, 2)), ONE)).train
    found = estimated(recipe, part, {"y": ONE + 1})
    assert found is not None
    np.testing.assert_allclose(found.predicted - found.truth, np.ones((4, 1)))


def test_shares_between_no_and_yes_are_values(tmp_path: Path) -> None:
    loss = "BinaryCrossentropy(from_logits=true)"
    assert read(tmp_path, 1, "", loss, ONE, ()) is not None
    recipe, _ = check_recipe(tmp_path / "read.net")
    assert recipe is not None
    shares = SHARES[:, :1].astype(np.float32)
    part = from_arrays(recipe, (np.zeros((4, 2)), shares)).train
    assert classified(recipe, part, {"y": ONE}, ()) is None
    found = estimated(recipe, part, {"y": ONE})
    assert found is not None
    np.testing.assert_allclose(found.truth, shares)
    np.testing.assert_allclose(found.predicted, 1 / (1 + np.exp(-ONE)), rtol=1e-6)
