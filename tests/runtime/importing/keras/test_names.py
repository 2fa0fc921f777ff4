"""Layers, inputs and models of Keras may be called as words of the language, or as each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import pytest
from keras import layers
from netc.runtime.importing.keras.road import import_keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def shared_layer_called_as_another() -> keras.Model:
    x = keras.Input((4,))
    shared = layers.Dense(4, name="Add")
    once = shared(x)
    return keras.Model(x, layers.Add()([once, shared(once), x]))


def layers_called_by_keywords() -> keras.Model:
    x = keras.Input((4,))
    shared = layers.Dense(4, name="for")
    return keras.Model(x, layers.Dense(2, name="if")(shared(shared(x))))


def input_called_as_the_block_that_repeats() -> keras.Model:
    x = y = keras.Input((4,), name="FeedForward")
    for _ in range(4):
        y = layers.Dense(4)(layers.Dense(8, activation="relu")(y))
        y = layers.LayerNormalization()(y)
    return keras.Model(x, y)


def inputs_called_as_layers_and_models() -> keras.Model:
    inside = keras.Input((4,), name="Dense")
    inner = keras.Model(inside, layers.Dense(4)(layers.Dense(4)(inside)), name="features")
    x = keras.Input((4,), name="Features")
    return keras.Model(x, layers.Dense(2)(inner(x)), name="whole")


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        (shared_layer_called_as_another, ["layer Add_ = Dense(4)", "(hidden, hidden_2, x) -> Add"]),
        (layers_called_by_keywords, ["layer for_ = Dense(4)", "-> Dense(2) as if_"]),
        (
            input_called_as_the_block_that_repeats,
            ["net M(FeedForward: float32[N, 4])", "block FeedForward2(x: [N, C])"],
        ),
        (
            inputs_called_as_layers_and_models,
            ["block Features2(Dense_: [N, 4])", "return Features -> Features2 as features"],
        ),
    ],
)
def test_what_has_a_name_already_is_called_otherwise(
    model: Callable[[], keras.Model], lines: list[str], tmp_path: Path
) -> None:
    model().save(tmp_path / "m.keras")

    made = import_keras(tmp_path / "m.keras")

    assert [line for line in lines if line not in made.text] == []
    assert made.proof.equal
