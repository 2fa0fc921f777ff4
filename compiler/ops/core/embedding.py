"""Embedding and OneHot: integers as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.types import INTS, TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, RandomUniform
from ..base.kinds import BOOL, POSITIVE, arg, optional
from ..base.op import Example, Input, Op, Weight, example, op
from ..base.regularizers import REGULARIZER, Regularizer
from .masking import IdMask

FLOAT32, INT32, INT64 = 1, 6, 7
"""ONNX's numbers of the dtypes."""


@op
class Embedding(Op):
    """Looks up a row of a table for every integer."""

    input_dim: int = arg(POSITIVE, doc="how many rows: the greatest integer plus 1")
    output_dim: int = arg(POSITIVE, doc="how long a row is")
    embeddings_initializer: Initializer = arg(
        INITIALIZER, default=RandomUniform(), doc="how the table starts"
    )
    embeddings_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the table"
    )
    mask_zero: bool = arg(BOOL, default=False, doc="whether 0 stands for a step that is not there")

    rank = (1, 7)
    dtypes = INTS
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", "T"), "int32", high=7), input_dim=7, output_dim=3),
        example(Input(("N",), "int64", high=7), input_dim=7, output_dim=4),
        example(Input(("N", 2, 3), "uint8", high=5), input_dim=5, output_dim=1),
        example(Input(("N", "T"), "int32", high=3), input_dim=3, output_dim=2, mask_zero=True),
    )

    def mask_maker(self) -> Op | None:
        return IdMask() if self.mask_zero else None

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType("float32", (*inputs[0].shape, self.output_dim)),)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (
            Weight(
                "embeddings",
                (self.input_dim, self.output_dim),
                self.embeddings_initializer,
                regularizer=self.embeddings_regularizer,
            ),
        )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        rows = g.weight(call.weights["embeddings"], "embeddings")
        x = whole_indices(g, call.x)
        return g.node("Gather", rows, x, type=call.outputs[0], first=False, axis=0)


@op
class OneHot(Op):
    """A new last axis of `num_classes`, 1 at the place each integer names and 0 elsewhere.

    An integer outside `0 .. num_classes - 1` gives zeros only. `keras.ops.one_hot` is the same.
    """

    num_classes: int = arg(POSITIVE, doc="size of the new axis")

    rank = (1, 7)
    dtypes = INTS
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N",), "int32", high=4), num_classes=4),
        example(Input(("N", "T"), "int64", high=9), num_classes=5),
        example(Input(("N", 3), "uint8", high=3), num_classes=3),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (TensorType("float32", (*inputs[0].shape, self.num_classes)),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, shape = whole_indices(g, call.x), call.outputs[0].shape
        dtype = x.type.dtype
        tall = TensorType(dtype, (*shape[:-1], 1))
        x = g.node("Unsqueeze", x, g.const([-1], "int64"), type=tall, first=False)
        places = g.const(list(range(self.num_classes)), dtype)
        same = g.node("Equal", x, places, type=TensorType("bool", shape), first=False)
        return g.node("Cast", same, type=call.outputs[0], to=FLOAT32)

    def keras_layer(self, keras: KerasModule, name: str) -> None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.one_hot(inputs[0], self.num_classes)


def whole_indices(g: OnnxGraph, x: OnnxValue) -> OnnxValue:
    """Integers in a dtype that onnxruntime looks up by, channels last."""
    x = g.channels_last(x)
    if x.type.dtype in ("int32", "int64"):
        return x
    wide = x.type.dtype in ("uint32", "uint64")
    type = TensorType("int64" if wide else "int32", x.type.shape)
    return g.node("Cast", x, type=type, to=INT64 if wide else INT32)
