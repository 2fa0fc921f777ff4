"""Separable convolutions: depthwise, then pointwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..activation.activations import activate
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, glorot_uniform
from ..base.kinds import POSITIVE, arg, optional
from ..base.op import Example, Weight, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer
from ..base.windows import CHANNELS_1D, CHANNELS_2D
from .depthwise import depthwise
from .kernel import DepthwiseKernel, Filters, size, spread, steps


@op
class SeparableConvolution(DepthwiseKernel, Filters):
    """What SeparableConv1D and SeparableConv2D share; the subclasses say over how many axes."""

    depth_multiplier: int = arg(
        POSITIVE,
        default=1,
        doc="channels between the two, of each input",
        before="activation",
    )
    pointwise_initializer: Initializer = arg(
        INITIALIZER,
        default=glorot_uniform,
        doc="how the pointwise kernel starts",
        before="bias_initializer",
    )
    pointwise_regularizer: Regularizer | None = arg(
        optional(REGULARIZER),
        default=None,
        doc="penalty on the pointwise kernel",
        before="bias_regularizer",
    )

    def between(self, shape: Shape) -> int:
        """How many channels there are between the two convolutions."""
        return self.depth_multiplier * known(shape[-1], self.name, "how many channels come in")

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        self.sliding.require_fit(self.name, "kernel_size", "kernel", shape)
        return (shape[0], *self.sliding.output(shape[1:-1]), self.filters)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        between = self.between(inputs[0].shape)
        depthwise_kernel = Weight(
            "depthwise_kernel",
            (*self.kernel_size, between // self.depth_multiplier, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
        )
        pointwise_kernel = Weight(
            "pointwise_kernel",
            (*(1 for _ in self.kernel_size), between, self.filters),
            self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
        )
        return depthwise_kernel, pointwise_kernel, *self.bias(self.filters)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        between = self.between(inputs[0].shape)
        positions = elements(TensorType(outputs[0].dtype, outputs[0].shape[:-1]))
        return positions * between * (self.sliding.cells + self.filters)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, attributes = self.sliding.lower(g, g.channels_first(call.x))
        (out,) = call.outputs
        between = TensorType(out.dtype, (*out.shape[:-1], self.between(call.x.type.shape)))
        kernel = call.weights["depthwise_kernel"]
        y = depthwise(g, x, kernel, "depthwise_kernel", (), attributes, between)
        spatial = len(self.kernel_size)
        pointwise = call.weights["pointwise_kernel"].transpose(
            spatial + 1, spatial, *range(spatial)
        )
        bias = [g.weight(call.weights["bias"], "bias")] if self.use_bias else []
        y = g.node("Conv", y, g.weight(pointwise, "pointwise_kernel"), *bias, type=out)
        return activate(g, self.activation, y)


@op
class SeparableConv2D(SeparableConvolution):
    """Over height and width each channel by itself, then a 1 by 1 convolution across channels."""

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5, 6, 3), filters=4, kernel_size=3),
        example(("N", 6, 8, 3), filters=2, kernel_size=3, strides=2, padding="same"),
        example(("N", 5, 6, 3), filters=2, kernel_size=(2, 3), depth_multiplier=2),
        example(("N", 6, 7, 2), filters=3, kernel_size=3, strides=(1, 2), padding="same"),
        example(("N", 3, 3, 1), filters=1, kernel_size=1, use_bias=False, activation="sigmoid"),
        example(("N", 2, 3, 2), filters=3, kernel_size=5, padding="same"),
        example(("N", 7, 8, 2), filters=3, kernel_size=3, dilation_rate=(2, 3)),
        example(
            ("N", 8, 7, 2), filters=3, kernel_size=2, strides=2, dilation_rate=3, padding="same"
        ),
        example(("N", "H", "W", 2), filters=3, kernel_size=3, strides=2, padding="same"),
        example(
            ("N", "H", "W", 2), filters=3, kernel_size=3, strides=2, dilation_rate=2, padding="same"
        ),
    )


@op
class SeparableConv1D(SeparableConvolution):
    """Over time each channel by itself, then a 1-wide convolution across channels."""

    kernel_size: tuple[int, ...] = size(1)
    strides: tuple[int, ...] = steps(1)
    dilation_rate: tuple[int, ...] = spread(1)

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 7, 3), filters=4, kernel_size=3),
        example(("N", 8, 3), filters=2, kernel_size=3, strides=2, padding="same"),
        example(("N", 2, 2), filters=3, kernel_size=5, padding="same", use_bias=False),
        example(("N", 7, 2), filters=3, kernel_size=2, dilation_rate=3, depth_multiplier=2),
        example(("N", "T", 2), filters=3, kernel_size=2, strides=2, padding="same"),
        example(("N", "T", 2), filters=3, kernel_size=1, strides=3, padding="same"),
    )
