"""Losses against their formulas in NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import Refusal, construct
from netc.compiler.recipe.objects.base import Loss
from netc.compiler.recipe.objects.losses import LOSS_CLASSES, LOSS_WORDS

rng = np.random.default_rng(3)
LOGITS = rng.normal(size=(6, 4)).astype("float32")
CLASSES = np.array([0, 3, 1, 1, 2, 0])
ONE_HOT = np.eye(4, dtype="float32")[CLASSES]
BITS = rng.integers(0, 2, (6, 4)).astype("float32")
VALUES = rng.normal(size=(6, 4)).astype("float32")
GUESSES = (VALUES + rng.normal(size=(6, 4)) * 2).astype("float32")
SIGNS = BITS * 2 - 1


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


PROBS, UNITS = softmax(LOGITS), sigmoid(LOGITS)


def cross_entropy(y: np.ndarray, p: np.ndarray) -> float:
    """-sum(y log p) of each sample, the mean of the samples."""
    return float(-(y * np.log(p)).sum(axis=-1).mean())


def binary_cross_entropy(y: np.ndarray, p: np.ndarray) -> float:
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())


def value(loss: Loss | str, y: np.ndarray, p: np.ndarray, **given: object) -> float:
    made = construct(LOSS_CLASSES[loss], given) if isinstance(loss, str) else loss
    built: Any = made.keras_object(keras)
    return float(built(y, p))


def test_categorical_cross_entropy_is_its_formula() -> None:
    wanted = cross_entropy(ONE_HOT, PROBS)
    assert value("CategoricalCrossentropy", ONE_HOT, PROBS) == pytest.approx(wanted, rel=1e-5)


def test_of_logits_it_is_the_cross_entropy_of_their_softmax() -> None:
    wanted = cross_entropy(ONE_HOT, PROBS)
    found = value("CategoricalCrossentropy", ONE_HOT, LOGITS, from_logits=True)
    assert found == pytest.approx(wanted, rel=1e-5)
    found = value("SparseCategoricalCrossentropy", CLASSES, LOGITS, from_logits=True)
    assert found == pytest.approx(wanted, rel=1e-5)


def test_sparse_cross_entropy_is_that_of_the_indices() -> None:
    wanted = float(-np.log(PROBS[np.arange(6), CLASSES]).mean())
    found = value("SparseCategoricalCrossentropy", CLASSES, PROBS)
    assert found == pytest.approx(wanted, rel=1e-5)


def test_a_class_that_is_ignored_does_not_count() -> None:
    kept = CLASSES != 1
    wanted = -np.log(PROBS[np.arange(6), CLASSES])[kept].mean()
    found = value("SparseCategoricalCrossentropy", CLASSES, PROBS, ignore_class=1)
    assert found == pytest.approx(float(wanted), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_label_smoothing_moves_targets_towards_an_even_distribution(smoothing: float) -> None:
    smooth = ONE_HOT * (1 - smoothing) + smoothing / 4
    found = value("CategoricalCrossentropy", ONE_HOT, PROBS, label_smoothing=smoothing)
    assert found == pytest.approx(cross_entropy(smooth, PROBS), rel=1e-5)
    smooth = BITS * (1 - smoothing) + smoothing / 2
    found = value("BinaryCrossentropy", BITS, UNITS, label_smoothing=smoothing)
    assert found == pytest.approx(binary_cross_entropy(smooth, UNITS), rel=1e-5)


def test_binary_cross_entropy_is_its_formula_of_units_and_of_logits() -> None:
    wanted = binary_cross_entropy(BITS, UNITS)
    assert value("BinaryCrossentropy", BITS, UNITS) == pytest.approx(wanted, rel=1e-5)
    found = value("BinaryCrossentropy", BITS, LOGITS, from_logits=True)
    assert found == pytest.approx(wanted, rel=1e-5)


def test_the_focal_losses_weigh_by_what_is_missing() -> None:
    p_t = np.where(BITS == 1, UNITS, 1 - UNITS)
    wanted = (-((1 - p_t) ** 2) * np.log(p_t)).mean()
    assert value("BinaryFocalCrossentropy", BITS, UNITS) == pytest.approx(wanted, rel=1e-4)
    p_t = PROBS[np.arange(6), CLASSES]
    wanted = (-0.25 * (1 - p_t) ** 2 * np.log(p_t)).mean()
    assert value("CategoricalFocalCrossentropy", ONE_HOT, PROBS) == pytest.approx(wanted, rel=1e-4)


def test_kl_divergence_is_cross_entropy_less_entropy() -> None:
    y = softmax(VALUES)
    entropy = float(-(y * np.log(y)).sum(axis=-1).mean())
    kl = float((y * np.log(y / PROBS)).sum(axis=-1).mean())
    found = value("KLDivergence", y, PROBS)
    assert found == pytest.approx(kl, rel=1e-4)
    assert value("CategoricalCrossentropy", y, PROBS) - found == pytest.approx(entropy, rel=1e-4)
    assert value("CategoricalCrossentropy", y, y) == pytest.approx(entropy, rel=1e-5)
    assert value("KLDivergence", y, y) == pytest.approx(0, abs=1e-6)


ERRORS = {
    "MeanSquaredError": np.square(GUESSES - VALUES).mean(),
    "MeanAbsoluteError": np.abs(GUESSES - VALUES).mean(),
    "MeanAbsolutePercentageError": 100 * (np.abs(GUESSES - VALUES) / np.abs(VALUES)).mean(),
    "LogCosh": np.log(np.cosh(GUESSES - VALUES)).mean(),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_their_formulas(name: str) -> None:
    assert value(name, VALUES, GUESSES) == pytest.approx(float(ERRORS[name]), rel=1e-4)


@pytest.mark.parametrize("delta", [0.5, 1.0, 2.0])
def test_huber_is_a_square_near_zero_and_a_line_far_from_it(delta: float) -> None:
    e = np.abs(GUESSES - VALUES)
    assert (e < delta).any()
    assert (e > delta).any()
    wanted = np.where(e <= delta, e**2 / 2, delta * e - delta**2 / 2).mean()
    assert value("Huber", VALUES, GUESSES, delta=delta) == pytest.approx(float(wanted), rel=1e-5)


def test_squared_logarithms_poisson_and_cosine() -> None:
    y, p = np.abs(VALUES), np.abs(GUESSES)
    wanted = np.square(np.log1p(y) - np.log1p(p)).mean()
    assert value("MeanSquaredLogarithmicError", y, p) == pytest.approx(float(wanted), rel=1e-5)
    wanted = (p - y * np.log(p + 1e-7)).mean()
    assert value("Poisson", y, p) == pytest.approx(float(wanted), rel=1e-5)
    norms = np.linalg.norm(VALUES, axis=-1) * np.linalg.norm(GUESSES, axis=-1)
    wanted = -((VALUES * GUESSES).sum(axis=-1) / norms).mean()
    assert value("CosineSimilarity", VALUES, GUESSES) == pytest.approx(float(wanted), rel=1e-5)


def test_hinges() -> None:
    gap = np.maximum(1 - SIGNS * LOGITS, 0)
    assert value("Hinge", SIGNS, LOGITS) == pytest.approx(float(gap.mean()), rel=1e-5)
    assert value("SquaredHinge", SIGNS, LOGITS) == pytest.approx(float((gap**2).mean()), rel=1e-5)
    right = (ONE_HOT * LOGITS).sum(axis=-1)
    wrong = np.where(ONE_HOT == 1, -np.inf, LOGITS).max(axis=-1)
    # Keras lets the right class compete with a score of 0.
    wanted = np.maximum(np.maximum(wrong, 0) - right + 1, 0).mean()
    assert value("CategoricalHinge", ONE_HOT, LOGITS) == pytest.approx(float(wanted), rel=1e-5)


def test_overlaps() -> None:
    both = (BITS * UNITS).sum()
    wanted = 1 - 2 * both / (BITS.sum() + UNITS.sum())
    assert value("Dice", BITS, UNITS) == pytest.approx(float(wanted), rel=1e-4)
    false_positive, false_negative = ((1 - BITS) * UNITS).sum(), (BITS * (1 - UNITS)).sum()
    # Keras's documentation has `alpha` for false positives; its code has it for what is missed.
    wanted = 1 - both / (both + 0.3 * false_negative + 0.7 * false_positive)
    found = value("Tversky", BITS, UNITS, alpha=0.3, beta=0.7)
    assert found == pytest.approx(float(wanted), rel=1e-4)


def test_generalized_cross_entropy() -> None:
    p = PROBS[np.arange(6), CLASSES]
    wanted = ((1 - p**0.7) / 0.7).mean()
    found = value("CategoricalGeneralizedCrossEntropy", CLASSES, PROBS, q=0.7)
    assert found == pytest.approx(float(wanted), rel=1e-4)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 4), (6, 2, 3)])
def test_minimize_is_the_mean_of_the_output_whatever_the_targets(shape: tuple[int, ...]) -> None:
    p = np.random.default_rng(len(shape)).normal(size=shape).astype("float32")
    for y in (np.zeros(6, "float32"), np.ones(6, "float32")):
        assert value("Minimize", y, p) == pytest.approx(float(p.mean()), rel=1e-5)


def test_every_loss_is_held_against_a_formula() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert not [name for name in LOSS_CLASSES if f'"{name}"' not in text]


def test_a_sum_is_the_mean_times_the_count() -> None:
    mean = value("MeanSquaredError", VALUES, GUESSES)
    total = value("MeanSquaredError", VALUES, GUESSES, reduction="sum")
    assert total == pytest.approx(mean * len(VALUES), rel=1e-5)


@pytest.mark.parametrize(
    ("word", "targets"),
    [
        ("categorical_crossentropy", "one_hot"),
        ("sparse_categorical_crossentropy", "classes"),
        ("binary_crossentropy", "binary"),
        ("hinge", "signs"),
        ("mse", "values"),
        ("kl_divergence", "one_hot"),
        ("minimize", "none"),
    ],
)
def test_a_loss_says_what_targets_it_wants(word: str, targets: str) -> None:
    assert LOSS_WORDS[word].targets == targets


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("BinaryCrossentropy", {"label_smoothing": 1.5}),
        ("Huber", {"delta": 0}),
        ("CategoricalGeneralizedCrossEntropy", {"q": 0}),
        ("MeanSquaredError", {"reduction": "none"}),
        ("Dice", {"axis": "last"}),
    ],
)
def test_values_that_make_no_loss_are_refused(name: str, given: dict[str, object]) -> None:
    with pytest.raises(Refusal) as caught:
        construct(LOSS_CLASSES[name], given)
    assert caught.value.argument == next(iter(given))
