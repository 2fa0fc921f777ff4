"""Models of `keras.applications` with weights as training leaves them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

VECTORS = {
    "gamma": (0.8, 1.2),
    "beta": (-0.2, 0.2),
    "bias": (-0.2, 0.2),
    "mean": (0.4, 0.6),
    "variance": (0.06, 0.1),
}
"""What is drawn for the weights that Keras would start at 0 or 1."""

RESCALING = ("ConvNeXt", "EfficientNet", "MobileNetV3")
"""Whose names begin like this take pixels of 0 to 255, others of -1 to 1."""


def application(name: str, size: int, classes: int) -> Any:
    """A model for pictures of `size` by `size` whose answer depends on them.

    Its batch normalizations have the statistics of random pictures. Its kernels are those of
    `he_normal`: with Keras's own the pictures would fade from layer to layer.
    """
    keras.utils.set_random_seed(3)
    build = getattr(keras.applications, name)
    model = build(weights=None, input_shape=(size, size, 3), classes=classes)
    rng = np.random.default_rng(5)
    for layer in model.layers:
        for weight in layer.weights:
            if weight.name == "gamma" and layer.name.endswith("_3_bn"):
                # Residuals start small in a deep ResNet; strong ones make rounding errors grow
                # until Keras itself differs from Keras by more than we allow.
                weight.assign(rng.uniform(0.1, 0.4, weight.shape))
            elif type(layer).__name__ == "LayerScale":
                weight.assign(rng.uniform(0.1, 0.4, weight.shape))
            elif weight.name in VECTORS:
                weight.assign(rng.uniform(*VECTORS[weight.name], weight.shape))
            elif weight.name == "kernel":
                spread = (2 / np.prod(weight.shape[:-1])) ** 0.5
                weight.assign(spread * rng.standard_normal(weight.shape, np.float32))
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(pictures(name, size, 8), training=True)
    return model


def pictures(name: str, size: int, count: int, seed: int = 0) -> np.ndarray:
    """Random pictures `[count, size, size, 3]` in the range of the model's preprocessing."""
    rng = np.random.default_rng(seed)
    # Patches of one colour, so that pooling leaves something of each picture.
    side = -(-size // 4)
    patches = rng.uniform(-1, 1, (count, 4, 4, 3)).repeat(side, 1).repeat(side, 2)
    pixels = patches[:, :size, :size] + rng.uniform(-0.3, 0.3, (count, size, size, 3))
    whole = name.startswith(RESCALING)
    return ((pixels + 1) * 127.5 if whole else pixels).astype(np.float32)
