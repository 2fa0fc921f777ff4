"""What tensors of the net's own come from in a functional model: the net's inputs, by their shapes.

Each is made at its first use, and once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ...ops.base.backend import KerasModule, KerasTensor
from ...ops.base.source import minus_one
from ...shapes.types import TensorType


class InputAnchor:
    """An `Anchor` over the inputs of a model: in order, by path, with their types."""

    def __init__(
        self, keras: KerasModule, inputs: Mapping[str, tuple[KerasTensor, TensorType]]
    ) -> None:
        self._keras = keras
        self._inputs = inputs

    @cached_property
    def _minus_one(self) -> KerasTensor:
        x, type = next(iter(self._inputs.values()))
        return minus_one(self._keras, x, type.rank)

    def minus_one(self) -> KerasTensor:
        """A float32 tensor of shape [1] that holds -1."""
        return self._minus_one
