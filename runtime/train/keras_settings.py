"""Keras's precision and TensorFlow's determinism, for as long as a recipe trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...compiler.recipe.recipe import Recipe
from .keras_types import Keras


@contextmanager
def keras_settings(keras: Keras, recipe: Recipe) -> Iterator[None]:
    """Keras's precision and TensorFlow's determinism as the recipe says."""
    import tensorflow as tf

    # It warns of functions that are traced anew, as those of each restart are.
    tf.get_logger().setLevel("ERROR")
    if recipe.deterministic:
        tf.config.experimental.enable_op_determinism()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
