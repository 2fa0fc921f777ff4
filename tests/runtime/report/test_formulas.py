"""The NumPy forms of losses and metrics give Keras's numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.base import Loss, Metric
from netc.compiler.recipe.objects.losses import LOSS_CLASSES
from netc.compiler.recipe.objects.metrics import METRIC_CLASSES, METRICS
from netc.runtime.report.formulas import MEANS, WHOLE, loss_value, metric_value

keras = pytest.importorskip("keras")

RNG = np.random.default_rng(3)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True), np.float32)


LOGITS = RNG.normal(0, 2, (50, 5)).astype(np.float32)
INDICES = RNG.integers(0, 5, 50).astype(np.int32)
ONE_HOT = np.eye(5, dtype=np.float32)[INDICES]
SCORES = RNG.normal(0, 2, (50, 3)).astype(np.float32)
SIDES = RNG.integers(0, 2, (50, 3)).astype(np.float32)
VALUES = RNG.normal(0, 2, (50, 3)).astype(np.float32)
CHANCES = (1 / (1 + np.exp(-SCORES))).astype(np.float32)
PIXELS = RNG.integers(0, 5, (6, 4, 4)).astype(np.int32)
MAPS = softmax(RNG.normal(0, 2, (6, 4, 4, 5)))

PAIRS: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "one_hot": (ONE_HOT, softmax(LOGITS)),
    "one_hot logits": (ONE_HOT, LOGITS),
    "classes": (INDICES, softmax(LOGITS)),
    "classes logits": (INDICES, LOGITS),
    "pixels": (PIXELS, MAPS),
    "binary": (SIDES, CHANCES),
    "binary logits": (SIDES, SCORES),
    "signs": (2 * SIDES - 1, SCORES),
    "values": (VALUES, SCORES),
    "above zero": (np.abs(VALUES), np.abs(SCORES)),
}

LOSSES = [
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary logits"),
    ("CategoricalCrossentropy", {}, "one_hot"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one_hot"),
    ("CategoricalCrossentropy", {"from_logits": True}, "one_hot logits"),
    ("SparseCategoricalCrossentropy", {}, "classes"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "classes logits"),
    ("SparseCategoricalCrossentropy", {}, "pixels"),
    ("KLDivergence", {}, "one_hot"),
    ("MeanSquaredError", {}, "values"),
    ("MeanAbsoluteError", {}, "values"),
    ("MeanAbsolutePercentageError", {}, "values"),
    ("MeanSquaredLogarithmicError", {}, "above zero"),
    ("Huber", {"delta": 0.7}, "values"),
    ("Hinge", {}, "signs"),
    ("Hinge", {}, "binary logits"),
    ("SquaredHinge", {}, "signs"),
    ("CategoricalHinge", {}, "one_hot"),
    ("LogCosh", {}, "values"),
    ("Poisson", {}, "above zero"),
    ("CosineSimilarity", {}, "values"),
    ("Minimize", {}, "values"),
    ("Minimize", {}, "pixels"),
]


@pytest.mark.parametrize(("name", "args", "pair"), LOSSES, ids=str)
def test_a_loss_is_keras_s(name: str, args: dict[str, object], pair: str) -> None:
    made: Loss = construct(LOSS_CLASSES[name], args)
    y, p = PAIRS[pair]
    found = loss_value(made, y, p)
    wanted = float(made.keras_object(keras)(y, p))  # type: ignore[operator]
    assert found == pytest.approx(wanted, rel=2e-5)


METRIC_CASES = [
    *((name, args, pair) for name, args, pair in LOSSES if name in METRIC_CLASSES),
    ("BinaryAccuracy", {}, "binary"),
    ("BinaryAccuracy", {"threshold": 0.3}, "binary"),
    ("CategoricalAccuracy", {}, "one_hot"),
    ("SparseCategoricalAccuracy", {}, "classes"),
    ("SparseCategoricalAccuracy", {}, "pixels"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one_hot"),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, "classes"),
    ("AUC", {}, "binary"),
    ("AUC", {}, "one_hot"),
    ("AUC", {"num_thresholds": 20}, "binary"),
    ("AUC", {"from_logits": True}, "binary logits"),
    ("Precision", {}, "binary"),
    ("Precision", {"thresholds": 0.7, "class_id": 1}, "binary"),
    ("Recall", {}, "one_hot"),
    ("TruePositives", {}, "binary"),
    ("TrueNegatives", {}, "binary"),
    ("FalsePositives", {}, "binary"),
    ("FalseNegatives", {}, "binary"),
    ("RootMeanSquaredError", {}, "values"),
    ("R2Score", {}, "values"),
    ("LogCoshError", {}, "values"),
]


@pytest.mark.parametrize(("name", "args", "pair"), METRIC_CASES, ids=str)
def test_a_metric_is_keras_s(name: str, args: dict[str, object], pair: str) -> None:
    made: Metric = construct(METRIC_CLASSES[name], args)
    y, p = PAIRS[pair]
    keras_metric = made.keras_object(keras)
    for start in (0, len(p) // 2):
        some = slice(start, start + len(p) - len(p) // 2)
        keras_metric.update_state(y[some], p[some])  # type: ignore[attr-defined]
    wanted = float(keras_metric.result())  # type: ignore[attr-defined]
    assert metric_value(made, y, p) == pytest.approx(wanted, rel=2e-5)


@pytest.mark.parametrize(("targets", "pair"), [(t, t) for t in ("one_hot", "classes", "binary")])
def test_accuracy_is_the_one_keras_chooses(targets: str, pair: str) -> None:
    made = METRICS["accuracy"].for_targets(targets)
    y, p = PAIRS[pair]
    right = {
        "one_hot": lambda: p.argmax(axis=-1) == y.argmax(axis=-1),
        "classes": lambda: p.argmax(axis=-1) == y,
        "binary": lambda: (p > 0.5) == y,
    }
    check: Callable[[], np.ndarray] = right[targets]
    assert metric_value(made, y, p) == pytest.approx(check().mean())


def test_every_formula_is_tested() -> None:
    tested = {name for name, _, _ in (*LOSSES, *METRIC_CASES)}
    assert set(MEANS) | set(WHOLE) <= tested | {"Accuracy"}


def test_a_sure_and_wrong_net_has_a_finite_loss() -> None:
    y = np.array([0, 1], np.int32)
    p = np.array([[0.0, 1.0], [0.0, 1.0]], np.float32)
    value = loss_value(construct(LOSS_CLASSES["SparseCategoricalCrossentropy"], {}), y, p)
    assert value is not None
    assert 40 < value < 50


def test_what_has_no_formula_is_left_to_keras() -> None:
    y, p = PAIRS["binary"]
    assert metric_value(construct(METRIC_CLASSES["AUC"], {"curve": "PR"}), y, p) is None
    assert loss_value(construct(LOSS_CLASSES["Dice"], {}), y, p) is None
    assert loss_value(construct(LOSS_CLASSES["Huber"], {"reduction": "sum"}), y, p) is None
