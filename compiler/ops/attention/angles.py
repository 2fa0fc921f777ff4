"""Positions in a sequence and the angles that grow with them, in ONNX and in Keras."""

from __future__ import annotations

from collections.abc import Sequence

from ...shapes.dims import Dim
from ...shapes.types import TensorType
from ..base.backend import KerasModule, KerasTensor, OnnxGraph, OnnxValue
from ..base.kinds import FLOAT, at_least
from ..base.places import positions, unsqueeze

WAVELENGTH = at_least(FLOAT, 1, "a number of at least 1")


def angles(g: OnnxGraph, length: Dim, scales: Sequence[float]) -> OnnxValue:
    """`[length, features]`: each position times each scale."""
    row = positions(g, length)
    number = g.node("Cast", row, type=TensorType("float32", (length,)), to=1)
    type = TensorType("float32", (length, len(scales)))
    return g.node("Mul", unsqueeze(g, number, [1]), g.const(list(scales)), type=type)


def keras_positions(keras: KerasModule, x: KerasTensor) -> KerasTensor:
    """`[batch, length]`: 0, 1, 2, … of `[batch, length, features]` whose length may not be known.

    They are float32 whatever the tensor is: bfloat16 has no odd numbers above 256.
    """
    return keras.ops.cumsum(keras.ops.ones_like(x[:, :, 0], dtype="float32"), axis=1) - 1.0


def keras_angles(keras: KerasModule, x: KerasTensor, scales: Sequence[float]) -> KerasTensor:
    """`[batch, length, features]`: each position of `[batch, length, …]` times each scale."""
    ops = keras.ops
    places = ops.expand_dims(keras_positions(keras, x), -1)
    return ops.multiply(places, ops.convert_to_tensor(list(scales), dtype="float32"))
