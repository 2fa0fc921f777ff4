"""The base of all activations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule
from ..base.kinds import EPSILON, Kind, OutOfRange
from ..base.op import Example, Input, Op, arguments, elements, example, keras_arguments


def _above_zero(value: object) -> float:
    result = EPSILON.convert(value)
    if result == 0:
        raise OutOfRange("0 is not above 0")
    return result


ABOVE_ZERO = Kind("a number above 0", _above_zero)


class Activation(Op):
    """A layer that works on each element (or along one axis) and owns no weights."""

    __slots__ = ()

    keeps_mask = True
    function: ClassVar[str] = ""
    """Its name in `keras.activations`."""

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0])

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        return keras.layers.Activation(self.keras_object(keras), name=name)

    def keras_object(self, keras: KerasModule) -> object:
        """What Keras takes for `activation=`: its name, or an object where arguments are given.

        The object is one that Keras can save: the operation its own function makes.
        """
        if self.plain():
            return self.function
        space = keras.ops if hasattr(keras.ops, self.function) else keras.activations
        call = getattr(space, self.function)
        return call(keras.Input((2,) * 7), **keras_arguments(self, keras))._keras_history.operation

    def plain(self) -> bool:
        """Whether every argument has its default."""
        return all(
            not argument.required and getattr(self, name) == argument.default
            for name, argument in arguments(type(self)).items()
        )


def pointwise(**args: object) -> tuple[Example, ...]:
    """Examples of an activation of single elements, on both sides of its kinks."""
    return (
        example(Input(("N", 7), low=-5, high=5), **args),
        example(("N", 4, "W", 3), **args),
    )
