"""Dense and Maxout: products with a kernel, over the last axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..activation.activations import ACTIVATION, Activation, activate
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, glorot_uniform, zeros
from ..base.kinds import BOOL, POSITIVE, arg, optional
from ..base.op import Example, Op, Weight, Window, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer


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
