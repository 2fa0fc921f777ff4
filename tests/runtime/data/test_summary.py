"""What a dataset is said to hold, and which of its samples a sheet shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.dataset import Dataset, Numbered, Part
from netc.runtime.data.load import from_arrays
from netc.runtime.data.sheet import choose
from netc.runtime.data.summary import ClassCount, Range, class_counts, ranges


def dataset(folder: Path, ending: str, loss: str, y: np.ndarray, *classes: str) -> Dataset:
    file = folder / "net.net"
    file.write_text(f"net N(x: float32[N, 2]) -> y: [N, _] {{ return x -> {ending} }}\n")
    with file.open("a") as more:
        more.write(f"train N {{ loss = {loss} }}\n")
    recipe, analysis = check_recipe(file)
    assert recipe is not None, analysis.diagnostics
    x = np.array([[0, 5], [1, 7], [2, 9]])
    return from_arrays(recipe, (x, y), validation=(x[:1], y[:1]), classes=classes)


def test_a_class_without_samples_is_counted_too(tmp_path: Path) -> None:
    ending, loss = "Dense(3, activation=softmax)", "categorical_crossentropy"
    found = class_counts(dataset(tmp_path, ending, loss, np.array([1, 0, 1]), *"abc"), "y")
    assert found == (ClassCount("a", (1, 0)), ClassCount("b", (2, 1)), ClassCount("c", (0, 0)))


def test_ranges_are_those_of_the_training_part(tmp_path: Path) -> None:
    made = dataset(tmp_path, "Dense(1)", "mse", np.array([[3.0], [6.0], [-9.0]]))
    assert class_counts(made, "y") == ()
    assert ranges(made) == (Range("x[0]", 0, 1, 2), Range("x[1]", 5, 7, 9), Range("y", -9, 0, 6))


def test_a_sheet_shows_each_class_in_turn() -> None:
    labels = np.array([0] * 20 + [1] * 5 + [2], np.int32)
    part = Part("train", {}, {"y": labels}, Numbered("sample", range(26)))
    shown = choose(part, labels, 8, 0)
    assert labels[shown].tolist() == [0, 1, 2, 0, 1, 0, 1, 0]
    assert len(set(shown)) == 8
    assert choose(part, labels, 8, 0) == shown
    assert choose(part, labels, 8, 1) != shown
    assert sorted(choose(part, None, 30, 0)) == list(range(26))
