"""Dense and Maxout; Embedding and OneHot for integers; Dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import INTS, TensorType
from ..activation.activations import ACTIVATION, Activation, activate
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, RandomUniform, glorot_uniform, zeros
from ..base.kinds import BOOL, FLOAT, POSITIVE, arg, between, many, optional
from ..base.op import Example, Input, Op, Refusal, Weight, Window, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer
from .masking import IdMask

RATE = between(FLOAT, 0, 1, "a number of at least 0 and below 1")
FLOAT32, INT32, INT64 = 1, 6, 7
"""ONNX's numbers of the dtypes."""


@op
class Dense(Op):
    """`y = activation(x @ kernel + bias)`, over the last axis."""

    units: int = arg(POSITIVE, doc="size of the output's last axis")
    activation: Activation | None = arg(optional(ACTIVATION), default=None, doc="what follows")
    use_bias: bool = arg(BOOL, default=True, doc="whether to add a bias")
    kernel_initializer: Initializer = arg(
        INITIALIZER, default=glorot_uniform, doc="how the kernel starts"
    )
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the bias starts")
    kernel_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernel"
    )
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the bias"
    )

    rank = (2, 8)
    keeps_mask = True
    axes = "[batch, …, features]"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), units=3),
        example(("N", 4, 5), units=2, use_bias=False),
        example(("N", 5), units=1, activation="relu"),
        example(("N", "T", 6), units=4, activation="softmax"),
    )

    def shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], self.units)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        features = known(inputs[0].shape[-1], "Dense", "how many features come in")
        kernel = Weight(
            "kernel",
            (features, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        if not self.use_bias:
            return (kernel,)
        bias = Weight(
            "bias", (self.units,), self.bias_initializer, regularizer=self.bias_regularizer
        )
        return (kernel, bias)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(inputs[0]) * self.units

    def window(self, *inputs: TensorType) -> Window | None:
        return None if inputs[0].rank == 2 else super().window(*inputs)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return activate(g, self.activation, _affine(g, call, call.outputs[0]))


@op
class Maxout(Op):
    """The greatest of `pieces` dense layers, element by element (Goodfellow et al. 2013).

    One kernel holds all pieces, one beside the other. Keras has no such layer.
    """

    units: int = arg(POSITIVE, doc="size of the output's last axis")
    pieces: int = arg(POSITIVE, doc="how many dense layers compete for each output")
    use_bias: bool = arg(BOOL, default=True, doc="whether to add biases")
    kernel_initializer: Initializer = arg(
        INITIALIZER, default=glorot_uniform, doc="how the kernel starts"
    )
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the biases start")
    kernel_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernel"
    )
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the biases"
    )

    rank = (2, 8)
    axes = "[batch, …, features]"
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), units=3, pieces=2),
        example(("N", "T", 5), units=2, pieces=3, use_bias=False),
        example(("N", 5), units=4, pieces=1),
    )

    def shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], self.units)

    def dense(self) -> Dense:
        """The layer whose output holds all pieces."""
        return Dense(
            self.units * self.pieces,
            None,
            self.use_bias,
            self.kernel_initializer,
            self.bias_initializer,
            self.kernel_regularizer,
            self.bias_regularizer,
        )

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return self.dense().weights(*inputs)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return self.dense().macs(inputs, outputs)

    def window(self, *inputs: TensorType) -> Window | None:
        return self.dense().window(*inputs)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        y = _affine(g, call, TensorType(out.dtype, (*out.shape[:-1], self.units * self.pieces)))
        if self.pieces == 1:
            return y
        sizes = g.const([self.units] * self.pieces, "int64")
        parts = g.nodes("Split", y, sizes, types=[out] * self.pieces, axis=-1)
        return g.node("Max", *parts)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        return self.dense().keras_layer(keras, name)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        y = super().keras_call(keras, layer, inputs)
        if self.pieces == 1:
            return y
        return keras.layers.Maximum()(keras.ops.split(y, self.pieces, axis=-1))


def _affine(g: OnnxGraph, call: OnnxCall, out: TensorType) -> OnnxValue:
    x = g.channels_last(call.x)
    kernel = g.weight(call.weights["kernel"], "kernel")
    bias = [g.weight(call.weights["bias"], "bias")] if "bias" in call.weights else []
    if x.rank == 2:
        return g.node("Gemm", x, kernel, *bias, type=out)
    y = g.node("MatMul", x, kernel, type=out)
    return g.node("Add", y, *bias) if bias else y


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


@op
class Dropout(Op):
    """In training, sets a share of the elements to 0 and scales the others (Hinton et al. 2012).

    A trained net passes its input on unchanged.
    """

    rate: float = arg(RATE, doc="the share that becomes 0")
    noise_shape: tuple[int | None, ...] | None = arg(
        optional(many(optional(POSITIVE), "a size or none for each axis, such as (none, 1, 8)")),
        default=None,
        doc="sizes of what is drawn, 1 where an axis is dropped as a whole; none: the input's",
    )

    keeps_mask = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), rate=0.5),
        example(("N", "H", 4, 3), rate=0),
        example(("N", 4, 3), rate=0.5, noise_shape=(None, 1, 3)),
    )

    def shape(self, *shapes: Shape) -> Shape:
        (x,) = shapes
        if self.noise_shape is not None and len(self.noise_shape) != len(x):
            raise Refusal(
                Code.RANK,
                f"`noise_shape` of `Dropout` has {len(self.noise_shape)} sizes for {len(x)} axes",
                help="give one for each axis, `none` for the input's own",
            )
        return x

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        return call.x
