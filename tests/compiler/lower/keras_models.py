"""The Keras models of `lower_keras` and of the source: built, and held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.keras_source.lower import lower_keras_source
from netc.compiler.lower.weights import WeightSource
from netc.runtime.infer.samples import ShakenWeights


def module(checked: CheckedGraph) -> dict[str, Callable[..., Any]]:
    """What the generated file defines."""
    text = lower_keras_source(checked, "example.net")
    made: dict[str, Callable[..., Any]] = {}
    exec(compile(text, "example.py", "exec"), made)
    return made


def both(checked: CheckedGraph) -> tuple[Any, Any]:
    """The model of the source and that of `lower_keras`, with the same weights."""
    theirs = built(checked, ShakenWeights())
    return from_source(checked, theirs), theirs


def built(checked: CheckedGraph, weights: WeightSource) -> Any:
    """The model of `lower_keras`, with names as in a new process."""
    keras.backend.clear_session(free_memory=False)
    return lower_keras(checked, weights)


def from_source(checked: CheckedGraph, theirs: Any) -> Any:
    """The model of the source, with another's weights."""
    keras.backend.clear_session(free_memory=False)
    ours = module(checked)["build_model"]()
    ours.set_weights(theirs.get_weights())
    for layer in ours.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return ours


def same_model(ours: Any, theirs: Any) -> None:
    """The same layers, by name, with the same settings and the same variables."""
    assert ours.name == theirs.name
    assert sorted(layer.name for layer in ours.layers) == sorted(
        layer.name for layer in theirs.layers
    )
    for layer in theirs.layers:
        mine = ours.get_layer(layer.name)
        assert type(mine) is type(layer)
        if isinstance(layer, keras.Model):
            assert parts(mine) == parts(layer)
        else:
            assert str(mine.get_config()) == str(layer.get_config())
    shapes = [[v.shape for v in made.weights] for made in (ours, theirs)]
    assert shapes[0] == shapes[1]
    assert ours.count_params() == theirs.count_params()


def parts(made: Any) -> Counter[str]:
    """The layers and functions of a model within a model, whatever numbers Keras gives them."""
    return Counter(
        f"{type(part).__name__} {part.get_config() | {'name': part.name.rstrip('_0123456789')}}"
        for part in made.operations
    )


def outputs(made: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    result = made(arrays if len(arrays) > 1 else arrays[0], training=False)
    listed = result if isinstance(result, list | tuple) else [result]
    return [np.asarray(value) for value in listed]
