"""Masking, and the operators that make the masks of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.types import INTS, TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import FLOAT, arg
from ..base.op import Example, Input, Op, example, op


class MaskMaker(Op):
    """Makes a mask; reached through the layer whose output carries it."""

    __slots__ = ()

    hidden = True

    def keras_layer(self, keras: KerasModule, name: str) -> None:
        return None


@op
class IdMask(MaskMaker):
    """True where an id is not 0: the mask of `Embedding(…, mask_zero=true)`."""

    rank = (1, 7)
    dtypes = INTS
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", "T"), "int32", high=3)),
        example(Input(("N", 4), "uint8", high=2)),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType("bool", inputs[0].shape),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = g.channels_last(call.x)
        (out,) = call.outputs
        return g.node("Cast", x, type=out, first=False, to=BOOL_NUMBER)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.not_equal(inputs[0], 0)


@op
class ValueMask(MaskMaker):
    """True where any feature of a step differs from `mask_value`: the mask of `Masking`."""

    mask_value: float = arg(FLOAT, default=0.0, doc="what every feature of a masked step is")

    rank = (2, 8)
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", "T", 1), low=-1, high=1)),
        example(("N", 4, 3), mask_value=0.5),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType("bool", inputs[0].shape[:-1]),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        shape = call.x.type.shape
        wide = any_differs(g, g.channels_last(call.x), self.mask_value)
        axis = g.const([len(shape) - 1], "int64")
        return g.node("Squeeze", wide, axis, type=call.outputs[0], first=False)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.any(keras.ops.not_equal(inputs[0], self.mask_value), axis=-1)


@op
class JoinedMask(MaskMaker):
    """True where any of several masks is."""

    arity = (2, None)
    dtypes = ("bool",)
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", "T"), "bool"), Input(("N", "T"), "bool")),
        example(*[Input(("N", 4), "bool")] * 3),
    )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        total = call.x
        for value in call.inputs[1:]:
            total = g.node("Or", total, value)
        return total

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        total = inputs[0]
        for value in inputs[1:]:
            total = keras.ops.logical_or(total, value)
        return total


@op
class Masking(Op):
    """Says that steps whose features are all `mask_value` do not count, and makes them 0.

    Layers after it pass the mask on, and recurrent layers skip those steps, as in Keras.
    """

    mask_value: float = arg(FLOAT, default=0.0, doc="what every feature of a masked step is")

    rank = (2, 8)
    axes = "[batch, time, …]"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 3)),
        example(Input(("N", 4, 1), low=-1, high=1), mask_value=-1),
    )

    def mask_maker(self) -> Op:
        return ValueMask(self.mask_value)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = g.channels_last(call.x)
        zero = g.const(0.0, x.type.dtype)
        return g.node(
            "Where", any_differs(g, x, self.mask_value), x, zero, type=x.type, first=False
        )


BOOL_NUMBER, FLOAT_NUMBER = 9, 1
"""ONNX's numbers of the dtypes."""


def any_differs(g: OnnxGraph, x: OnnxValue, value: float) -> OnnxValue:
    """Whether any feature differs from a value, the last axis kept 1 long."""
    shape, dtype = x.type.shape, x.type.dtype
    same = g.node("Equal", x, g.const(value, dtype), type=TensorType("bool", shape), first=False)
    differs = g.node(
        "Cast", g.node("Not", same), type=TensorType("float32", shape), to=FLOAT_NUMBER
    )
    one = TensorType("float32", (*shape[:-1], 1))
    count = g.node("ReduceSum", differs, g.const([-1], "int64"), type=one, first=False, keepdims=1)
    return g.node("Cast", count, type=TensorType("bool", one.shape), to=BOOL_NUMBER)
