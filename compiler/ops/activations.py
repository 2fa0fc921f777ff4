"""Activations: layers of their own, and what `activation=` names."""

from __future__ import annotations

from typing import ClassVar

from .backend import KerasLayer, KerasModule, OnnxCall, OnnxGraph, Value
from .base import Example, Op, example, op
from .kinds import Kind, table


class Activation(Op):
    """A layer that works on each element (or along one axis) and owns no weights."""

    __slots__ = ()


@op
class Sigmoid(Activation):
    """`1 / (1 + exp(-x))`."""

    examples: ClassVar[tuple[Example, ...]] = (example(("N", 5)), example(("N", 4, 6, 3)))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Value:
        return g.node("Sigmoid", call.x)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        return keras.layers.Activation("sigmoid", name=name)

    def keras_object(self, keras: KerasModule) -> object:
        """What Keras takes for `activation=`."""
        return "sigmoid"


ACTIVATIONS: dict[str, Activation] = {"sigmoid": Sigmoid()}
"""What `activation=` accepts by name, and which lower-case names are layers."""

ACTIVATION: Kind[Activation] = table("an activation such as relu", ACTIVATIONS, Activation)


def activate(g: OnnxGraph, activation: Activation | None, y: Value) -> Value:
    """Applies a fused activation."""
    if activation is None:
        return y
    made = activation.onnx(g, OnnxCall((y,), {}, (y.type,)))
    assert isinstance(made, Value)
    return made
