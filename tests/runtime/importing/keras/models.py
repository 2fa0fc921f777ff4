"""Models of Keras with seeded weights, saved in either format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers as L

FORMATS = ("keras", "h5")


def seeded(model: Any) -> Any:
    """The model with other numbers in every weight, so that no two are taken for one another."""
    numbers = np.random.default_rng(0)
    for weight in model.weights:
        if "float" in str(weight.dtype) and "seed" not in weight.path:
            array = numbers.standard_normal(weight.shape) * 0.2
            if "variance" in weight.path:
                array = np.abs(array) + 0.5
            weight.assign(array)
    return model


def text_classifier() -> Any:
    return keras.Sequential(
        [
            keras.Input((None,)),
            L.Embedding(50, 8, mask_zero=True),
            L.Bidirectional(L.LSTM(6, return_sequences=True)),
            L.GRU(5, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2)),
            L.Dropout(0.3),
            L.Dense(1, activation="sigmoid", name="head"),
        ],
        name="text_classifier",
    )


def unet() -> Any:
    def unit(x: Any, filters: int) -> Any:
        x = L.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        return L.ReLU()(L.BatchNormalization()(x))

    image = keras.Input((16, 16, 3), name="image")
    x = unit(L.Rescaling(1 / 127.5, offset=-1)(image), 4)
    skip, x = x, unit(L.MaxPooling2D()(x), 8)
    x = L.Conv2DTranspose(4, 2, strides=2)(x)
    x = unit(L.Concatenate()([x, skip]), 4)
    return keras.Model(image, L.Conv2D(2, 1, activation="softmax", name="mask")(x), name="u-net")


def several() -> Any:
    """Two inputs, two outputs with keys, a mean that was learned, augmentation."""
    scaled = L.Normalization()
    scaled.adapt(np.random.default_rng(0).normal(3, 2, (50, 4)))
    table, picture = keras.Input((4,), name="table"), keras.Input((8, 8, 3), name="picture")
    x = L.RandomFlip("horizontal")(picture)
    penalty = keras.regularizers.L2(1e-4)
    x = L.Conv2D(4, 3, activation="swish", kernel_regularizer=penalty)(x)
    y = L.Dense(4, kernel_initializer="he_normal")(scaled(table))
    z = L.Concatenate()([L.GlobalAveragePooling2D()(x), L.Activation("gelu")(y)])
    made = {"price": L.Dense(1, name="cost")(z), "kind": L.Dense(3, name="sort")(z)}
    return keras.Model([table, picture], made, name="several")


def shared() -> Any:
    """Layers that are used twice, states that go on, functions among the layers."""
    left, right = keras.Input((8,), name="left"), keras.Input((8,), name="right")
    dense = L.Dense(6, activation=L.LeakyReLU(negative_slope=0.2), name="same")
    x = L.Add()([dense(left), dense(right)])
    s = L.Reshape((2, -1))(x)
    h = L.LSTM(4, return_state=True)(s)
    q = L.LSTM(4)(s, initial_state=[h[1], h[2]])
    m = L.MultiHeadAttention(2, 3)(s, s, use_causal_mask=True)
    z = keras.ops.relu((x * 2.0 + 1.0)[:, 1:3])
    made = keras.ops.concatenate([z, q, keras.ops.mean(m, axis=1)], axis=-1)
    return keras.Model([left, right], [made, z], name="shared")


def functions() -> Any:
    x = given = keras.Input((7,))
    x = L.Dense(4)(x)
    x = keras.ops.where(x > 0.1, x, 0.01 * x)
    x = keras.ops.stack([x, x * x], axis=1)
    x = keras.ops.reshape(keras.ops.transpose(x, (0, 2, 1)), (-1, 8))
    x = x - keras.ops.mean(x, axis=-1, keepdims=True)
    x = 1.0 - keras.ops.clip(keras.ops.softmax(x, axis=-1), 0.05, 0.9) / 3.0
    x = keras.ops.expand_dims(x, 1) @ np.arange(16).reshape(8, 2).astype("float32")
    return keras.Model(given, keras.ops.squeeze(x, 1), name="functions")


def attention() -> Any:
    queries, values = keras.Input((6, 8), name="queries"), keras.Input((None, 8), name="values")
    x = L.MultiHeadAttention(2, 4)(queries, value=values)
    x = L.Attention(use_scale=True)([x, values])
    x = L.AdditiveAttention()([x, values, values])
    x = L.TimeDistributed(L.Dense(4))(L.UnitNormalization()(x))
    return keras.Model([queries, values], x, name="looks")


def mixed() -> Any:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                L.SeparableConv2D(4, 3, name="cheap"),
                L.PReLU(shared_axes=[1, 2]),
                L.GroupNormalization(2),
                L.ZeroPadding2D(((0, 1), (1, 2))),
                L.DepthwiseConv2D(3, depth_multiplier=2),
                L.Flatten(),
                L.Dense(3, dtype="float32"),
            ],
            name="mixed",
        )
    finally:
        keras.config.set_dtype_policy(before)


def towers() -> Any:
    """Models in models: one used once, one twice, of one structure; one in one."""

    def tower(name: str) -> Any:
        x = given = keras.Input((8,), name="features")
        for _ in range(2):
            x = L.Dense(6, activation="relu")(x)
        return keras.Model(given, [L.Dense(4)(x), x], name=name)

    inputs = [keras.Input((8,), name=name) for name in ("user", "item", "other")]
    users, items = tower("user_tower"), tower("item_tower")
    (p, inside), (q, _), (r, _) = users(inputs[0]), items(inputs[1]), items(inputs[2])
    unit = keras.Sequential([L.Dense(4), L.LayerNormalization()], name="unit")
    head = keras.Sequential([keras.Input((4,)), unit, L.Dense(3)], name="head")
    return keras.Model(inputs, [L.Dot(1)([p, q]), head(r), inside], name="towers")


def products() -> Any:
    x = given = keras.Input((6, 8))
    x = L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d", activation="relu")(x)
    return keras.Model(given, L.EinsumDense("abc,cd->ad", (5,))(x), name="products")


def again() -> Any:
    """A layer that comes again where the others around it repeat."""
    same = L.Dense(8, name="same")
    x = given = keras.Input((8,))
    for layer in (L.Dense(8), same, L.Dense(8), same, L.Dense(8)):
        x = L.LayerNormalization()(L.ReLU()(layer(x)))
    return keras.Model(given, x, name="again")


def states() -> Any:
    """A reader and a writer: one gets a mask, the other states and none."""
    read, written = keras.Input((None,), name="read"), keras.Input((None,), name="written")
    words = L.Embedding(20, 6, mask_zero=True)
    _, h, c = L.LSTM(5, return_state=True)(words(read))
    x = L.LSTM(5, return_sequences=True)(words(written), initial_state=[h, c])
    return keras.Model([read, written], L.Dense(3)(x), name="states")


def masking() -> Any:
    given = keras.Input((None, 3), name="given")
    x = L.Dense(4, activation="relu")(L.Masking(-1.0)(given))
    return keras.Model(given, L.GlobalAveragePooling1D()(L.Dropout(0.1)(x)), name="masking")


MODELS: Mapping[str, Callable[[], Any]] = {
    made.__name__: made
    for made in (
        text_classifier,
        unet,
        several,
        shared,
        functions,
        attention,
        mixed,
        towers,
        products,
        again,
        states,
        masking,
    )
}


@cache
def saved(name: str, folder: Path) -> Mapping[str, Path]:
    """The files of a model, by their endings."""
    model = seeded(MODELS[name]())
    paths = {ending: folder / f"{name}.{ending}" for ending in FORMATS}
    for path in paths.values():
        model.save(path)
    return paths
