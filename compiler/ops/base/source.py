"""What makes tensors out of none: the base of learned and constant tensors, and what Keras needs.

A functional model of Keras follows tensors from its inputs on, and leaves out what none of them
goes into. So the Keras lowering of a tensor of the net's own begins with numbers that are taken
from an input by its shape alone: they are always the same, whatever the input holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from .backend import KerasLayer, KerasModule, KerasTensor
from .op import Op, Window


class Anchor(Protocol):
    """What a Keras lowering gives to an operator that takes no tensors."""

    def minus_one(self) -> KerasTensor:
        """A float32 tensor of shape [1] that holds -1 and comes from an input of the model."""


class SourceOp(Op):
    """An operator without tensors; the inputs of its examples are those of a net that holds it."""

    __slots__ = ()

    arity: ClassVar[tuple[int, int | None]] = (0, 0)

    def window(self, *inputs: object) -> Window | None:
        return Window((), (), ())

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        raise AssertionError(f"{self.name} is lowered by keras_source")

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        """The tensor as Keras makes it."""
        raise NotImplementedError(self.name)


def minus_one(keras: KerasModule, x: KerasTensor, rank: int) -> KerasTensor:
    """A float32 tensor of shape [1] that holds -1, taken from an input of that rank."""
    ops = keras.ops
    first = x[(0,) * rank] if rank else x
    return ops.reshape(ops.full_like(first, -1.0, dtype="float32"), (1,))
