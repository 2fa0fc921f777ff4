"""Optimizers: their steps against formulas in NumPy, and clipping that really binds."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import Refusal, arguments, construct
from netc.compiler.recipe.objects.base import Optimizer
from netc.compiler.recipe.objects.find import by_name
from netc.compiler.recipe.objects.optimizers import OPTIMIZER_CLASSES
from netc.compiler.recipe.objects.schedules import ExponentialDecay

rng = np.random.default_rng(5)
START = rng.normal(size=(3, 4)).astype("float32")
GRADIENTS = rng.normal(size=(6, 3, 4)).astype("float32")


def path(name: str, gradients: np.ndarray = GRADIENTS, **given: object) -> list[np.ndarray]:
    """The weight after each step of an optimizer."""
    optimizer: Any = construct(OPTIMIZER_CLASSES[name], given).keras_object(keras)
    w = keras.Variable(START)
    optimizer.build([w])
    found = []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [w])
        found.append(w.numpy().copy())
    return found


def same(found: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_gradient_descent() -> None:
    same(path("SGD", learning_rate=0.1), list(START - 0.1 * np.cumsum(GRADIENTS, axis=0)))


def test_momentum() -> None:
    w, v, wanted = START, np.zeros_like(START), []
    for g in GRADIENTS:
        v = 0.9 * v - 0.1 * g
        w = w + v
        wanted.append(w)
    same(path("SGD", learning_rate=0.1, momentum=0.9), wanted)


def test_nesterov_momentum() -> None:
    w, v, wanted = START, np.zeros_like(START), []
    for g in GRADIENTS:
        v = 0.9 * v - 0.1 * g
        w = w + 0.9 * v - 0.1 * g
        wanted.append(w)
    same(path("SGD", learning_rate=0.1, momentum=0.9, nesterov=True), wanted)


def test_rmsprop() -> None:
    w, mean, wanted = START, np.zeros_like(START), []
    for g in GRADIENTS:
        mean = 0.9 * mean + 0.1 * g**2
        w = w - 0.01 * g / np.sqrt(mean + 1e-7)
        wanted.append(w)
    same(path("RMSprop", learning_rate=0.01), wanted)


def test_adagrad() -> None:
    w, total, wanted = START, np.full_like(START, 0.1), []
    for g in GRADIENTS:
        total = total + g**2
        w = w - 0.05 * g / np.sqrt(total + 1e-7)
        wanted.append(w)
    same(path("Adagrad", learning_rate=0.05), wanted)


@pytest.mark.parametrize("decay", [None, 0.01])
def test_adam_and_decay_apart_from_the_gradients(decay: float | None) -> None:
    w, m, v, wanted = START, np.zeros_like(START), np.zeros_like(START), []
    for step, g in enumerate(GRADIENTS, 1):
        w = w * (1 - 0.01 * (decay or 0))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        rate = 0.01 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        w = w - rate * m / (np.sqrt(v) + 1e-7)
        wanted.append(w)
    same(path("Adam", learning_rate=0.01, weight_decay=decay), wanted)
    if decay is not None:
        same(path("AdamW", learning_rate=0.01, weight_decay=decay), wanted)


def test_lion_steps_by_signs() -> None:
    w, m, wanted = START, np.zeros_like(START), []
    for g in GRADIENTS:
        w = w - 0.01 * np.sign(0.9 * m + 0.1 * g)
        m = 0.99 * m + 0.01 * g
        wanted.append(w)
    same(path("Lion", learning_rate=0.01), wanted)


@pytest.mark.parametrize("name", OPTIMIZER_CLASSES)
def test_every_optimizer_steps_as_keras_s_with_the_same_arguments(name: str) -> None:
    given = {"learning_rate": 0.02, "weight_decay": 0.1, "clipvalue": 0.5}
    theirs = getattr(keras.optimizers, name)(**given)
    w = keras.Variable(START)
    theirs.build([w])
    for gradient in GRADIENTS:
        theirs.apply([keras.ops.convert_to_tensor(gradient)], [w])
    found = path(name, **given)[-1]
    np.testing.assert_array_equal(found, w.numpy())
    assert np.abs(found - START).max() > 1e-4


@pytest.mark.parametrize("name", OPTIMIZER_CLASSES)
def test_every_optimizer_follows_a_schedule(name: str) -> None:
    schedule = ExponentialDecay(0.5, 2.0, 0.5)
    made: Any = construct(OPTIMIZER_CLASSES[name], {"learning_rate": schedule}).keras_object(keras)
    made.build([keras.Variable(START)])
    for step in range(4):
        assert float(made.learning_rate) == pytest.approx(schedule.rate(step), rel=1e-5)
        made.iterations.assign_add(1)


def moved(gradients: list[np.ndarray], **given: object) -> list[np.ndarray]:
    """How far SGD with a learning rate of 1 moves some weights: the gradients as clipped."""
    made = construct(OPTIMIZER_CLASSES["SGD"], {"learning_rate": 1.0, **given})
    optimizer: Any = made.keras_object(keras)
    weights = [keras.Variable(np.zeros_like(g)) for g in gradients]
    optimizer.build(weights)
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], weights)
    return [-w.numpy() for w in weights]


BIG = np.array([3.0, -4.0], "float32")
SMALL = np.array([0.3, 0.4], "float32")


def test_without_clipping_gradients_are_followed_whole() -> None:
    np.testing.assert_allclose(moved([BIG, SMALL]), [BIG, SMALL])


def test_clipping_by_value_binds_each_number() -> None:
    np.testing.assert_allclose(moved([BIG, SMALL], clipvalue=0.35), [[0.35, -0.35], [0.3, 0.35]])


def test_clipping_by_norm_binds_each_weight() -> None:
    found = moved([BIG, SMALL], clipnorm=1.0)
    np.testing.assert_allclose(found[0], BIG / 5, rtol=1e-6)
    np.testing.assert_allclose(found[1], SMALL, rtol=1e-6)


def test_clipping_by_global_norm_binds_all_together() -> None:
    whole = np.sqrt(np.square(BIG).sum() + np.square(SMALL).sum())
    found = moved([BIG, SMALL], global_clipnorm=1.0)
    np.testing.assert_allclose(found, [BIG / whole, SMALL / whole], rtol=1e-6)
    assert np.sqrt(sum(np.square(g).sum() for g in found)) == pytest.approx(1.0)


def test_gradients_of_several_steps_can_be_averaged_into_one() -> None:
    found = path("SGD", GRADIENTS[:4], learning_rate=0.1, gradient_accumulation_steps=2)
    np.testing.assert_array_equal(found[0], START)
    np.testing.assert_allclose(found[1], START - 0.1 * GRADIENTS[:2].mean(axis=0), rtol=1e-5)


def test_a_word_is_the_optimizer_with_keras_s_defaults() -> None:
    sgd: Any = by_name("sgd", (Optimizer,))
    assert sgd.learning_rate == 0.01
    assert sgd.momentum == 0.0


def test_a_whole_number_is_a_learning_rate() -> None:
    built: Any = construct(OPTIMIZER_CLASSES["SGD"], {"learning_rate": 1}).keras_object(keras)
    assert float(built.learning_rate) == 1.0


@pytest.mark.parametrize(
    ("name", "given", "argument", "message"),
    [
        ("Adam", {"clipnorm": 1, "clipvalue": 1}, "clipvalue", "cannot both clip"),
        ("SGD", {"clipvalue": 1, "global_clipnorm": 1}, "global_clipnorm", "cannot both clip"),
        ("SGD", {"nesterov": True}, "nesterov", "has no effect with `momentum=0`"),
        ("SGD", {"momentum": 1.5}, "momentum", "not in the range 0 to 1"),
        ("SGD", {"learning_rate": -0.1}, "learning_rate", "less than 0"),
        ("SGD", {"learning_rate": "fast"}, "learning_rate", "a number of at least 0"),
        ("Adam", {"beta_1": 1}, "beta_1", "not in the range"),
        ("Adam", {"ema_overwrite_frequency": 5}, "ema_overwrite_frequency", "without `use_ema`"),
        ("Adam", {"gradient_accumulation_steps": 1}, "gradient_accumulation_steps", "less than 2"),
        ("Adam", {"clipnorm": 0}, "clipnorm", "not above 0"),
        ("Ftrl", {"learning_rate_power": 0.5}, "learning_rate_power", "at most 0"),
        ("Lion", {"beta_1": 0}, "beta_1", "not above 0"),
    ],
)
def test_arguments_that_contradict_one_another_are_refused(
    name: str, given: dict[str, object], argument: str, message: str
) -> None:
    with pytest.raises(Refusal, match=message) as caught:
        construct(OPTIMIZER_CLASSES[name], given)
    assert caught.value.argument == argument
    assert argument in arguments(OPTIMIZER_CLASSES[name])
