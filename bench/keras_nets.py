"""The networks of `bench/training.py` in plain Keras, as its users write them."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def cifar10_cnn() -> Any:
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(16, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(500, activation="relu"),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax"),
        ]
    )


def conv_norm(x: Any, filters: int, kernel: int, strides: int = 1) -> Any:
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def resnet50() -> Any:
    image = keras.Input((224, 224, 3))
    x = layers.ReLU()(conv_norm(image, 64, 7, 2))
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for stage, depth in enumerate((3, 4, 6, 3)):
        width = 64 * 2**stage
        for unit in range(depth):
            strides = 2 if stage and not unit else 1
            shortcut = x if unit else conv_norm(x, 4 * width, 1, strides)
            x = layers.ReLU()(conv_norm(x, width, 1))
            x = layers.ReLU()(conv_norm(x, width, 3, strides))
            x = layers.ReLU()(layers.Add()([conv_norm(x, 4 * width, 1), shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(1000, activation="softmax")(x))
