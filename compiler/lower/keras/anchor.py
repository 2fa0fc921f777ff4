"""What tensors of the net's own come from in a functional model: the net's inputs, by their shapes.

Each is made at its first use, and once.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.base.backend import KerasModule, KerasTensor
from ...ops.base.source import minus_one, size_of_ones
from ...shapes.readable import readable
from ...shapes.types import TensorType
from ..precision import FLOAT32, wide_dtype


class InputAnchor:
    """An `Anchor` over the inputs of a model: in order, by path, with their types."""

    def __init__(
        self,
        keras: KerasModule,
        inputs: Mapping[str, tuple[KerasTensor, TensorType]],
        precision: str = FLOAT32,
    ) -> None:
        self._precision = precision
        self._keras = keras
        self._inputs = tuple(inputs.values())
        self._sizes = readable([type for _, type in self._inputs])
        self._made: dict[str, KerasTensor] = {}

    def minus_one(self) -> KerasTensor:
        """A float32 tensor of shape [1] that holds -1."""
        if "" not in self._made:
            x, type = self._inputs[0]
            self._made[""] = minus_one(self._keras, x, type.rank)
        return self._made[""]

    def ones(self, name: str) -> KerasTensor:
        """An int32 tensor of ones, as many as a named size says."""
        if name not in self._made:
            at = self._sizes[name]
            x, type = self._inputs[at.input]
            self._made[name] = size_of_ones(self._keras, x, type.rank, at)
        return self._made[name]

    def wide(self, dtype: str) -> str:
        """The dtype that one of the net's has in the model."""
        return wide_dtype(dtype, self._precision)
