"""Depthwise convolutions: each channel has kernels of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..activation.activations import activate
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue, Tensor
from ..base.kinds import POSITIVE, arg
from ..base.op import Example, Weight, elements, example, known, op
from ..base.windows import CHANNELS_1D, CHANNELS_2D, SlidingAttributes
from .kernel import DepthwiseKernel, size, spread, steps


@op
class DepthwiseConvolution(DepthwiseKernel):
    """What DepthwiseConv1D and DepthwiseConv2D share; the subclasses say over how many axes."""

    depth_multiplier: int = arg(
        POSITIVE,
        default=1,
        doc="output channels of each input channel",
        before="dilation_rate",
    )

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        self.sliding.require_fit(self.name, "kernel_size", "kernel", shape)
        channels = known(shape[-1], self.name, "how many channels come in")
        return (shape[0], *self.sliding.output(shape[1:-1]), channels * self.depth_multiplier)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        channels = known(inputs[0].shape[-1], self.name, "how many channels come in")
        kernel = Weight(
            "kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
        )
        return kernel, *self.bias(channels * self.depth_multiplier)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0]) * self.sliding.cells

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, attributes = self.sliding.lower(g, g.channels_first(call.x))
        bias = [g.weight(call.weights["bias"], "bias")] if self.use_bias else []
        y = depthwise(g, x, call.weights["kernel"], "kernel", bias, attributes, call.outputs[0])
        return activate(g, self.activation, y)


def depthwise(
    g: OnnxGraph,
    x: OnnxValue,
    kernel: Tensor,
    name: str,
    bias: Sequence[OnnxValue],
    attributes: SlidingAttributes,
    out: TensorType,
) -> OnnxValue:
    """A convolution with one group a channel, from a kernel `(…window, channels, multiplier)`."""
    *window, channels, multiplier = kernel.shape
    spatial = len(window)
    made = kernel.transpose(spatial, spatial + 1, *range(spatial))
    weight = g.weight(made.reshape(channels * multiplier, 1, *window), name)
    return g.node("Conv", x, weight, *bias, type=out, group=channels, **attributes)


@op
class DepthwiseConv2D(DepthwiseConvolution):
    """Convolution over height and width of each channel by itself."""

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5, 6, 3), kernel_size=3),
        example(("N", 6, 8, 3), kernel_size=3, strides=2, padding="same"),
        example(("N", 5, 6, 3), kernel_size=(2, 3), depth_multiplier=3, activation="sigmoid"),
        example(("N", 6, 7, 2), kernel_size=3, strides=(1, 2), padding="same", use_bias=False),
        example(("N", 7, 6, 1), kernel_size=1, depth_multiplier=2),
        example(("N", 2, 3, 2), kernel_size=5, padding="same"),
        example(("N", 7, 8, 2), kernel_size=3, dilation_rate=(2, 3), depth_multiplier=2),
        example(("N", 8, 7, 2), kernel_size=2, strides=2, dilation_rate=3, padding="same"),
        example(("N", "H", "W", 2), kernel_size=3, strides=2, padding="same", depth_multiplier=2),
        example(("N", "H", "W", 2), kernel_size=3, strides=2, dilation_rate=2, padding="same"),
        example(("N", "H", "W", 2), kernel_size=2, strides=3),
        example(("N", "H", "W", 2), kernel_size=2, strides=3, padding="same"),
    )


@op
class DepthwiseConv1D(DepthwiseConvolution):
    """Convolution over time of each channel by itself."""

    kernel_size: tuple[int, ...] = size(1)
    strides: tuple[int, ...] = steps(1)
    dilation_rate: tuple[int, ...] = spread(1)

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 7, 3), kernel_size=3),
        example(("N", 8, 3), kernel_size=3, strides=2, padding="same", depth_multiplier=2),
        example(("N", 2, 2), kernel_size=5, padding="same", use_bias=False),
        example(("N", 7, 2), kernel_size=2, dilation_rate=3, activation="sigmoid"),
        example(("N", 8, 2), kernel_size=3, strides=2, dilation_rate=2, padding="same"),
        example(("N", "T", 2), kernel_size=2, strides=2, padding="same"),
        example(("N", "T", 2), kernel_size=1, strides=2, padding="same"),
        example(("N", "T", 2), kernel_size=3, strides=2, dilation_rate=2, padding="same"),
    )
