"""Normalization layers learn their mean and variance from the training part, as in Keras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.source_pictures import image_folder
from netc.runtime.data.decode import Pictures
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.data.normalize import adapted

from .recipes import folder, recipe

TABLE = (
    "net N(x: float32[N, 3]) -> y: [N, 1]"
    " { return x -> Normalization as scale -> Dense(1) -> Normalization as late }"
)
ROWS = np.random.default_rng(0).normal((5, -2, 1e4), (1, 0.1, 30), (700, 3)).astype(np.float32)


def test_only_the_training_part_is_learned_from() -> None:
    made = recipe(TABLE, "values")
    y = np.zeros(700)
    found = adapted(made.checked, from_arrays(made, (ROWS, y), (ROWS + 100, y)).train)
    assert set(found) == {"scale/mean", "scale/variance"}, "`late` sees what Dense makes"
    assert found["scale/mean"] == pytest.approx(ROWS.mean(axis=0, dtype=float))
    assert found["scale/variance"] == pytest.approx(ROWS.var(axis=0, dtype=float), rel=1e-4)


def test_keras_learns_the_same() -> None:
    keras = pytest.importorskip("keras")
    made = recipe(TABLE, "values")
    found = adapted(made.checked, from_arrays(made, (ROWS, np.zeros(700))).train)
    layer = keras.layers.Normalization()
    layer.adapt(ROWS)
    mean, variance = (np.asarray(variable) for variable in layer.weights[:2])
    assert found["scale/mean"] == pytest.approx(mean, rel=1e-5)
    assert found["scale/variance"] == pytest.approx(variance, rel=1e-3)


def test_layers_without_weights_may_come_first(tmp_path: Path) -> None:
    text = (
        "net N(image: float32[N, 8, 8, 3]) -> y: [N, 2] { return image -> Rescaling(1 / 255)"
        " -> Normalization as scale -> Flatten -> Dense(2) }"
    )
    folder(tmp_path / "pets", {"cat": 5, "dog": 4})
    source = construct(image_folder, {"path": "pets"})
    made = recipe(text, "one_hot", source, file=tmp_path / "net.net")
    part = load_data(made).train
    pictures = part.inputs["image"]
    assert isinstance(pictures, Pictures)
    pixels = np.asarray(pictures.kept) / 255
    found = adapted(made.checked, part)
    assert found["scale/mean"] == pytest.approx(pixels.mean(axis=(0, 1, 2)), rel=1e-5)
    assert found["scale/variance"] == pytest.approx(pixels.var(axis=(0, 1, 2)), rel=1e-5)


def test_one_mean_for_all_and_one_layer_used_twice() -> None:
    text = """net N(a: float32[N, 2], b: float32[N, 2]) -> y: [N, 4] {
      layer scale = Normalization(axis=none)
      return (a -> scale, b -> scale) -> Concatenate
    }"""
    made = recipe(text, "values")
    a, b = ROWS[:, :2], ROWS[:, 1:]
    part = from_arrays(made, ({"a": a, "b": b}, np.zeros((700, 4)))).train
    found = adapted(made.checked, part)
    both = np.concatenate([a, b]).astype(float)
    assert found["scale/mean"] == pytest.approx(both.mean())
    assert found["scale/variance"] == pytest.approx(both.var())


def test_a_net_without_such_layers_learns_nothing() -> None:
    text = "net N(x: float32[N, 3]) -> y: [N, 1] { return x -> Dense(1) }"
    made = recipe(text, "values")
    assert adapted(made.checked, from_arrays(made, (ROWS, np.zeros(700))).train) == {}
