"""Learning rates: `rate` is the formula, and Keras's schedule is `rate`, at every step."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import Refusal, construct, keras_value
from netc.compiler.recipe.objects.base import Schedule
from netc.compiler.recipe.objects.optimizers import SGD
from netc.compiler.recipe.objects.schedules import (
    SCHEDULE_CLASSES,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Warmup,
    rate,
)

STEPS = [*range(30), 49, 50, 51, 70, 99, 100, 101, 149, 150, 151, 300, 349, 351, 1000, 12345]

SCHEDULES = {
    "inverse": InverseTimeDecay(0.1, 100.0, 0.5),
    "inverse in stairs": InverseTimeDecay(0.1, 50.0, 0.5, True),
    "exponential": ExponentialDecay(0.1, 100.0, 0.96),
    "exponential in stairs": ExponentialDecay(0.1, 50.0, 0.5, True),
    "piecewise": PiecewiseConstantDecay((10, 50, 100), (1.0, 0.5, 0.1, 0.01)),
    "one boundary": PiecewiseConstantDecay((50,), (1.0, 0.5)),
    "polynomial": PolynomialDecay(0.1, 100),
    "square root": PolynomialDecay(0.1, 100, 0.01, 0.5),
    "polynomial again and again": PolynomialDecay(0.1, 50, 0.01, 2.0, True),
    "cosine": CosineDecay(0.1, 100, 0.05),
    "cosine after a rise": CosineDecay(0.001, 100, 0.1, 0.1, 20),
    "restarts": CosineDecayRestarts(0.1, 50),
    "restarts of one length": CosineDecayRestarts(0.1, 50, 1.0, 0.5, 0.1),
    "restarts that shrink": CosineDecayRestarts(0.1, 20, 1.5, 0.8, 0.02),
    "rise to a number": Warmup(0.1, 20),
    "rise to an exponential": Warmup(ExponentialDecay(0.1, 50.0, 0.5), 20, 0.01),
    "rise to restarts": Warmup(CosineDecayRestarts(0.1, 50), 10),
    "rise to stairs": Warmup(PiecewiseConstantDecay((10, 50), (1.0, 0.5, 0.1)), 5),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_keras_computes_the_rate(name: str) -> None:
    schedule = SCHEDULES[name]
    theirs: Any = schedule.keras_object(keras)
    found = [float(theirs(step)) for step in STEPS]
    # float32 carries about 7 digits; where the rate nears 0 those of the cosine's 1 count.
    np.testing.assert_allclose(found, [schedule.rate(s) for s in STEPS], rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("name", SCHEDULES)
def test_an_optimizer_follows_the_rate(name: str) -> None:
    """With a gradient of 1, SGD's steps are the learning rates."""
    schedule = SCHEDULES[name]
    optimizer: Any = construct(SGD, {"learning_rate": schedule}).keras_object(keras)
    w = keras.Variable([0.0])
    optimizer.build([w])
    for step in range(25):
        before = float(w[0])
        optimizer.apply([keras.ops.ones((1,))], [w])
        assert before - float(w[0]) == pytest.approx(schedule.rate(step), rel=1e-4, abs=1e-6)


def test_every_schedule_is_tried() -> None:
    assert {type(schedule) for schedule in SCHEDULES.values()} == set(SCHEDULE_CLASSES.values())


@pytest.mark.parametrize("step", [0, 1, 10, 100, 1000])
def test_inverse_time_decay_is_its_formula(step: int) -> None:
    lr, decay_rate, decay_steps = 0.1, 0.5, 1000
    schedule = InverseTimeDecay(lr, decay_steps, decay_rate)
    assert schedule.rate(step) == pytest.approx(lr / (1 + decay_rate * step / decay_steps))


def test_the_formulas_by_hand() -> None:
    assert ExponentialDecay(0.1, 10.0, 0.5).rate(20) == pytest.approx(0.025)
    assert ExponentialDecay(0.1, 10.0, 0.5, True).rate(19) == pytest.approx(0.05)
    assert PiecewiseConstantDecay((10,), (1.0, 0.1)).rate(10) == 1.0
    assert PiecewiseConstantDecay((10,), (1.0, 0.1)).rate(11) == 0.1
    assert PolynomialDecay(0.1, 100, 0.0).rate(25) == pytest.approx(0.075)
    assert CosineDecay(0.1, 100).rate(50) == pytest.approx(0.05)
    assert CosineDecay(0.1, 100).rate(25) == pytest.approx(0.05 * (1 + math.cos(math.pi / 4)))
    # The second fall begins at step 10 and is twice as long.
    restarts = CosineDecayRestarts(0.1, 10)
    assert restarts.rate(10) == pytest.approx(0.1)
    assert restarts.rate(20) == pytest.approx(0.05)
    assert restarts.rate(30) == pytest.approx(0.1)
    warm = Warmup(InverseTimeDecay(0.1, 1.0, 1.0), 10)
    assert [warm.rate(s) for s in (0, 5, 10, 11)] == pytest.approx([0.0, 0.05, 0.1, 0.05])


def test_a_number_is_a_rate_of_every_step() -> None:
    assert rate(0.25, 7) == 0.25


def test_a_warm_up_says_how_it_was_made() -> None:
    theirs: Any = keras_value(Warmup(ExponentialDecay(0.1, 50.0, 0.5), 20), keras)
    config = theirs.get_config()
    assert config["warmup_steps"] == 20
    assert config["schedule"]["class_name"] == "ExponentialDecay"


@pytest.mark.parametrize(
    ("cls", "given", "argument"),
    [
        (PiecewiseConstantDecay, {"boundaries": [5], "values": [0.1]}, "values"),
        (PiecewiseConstantDecay, {"boundaries": [5, 5], "values": [1, 0.5, 0.1]}, "boundaries"),
        (PiecewiseConstantDecay, {"boundaries": [], "values": [1]}, "boundaries"),
        (
            CosineDecay,
            {"initial_learning_rate": 0, "decay_steps": 5, "warmup_target": 0.1},
            "warmup_target",
        ),
        (
            CosineDecay,
            {"initial_learning_rate": 0, "decay_steps": 5, "warmup_steps": 3},
            "warmup_steps",
        ),
        (
            ExponentialDecay,
            {"initial_learning_rate": 0.1, "decay_steps": 0, "decay_rate": 0.5},
            "decay_steps",
        ),
        (PolynomialDecay, {"initial_learning_rate": -1, "decay_steps": 5}, "initial_learning_rate"),
        (Warmup, {"schedule": "cosine", "warmup_steps": 5}, "schedule"),
    ],
)
def test_what_makes_no_schedule_is_refused(
    cls: type[Schedule], given: dict[str, object], argument: str
) -> None:
    with pytest.raises(Refusal) as caught:
        construct(cls, given)
    assert caught.value.argument == argument
