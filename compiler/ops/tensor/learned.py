"""A learned tensor of the net's own: `weight scale: [C] = ones`."""

from __future__ import annotations

from typing import Any, ClassVar

from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.declare import Refusal
from ..base.initializers import INITIALIZER, Constant, Initializer
from ..base.kinds import BOOL, POSITIVE, Kind, arg, many, optional
from ..base.op import Example, Input, example, op
from ..base.op import Weight as Variable
from ..base.regularizers import REGULARIZER, Regularizer
from ..base.source import Anchor, SourceOp

NAME = "value"
"""What the only variable of a learned tensor is called."""


OPTIONS = ("regularizer", "trainable")
"""What can stand behind the start of a learned tensor, by name."""


def _start(value: object) -> Initializer:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Constant(float(value))
    return INITIALIZER.convert(value)


START: Kind[Initializer] = Kind(
    "a number, or an initializer such as ones", _start, INITIALIZER.words
)


@op
class Weight(SourceOp):
    """A tensor of numbers that are learned.

    Keras has no such layer. The Keras lowering is the slope of a `PReLU` at -1: the one stock
    layer whose only weight has any shape that its input has.
    """

    sizes: tuple[int, ...] = arg(many(POSITIVE, "sizes"), doc="the sizes")
    initializer: Initializer = arg(START, doc="how it starts")
    regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on its elements"
    )
    trainable: bool = arg(BOOL, default=True, doc="whether training changes it")

    hidden = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), sizes=(3,), initializer="ones"),
        example((3, 2, 2), sizes=(), initializer=0.5),
        example(
            Input(("N", "T"), "int32", 0, 9),
            sizes=(2, 1, 4),
            initializer="glorot_uniform",
            trainable=False,
        ),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType("float32", self.sizes),)

    def weights(self, *inputs: TensorType) -> tuple[Variable, ...]:
        try:
            self.initializer.check(NAME, self.sizes)
        except Refusal as refusal:
            refusal.argument = "initializer"
            raise
        return (Variable(NAME, self.sizes, self.initializer, self.trainable, self.regularizer),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return g.weight(call.weights[NAME], NAME)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        given: dict[str, Any] = {"alpha_initializer": self.initializer.keras_object(keras)}
        if self.regularizer is not None:
            given["alpha_regularizer"] = self.regularizer.keras_object(keras)
        if not self.trainable:
            given["trainable"] = False
        return keras.layers.PReLU(**given, name=name)

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        assert layer is not None
        ops = keras.ops
        below = ops.broadcast_to(anchor.minus_one(), (1, *self.sizes))
        # Subtracted from 0, which unlike a change of sign leaves no zero below zero.
        return ops.squeeze(ops.subtract(0.0, layer(below)), axis=0)
