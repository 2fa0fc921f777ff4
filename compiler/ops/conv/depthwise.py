"""Depthwise convolutions: each channel has kernels of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..activation.activations import ACTIVATION, Activation, activate
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue, Tensor
from ..base.initializers import INITIALIZER, Initializer, glorot_uniform, zeros
from ..base.kinds import BOOL, PADDING, POSITIVE, arg, ints, optional
from ..base.op import Example, Weight, Window, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer
from ..base.windows import CHANNELS_1D, CHANNELS_2D, Sliding, SlidingAttributes, Spatial
from .conv import bias_weight


@op
class DepthwiseConvolution(Spatial):
    """What DepthwiseConv1D and DepthwiseConv2D share; the subclasses say over how many axes."""

    kernel_size: tuple[int, ...] = arg(ints(2), doc="size of the window")
    strides: tuple[int, ...] = arg(ints(2), default=(1, 1), doc="step of the window")
    padding: str = arg(PADDING, default="valid", doc="`same` pads with zeros, `valid` does not")
    depth_multiplier: int = arg(POSITIVE, default=1, doc="output channels of each input channel")
    dilation_rate: tuple[int, ...] = arg(
        ints(2), default=(1, 1), doc="distance between the window's cells"
    )
    activation: Activation | None = arg(optional(ACTIVATION), default=None, doc="what follows")
    use_bias: bool = arg(BOOL, default=True, doc="whether to add a bias")
    depthwise_initializer: Initializer = arg(
        INITIALIZER, default=glorot_uniform, doc="how the kernel starts"
    )
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the bias starts")
    depthwise_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernel"
    )
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the bias"
    )

    @property
    def sliding(self) -> Sliding:
        """The kernel on its way over the input."""
        return Sliding(self.kernel_size, self.strides, self.padding, self.dilation_rate)

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
        return kernel, *bias_weight(
            self.use_bias,
            channels * self.depth_multiplier,
            self.bias_initializer,
            self.bias_regularizer,
        )

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0]) * self.sliding.cells

    def window(self, *inputs: TensorType) -> Window | None:
        return self.sliding.look()

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
    )


@op
class DepthwiseConv1D(DepthwiseConvolution):
    """Convolution over time of each channel by itself."""

    kernel_size: tuple[int, ...] = arg(ints(1), doc="size of the window")
    strides: tuple[int, ...] = arg(ints(1), default=(1,), doc="step of the window")
    dilation_rate: tuple[int, ...] = arg(
        ints(1), default=(1,), doc="distance between the window's cells"
    )

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 7, 3), kernel_size=3),
        example(("N", 8, 3), kernel_size=3, strides=2, padding="same", depth_multiplier=2),
        example(("N", 2, 2), kernel_size=5, padding="same", use_bias=False),
        example(("N", 7, 2), kernel_size=2, dilation_rate=3, activation="sigmoid"),
        example(("N", 8, 2), kernel_size=3, strides=2, dilation_rate=2, padding="same"),
        example(("N", "T", 2), kernel_size=2, strides=2, padding="same"),
        example(("N", "T", 2), kernel_size=3, strides=2, dilation_rate=2, padding="same"),
    )
