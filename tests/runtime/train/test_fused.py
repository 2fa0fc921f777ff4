"""Batch normalization by the fused kernel: outputs, gradients and averages as Keras has them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from netc.runtime.train.fused import fuse_batch_norms


def trained(layer: keras.Layer, x: np.ndarray, fused: bool) -> list[np.ndarray]:
    image = keras.Input(x.shape[1:])
    model = keras.Model(image, layer(image))
    if fused:
        fuse_batch_norms(keras, model.layers)
        assert "call" in vars(layer)
    given = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(given)
        made = model(given, training=True)
        loss = tf.reduce_sum(made * tf.sin(made))
    gradients = tape.gradient(loss, [given, *[v.value for v in layer.trainable_variables]])
    after = model(given, training=False)
    return [np.asarray(each) for each in (made, after, *gradients, *layer.variables)]


@pytest.mark.parametrize("options", [{}, {"scale": False, "epsilon": 1e-6}, {"center": False}])
@pytest.mark.parametrize("shape", [(4, 6, 5, 3), (1, 1, 2, 4)])
def test_as_keras(shape: tuple[int, ...], options: dict[str, object]):
    x = np.random.default_rng(0).normal(2.0, 3.0, shape).astype(np.float32)
    plain, fused = (
        trained(keras.layers.BatchNormalization(momentum=0.6, **options), x, fuse)
        for fuse in (False, True)
    )
    for left, right in zip(plain, fused, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-4)


def test_a_frozen_layer_keeps_its_averages():
    layer = keras.layers.BatchNormalization()
    layer.trainable = False
    x = np.random.default_rng(0).normal(2.0, 3.0, (4, 5, 5, 3)).astype(np.float32)
    trained(layer, x, True)
    assert np.all(np.asarray(layer.moving_mean) == 0)


def test_other_axes_stay_keras_s():
    layer = keras.layers.BatchNormalization(axis=1)
    layer.build((None, 3, 5, 5))
    fuse_batch_norms(keras, [layer])
    assert "call" not in vars(layer)
