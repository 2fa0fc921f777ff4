"""Dense and its relatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..dims import Dim, Shape
from ..types import TensorType
from .activations import ACTIVATION, Activation, activate
from .backend import OnnxCall, OnnxGraph, Value
from .base import Example, Op, Weight, Window, elements, example, known, op
from .initializers import INITIALIZER, Initializer, glorot_uniform, zeros
from .kinds import BOOL, POSITIVE, arg, optional
from .regularizers import REGULARIZER, Regularizer


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

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Value:
        x = g.channels_last(call.x)
        (out,) = call.outputs
        kernel = g.weight(call.weights["kernel"], "kernel")
        if x.rank == 2:
            bias = [g.weight(call.weights["bias"], "bias")] if self.use_bias else []
            y = g.node("Gemm", x, kernel, *bias, type=out)
        else:
            y = g.node("MatMul", x, kernel, type=out)
            if self.use_bias:
                y = g.node("Add", y, g.weight(call.weights["bias"], "bias"))
        return activate(g, self.activation, y)
