"""Every loss and metric, with its examples, computes what Keras computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.base import Loss, Metric, RecipeObject
from netc.compiler.recipe.objects.find import by_name
from netc.compiler.recipe.objects.losses import LOSS_CLASSES
from netc.compiler.recipe.objects.metrics import METRIC_CLASSES

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

Pair = tuple[np.ndarray, np.ndarray]

PAIRS: dict[str, dict[str, Pair]] = {
    "one_hot": {"rows": (ONE_HOT, softmax(LOGITS))},
    "classes": {"rows": (INDICES, softmax(LOGITS)), "pixels": (PIXELS, MAPS)},
    "binary": {"units": (SIDES, CHANCES)},
    "signs": {"signs": (2 * SIDES - 1, SCORES), "0 and 1": (SIDES, SCORES)},
    "values": {"any": (VALUES, SCORES), "above zero": (np.abs(VALUES), np.abs(SCORES))},
    "none": {"rows": (VALUES, SCORES), "pixels": (PIXELS, MAPS)},
}
"""Targets of each form, with outputs that fit them."""

LOGIT_PAIRS: dict[str, Pair] = {
    "one_hot": (ONE_HOT, LOGITS),
    "classes": (INDICES, LOGITS),
    "binary": (SIDES, SCORES),
}

ROWS_ONLY = {"SparseTopKCategoricalAccuracy", "F1Score", "FBetaScore"}
"""What Keras measures on one class a sample alone."""


def cases(
    classes: dict[str, type[RecipeObject]], forms: Callable[[Any], tuple[str, ...]]
) -> list[Any]:
    """Each class with each of its examples, on each form of targets that it takes."""
    found = []
    for name, cls in classes.items():
        for given in cls.examples:
            for form in forms(cls):
                pairs = PAIRS[form]
                if given.get("from_logits"):
                    pairs = {"logits": LOGIT_PAIRS[form]}
                for kind, pair in pairs.items():
                    if kind == "pixels" and name in ROWS_ONLY:
                        continue
                    label = ", ".join(f"{key}={value}" for key, value in given.items())
                    case = f"{name}({label})-{form}-{kind}"
                    made = construct(cls, given)
                    if isinstance(made, Metric):
                        made = made.for_targets(form)
                    found.append(pytest.param(made, pair, id=case))
    return found


@pytest.mark.parametrize(("loss", "pair"), cases(dict(LOSS_CLASSES), lambda cls: (cls.targets,)))
def test_a_loss_is_keras_s(loss: Loss, pair: Pair) -> None:
    y, p = pair
    built: Any = loss.keras_object(keras)
    wanted = float(built(y, p))
    found = loss.value(np, y, p)
    assert found is None or found == pytest.approx(wanted, rel=2e-5, nan_ok=True)


@pytest.mark.parametrize(("metric", "pair"), cases(dict(METRIC_CLASSES), lambda cls: cls.takes))
def test_a_metric_is_keras_s(metric: Metric, pair: Pair) -> None:
    y, p = pair
    built: Any = metric.keras_object(keras)
    for start in (0, len(p) // 2):
        some = slice(start, start + len(p) - len(p) // 2)
        built.update_state(y[some], p[some])
    wanted = float(built.result())
    found = metric.value(np, y, p)
    assert found is None or found == pytest.approx(wanted, rel=2e-5, nan_ok=True)


WITHOUT_FORMULA = {
    *("BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"),
    *("CategoricalGeneralizedCrossEntropy", "Dice", "Tversky"),
    *("F1Score", "FBetaScore", "BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"),
    *("PrecisionAtRecall", "RecallAtPrecision"),
    *("SensitivityAtSpecificity", "SpecificityAtSensitivity"),
    *("PearsonCorrelation", "ConcordanceCorrelation"),
}
"""What evaluation asks Keras for."""


@pytest.mark.parametrize("name", sorted({*LOSS_CLASSES, *METRIC_CLASSES} - {"accuracy"}))
def test_what_has_a_formula_needs_no_keras(name: str) -> None:
    for cls in (LOSS_CLASSES.get(name), METRIC_CLASSES.get(name)):
        if cls is not None:
            made: Any = construct(cls, cls.examples[0])
            form = cls.targets if issubclass(cls, Loss) else cls.takes[0]
            y, p = next(iter(PAIRS[form].values()))
            assert (made.value(np, y, p) is None) == (name in WITHOUT_FORMULA)


@pytest.mark.parametrize("targets", ["one_hot", "classes", "binary"])
def test_accuracy_is_the_one_keras_chooses(targets: str) -> None:
    word = by_name("accuracy", (Metric,))
    assert isinstance(word, Metric)
    y, p = next(iter(PAIRS[targets].values()))
    right = {
        "one_hot": lambda: p.argmax(axis=-1) == y.argmax(axis=-1),
        "classes": lambda: p.argmax(axis=-1) == y,
        "binary": lambda: (p > 0.5) == y,
    }
    check: Callable[[], np.ndarray] = right[targets]
    assert word.for_targets(targets).value(np, y, p) == pytest.approx(check().mean())


def test_a_sure_and_wrong_net_has_a_finite_loss() -> None:
    y = np.array([0, 1], np.int32)
    p = np.array([[0.0, 1.0], [0.0, 1.0]], np.float32)
    value = construct(LOSS_CLASSES["SparseCategoricalCrossentropy"], {}).value(np, y, p)
    assert value is not None
    assert 40 < value < 50


def test_what_has_no_formula_is_left_to_keras() -> None:
    y, p = PAIRS["binary"]["units"]
    assert construct(METRIC_CLASSES["AUC"], {"curve": "PR"}).value(np, y, p) is None
    assert construct(LOSS_CLASSES["Dice"], {}).value(np, y, p) is None
    assert construct(LOSS_CLASSES["Huber"], {"reduction": "sum"}).value(np, y, p) is None
