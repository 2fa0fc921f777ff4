"""Weights of Keras without the model's graph, put into branches by the order that Keras lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from netc.runtime.infer.session import Session
from netc.runtime.weights import WeightMismatch, load_weights

from ..nets import net

# Keras saves its variables by a protocol of NumPy that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BRANCHES = """
block Conv(x: [N, H, W, C], filters: int) {
  return x -> Conv2D(filters, 1, use_bias=false) -> BatchNormalization -> ReLU
}

net Branches(x: float32[N, 4, 4, 3]) {
  a = x -> Conv(4)
  b = x -> Conv(4) -> Conv(4)
  c = x -> MaxPooling2D(2, strides=1, padding=same) -> Conv(4)
  joined = JOINED
  return joined -> Conv(4) -> GlobalAveragePooling2D -> Dense(2)
}
"""


def conv(x: Any, activation: str | None) -> Any:
    x = keras.layers.Conv2D(4, 1, use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    return keras.layers.Activation("relu")(x) if activation is None else keras.layers.ReLU()(x)


def model(join: Any) -> Any:
    """The same in Keras, the branches made in another order than they are joined in."""
    keras.utils.set_random_seed(1)
    x = keras.Input((4, 4, 3))
    c = conv(keras.layers.MaxPooling2D(2, strides=1, padding="same")(x), None)
    b = conv(conv(x, None), "relu")
    a = conv(x, None)
    y = keras.layers.GlobalAveragePooling2D()(conv(join(a, b, c), None))
    made = keras.Model(x, keras.layers.Dense(2)(y))
    rng = np.random.default_rng(0)
    made.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in made.get_weights()])
    return made


def saved(made: Any, path: Path) -> Path:
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    if path.name.endswith(".weights.h5"):
        made.save_weights(path)
    else:
        import h5py

        with h5py.File(path, "w") as file:
            save_weights_to_hdf5_group(file, made)
    return path


@pytest.mark.parametrize("name", ["w.weights.h5", "published.h5"])
def test_branches_that_are_concatenated_come_in_the_order_of_that(
    tmp_path: Path, name: str
) -> None:
    made = model(lambda a, b, c: keras.layers.Concatenate()([a, b, c]))
    checked = net(tmp_path, BRANCHES.replace("JOINED", "(a, b, c) -> Concatenate"))
    loaded = load_weights(saved(made, tmp_path / name), checked)
    x = np.random.default_rng(1).uniform(-1, 1, (2, 4, 4, 3)).astype("float32")
    (got,) = Session.from_checked(checked, loaded).run({"x": x}).values()
    np.testing.assert_allclose(got, np.asarray(made(x)), atol=1e-5)


@pytest.mark.parametrize("name", ["w.weights.h5", "published.h5"])
def test_branches_that_are_added_do_not(tmp_path: Path, name: str) -> None:
    """A sum can be written either way round, so its order tells nothing."""
    made = model(lambda a, b, c: keras.layers.Add()([a, b, c]))
    checked = net(tmp_path, BRANCHES.replace("JOINED", "(a, b, c) -> Add"))
    with pytest.raises(WeightMismatch):
        load_weights(saved(made, tmp_path / name), checked)


def test_steps_of_a_layer_of_somebody_s_own_do_not_hinder(tmp_path: Path) -> None:
    """One layer of the file can be several steps of the net, where that changes no order."""

    @keras.saving.register_keras_serializable("tests")
    class Scaled(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs[0] + inputs[1] * 0.5

    def join(a: Any, b: Any, c: Any) -> Any:
        joined = keras.layers.Concatenate()([a, b, c])
        return Scaled()([joined, keras.layers.Conv2D(12, 1)(joined)])

    made = model(join)
    text = BRANCHES.replace("JOINED", "(a, b, c) -> Concatenate").replace(
        "  return joined", "  joined = joined + 0.5 * (joined -> Conv2D(12, 1))\n  return joined"
    )
    checked = net(tmp_path, text)
    loaded = load_weights(saved(made, tmp_path / "w.weights.h5"), checked)
    x = np.random.default_rng(1).uniform(-1, 1, (2, 4, 4, 3)).astype("float32")
    (got,) = Session.from_checked(checked, loaded).run({"x": x}).values()
    np.testing.assert_allclose(got, np.asarray(made(x)), atol=1e-5)
