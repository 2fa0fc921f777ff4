"""Metrics: the names under which Keras logs them, and what `accuracy` means."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import Refusal, construct
from netc.compiler.recipe.objects.base import TARGETS, Metric
from netc.compiler.recipe.objects.metrics import METRIC_CLASSES

from .test_objects import METRICS, made

rng = np.random.default_rng(2)
X = rng.normal(size=(8, 4)).astype("float32")
Y = {
    "classes": rng.integers(0, 3, 8),
    "one_hot": np.eye(3, dtype="float32")[rng.integers(0, 3, 8)],
    "binary": rng.integers(0, 2, (8, 3)).astype("float32"),
    "signs": (rng.integers(0, 2, (8, 3)) * 2 - 1).astype("float32"),
    "values": rng.uniform(0.1, 1, (8, 3)).astype("float32"),
}


def logged(metrics: list[Metric], targets: str, activation: str = "sigmoid") -> set[str]:
    """What one epoch of Keras's `fit` logs beside the loss."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(3, activation=activation)(inputs))
    y = Y[targets]
    loss = "sparse_categorical_crossentropy" if targets == "classes" else "mse"
    found: list[Any] = [metric.keras_object(keras) for metric in metrics]
    model.compile(loss=loss, metrics=found, run_eagerly=True)
    history = model.fit(X, y, validation_data=(X, y), verbose=0).history
    return {name for name in history if name != "loss" and not name.startswith("val_")}


@pytest.mark.parametrize("targets", TARGETS)
def test_histories_call_metrics_as_they_say(targets: str) -> None:
    metrics = [
        made(cls).for_targets(targets)  # type: ignore[attr-defined]
        for name, cls in METRIC_CLASSES.items()
        if targets in cls.takes and name != "Accuracy" and "IoU" not in name
    ]
    assert logged(metrics, targets) == {metric.logged for metric in metrics}


def test_histories_keep_abbreviations_together() -> None:
    """Keras would call it `binary_io_u`."""
    names = {name: cls.called for name, cls in METRIC_CLASSES.items() if "IoU" in name}
    assert names == {
        "BinaryIoU": "binary_iou",
        "IoU": "iou",
        "MeanIoU": "mean_iou",
        "OneHotIoU": "one_hot_iou",
        "OneHotMeanIoU": "one_hot_mean_iou",
    }
    metric = construct(METRIC_CLASSES["BinaryIoU"], {})
    assert logged([metric], "binary") == {"binary_iou"}


def test_a_word_is_what_a_history_says() -> None:
    for word, metric in METRICS.items():
        assert metric.logged == word


def test_a_metric_can_be_named() -> None:
    found = [
        construct(METRIC_CLASSES["Precision"], {"class_id": i, "name": f"precision_{i}"})
        for i in range(3)
    ]
    assert logged(found, "one_hot", "softmax") == {f"precision_{i}" for i in range(3)}


@pytest.mark.parametrize(
    ("targets", "wanted"),
    [
        ("classes", "SparseCategoricalAccuracy"),
        ("one_hot", "CategoricalAccuracy"),
        ("binary", "BinaryAccuracy"),
    ],
)
def test_accuracy_is_the_one_that_keras_would_choose(targets: str, wanted: str) -> None:
    metric = METRICS["accuracy"].for_targets(targets)
    assert type(metric).__name__ == wanted
    assert metric.logged == "accuracy"
    assert METRICS["acc"].for_targets(targets).logged == "acc"
    assert logged([metric], targets) == {"accuracy"}


def test_accuracy_counts_what_is_right() -> None:
    p = np.array([[0.2, 0.8], [0.9, 0.1], [0.6, 0.4], [0.3, 0.7]], "float32")
    classes = np.array([1, 0, 1, 1])
    for targets, y in (("classes", classes), ("one_hot", np.eye(2)[classes])):
        built: Any = METRICS["accuracy"].for_targets(targets).keras_object(keras)
        built.update_state(y, p)
        assert float(built.result()) == 0.75


def test_figures_against_their_formulas() -> None:
    y, p = Y["values"], np.random.default_rng(1).uniform(0.1, 1, (8, 3)).astype("float32")
    formulas = {
        "mse": np.square(y - p).mean(),
        "mae": np.abs(y - p).mean(),
        "root_mean_squared_error": np.sqrt(np.square(y - p).mean()),
        "r2_score": (1 - np.square(y - p).sum(0) / np.square(y - y.mean(0)).sum(0)).mean(),
    }
    for word, wanted in formulas.items():
        built: Any = METRICS[word].keras_object(keras)
        built.update_state(y, p)
        assert float(built.result()) == pytest.approx(float(wanted), rel=1e-4), word
    bits, guessed = Y["binary"], p > 0.5
    right = (guessed * bits).sum()
    for word, wanted in (("precision", right / guessed.sum()), ("recall", right / bits.sum())):
        built = METRICS[word].keras_object(keras)
        built.update_state(bits, p)
        assert float(built.result()) == pytest.approx(float(wanted), rel=1e-4), word


def test_a_number_for_each_class_is_refused() -> None:
    with pytest.raises(Refusal, match="a history holds one") as caught:
        construct(METRIC_CLASSES["F1Score"], {})
    assert "average=macro" in caught.value.help
