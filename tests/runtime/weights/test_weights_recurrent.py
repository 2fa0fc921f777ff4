"""Weights of recurrent layers and wrappers from the files Keras writes."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.runtime.weights import load_weights
from onnxruntime import InferenceSession

from ..nets import net

TEXT = """
net Tagger(x: float32[N, T, 5]) {
  return x -> Bidirectional(LSTM(4, return_sequences=true)) as both
    -> GRU(3, return_sequences=true) as gru
    -> TimeDistributed(Dense(2)) as steps
    -> SimpleRNN(3) as last
}
"""


def theirs() -> keras.Model:
    x = keras.Input((None, 5))
    y = keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True), name="both")(x)
    y = keras.layers.GRU(3, return_sequences=True, name="gru")(y)
    y = keras.layers.TimeDistributed(keras.layers.Dense(2), name="steps")(y)
    model = keras.Model(x, keras.layers.SimpleRNN(3, name="last")(y))
    rng = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(rng.normal(size=variable.shape))
    return model


PICTURES = """
net Motion(x: float32[N, T, 4, 5, 2]) {
  return x -> Bidirectional(ConvLSTM2D(3, 2, padding=same, return_sequences=true)) as both
    -> ConvLSTM2D(2, 3, return_sequences=true) as first
    -> TimeDistributed(Flatten) as rows
    -> Reshape((-1, 6, 2)) as signals
    -> ConvLSTM1D(2, 2) as last
}
"""


def theirs_of_pictures() -> keras.Model:
    layers = keras.layers
    x = keras.Input((None, 4, 5, 2))
    inner = layers.ConvLSTM2D(3, 2, padding="same", return_sequences=True)
    y = layers.Bidirectional(inner, name="both")(x)
    y = layers.ConvLSTM2D(2, 3, return_sequences=True, name="first")(y)
    y = layers.Reshape((-1, 6, 2), name="signals")(layers.TimeDistributed(layers.Flatten())(y))
    model = keras.Model(x, layers.ConvLSTM1D(2, 2, name="last")(y))
    rng = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(rng.normal(size=variable.shape))
    return model


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", ["w.keras", "w.weights.h5", "w.h5"])
def test_keras_files_fill_convolutional_ones(tmp_path: Path, name: str) -> None:
    model, checked = theirs_of_pictures(), net(tmp_path, PICTURES)
    save = model.save_weights if name == "w.weights.h5" else model.save
    save(tmp_path / name)
    loaded = load_weights(tmp_path / name, checked)
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 5, 2)).astype(np.float32)
    expected = np.asarray(model(x))
    session = InferenceSession(lower_onnx(checked, loaded).model().SerializeToString())
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, atol=1e-5)
    np.testing.assert_allclose(lower_keras(checked, loaded)(x), expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", ["w.keras", "w.weights.h5", "w.h5"])
def test_keras_files_fill_recurrent_layers(tmp_path: Path, name: str) -> None:
    model, checked = theirs(), net(tmp_path, TEXT)
    save = model.save_weights if name == "w.weights.h5" else model.save
    save(tmp_path / name)
    loaded = load_weights(tmp_path / name, checked)
    x = np.random.default_rng(1).normal(size=(2, 6, 5)).astype(np.float32)
    expected = np.asarray(model(x))
    session = InferenceSession(lower_onnx(checked, loaded).model().SerializeToString())
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, atol=1e-5)
    np.testing.assert_allclose(lower_keras(checked, loaded)(x), expected, atol=1e-5)
