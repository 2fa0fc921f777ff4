"""Convolutions over one, two and three spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.divisors import listed, near
from ...shapes.types import TensorType, show_shape
from ..activation.activations import activate
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import POSITIVE, arg, choice
from ..base.op import Example, Refusal, Weight, elements, example, known, op
from ..base.windows import (
    CHANNELS_1D,
    CHANNELS_2D,
    CHANNELS_3D,
    refuse_strided_dilation,
    shown,
)
from .kernel import WholeKernel, size, spread, steps


@op
class Convolution(WholeKernel):
    """What Conv1D, Conv2D and Conv3D share; the subclasses say over how many axes."""

    groups: int = arg(
        POSITIVE,
        default=1,
        doc="into how many groups the channels are split",
        before="activation",
    )

    def validate(self) -> None:
        refuse_strided_dilation(
            self.name,
            self.strides,
            self.dilation_rate,
            f"leave `strides` out and follow with "
            f"`-> MaxPooling{len(self.strides)}D(1, strides={shown(self.strides)})`",
        )
        if self.filters % self.groups:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{self.name}` cannot split {self.filters} filters into {self.groups} groups "
                "of one size",
                argument="groups",
                help=f"{listed(near(self.filters, self.groups))} divide {self.filters}; or give "
                f"it a multiple of {self.groups} as `filters`",
            )

    def channels(self, shape: Shape) -> int:
        """How many channels come in. Raises Refusal where the groups do not divide them."""
        channels = known(shape[-1], self.name, "how many channels come in")
        if channels % self.groups:
            raise Refusal(
                Code.SHAPE,
                f"`{self.name}` cannot split the {channels} channels of {show_shape(shape)} into "
                f"{self.groups} groups of one size",
                argument="groups",
                inputs=[0],
                help=f"let the layer before give a multiple of {self.groups} channels",
            )
        return channels

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        self.channels(shape)
        self.sliding.require_fit(self.name, "kernel_size", "kernel", shape)
        return (shape[0], *self.sliding.output(shape[1:-1]), self.filters)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        channels = self.channels(inputs[0].shape)
        found = self._weights.get(channels)
        if found is None:
            found = self._weights[channels] = self._weights_of(channels)
        return found

    @cached_property
    def _weights(self) -> dict[int, tuple[Weight, ...]]:
        """The weights by how many channels come in, which are few where the sizes are many."""
        return {}

    def _weights_of(self, channels: int) -> tuple[Weight, ...]:
        group = channels // self.groups
        kernel = Weight(
            "kernel",
            (*self.kernel_size, group, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        return kernel, *self.bias(self.filters)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        group = self.channels(inputs[0].shape) // self.groups
        return elements(outputs[0]) * self.sliding.cells * group

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, attributes = self.sliding.lower(g, g.channels_first(call.x))
        spatial = range(len(self.kernel_size))
        kernel = call.weights["kernel"].transpose(len(spatial) + 1, len(spatial), *spatial)
        bias = [g.weight(call.weights["bias"], "bias")] if self.use_bias else []
        y = g.node(
            "Conv",
            x,
            g.weight(kernel, "kernel"),
            *bias,
            type=call.outputs[0],
            group=self.groups,
            **attributes,
        )
        return activate(g, self.activation, y)


@op
class Conv2D(Convolution):
    """Convolution over height and width."""

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5, 6, 3), filters=4, kernel_size=3),
        example(("N", 6, 8, 3), filters=4, kernel_size=3, strides=2, padding="same"),
        example(("N", 7, 5, 2), filters=3, kernel_size=(2, 4), padding="same"),
        example(("N", 6, 7, 2), filters=3, kernel_size=(2, 3), strides=(1, 2), padding="same"),
        example(("N", 7, 6, 2), filters=2, kernel_size=1, strides=3, padding="same"),
        example(("N", 2, 3, 2), filters=2, kernel_size=5, padding="same", activation="sigmoid"),
        example(("N", 2, 3, 2), filters=2, kernel_size=5, strides=2, padding="same"),
        example(("N", 1, 1, 2), filters=3, kernel_size=1, use_bias=False),
        example(("N", 6, 6, 9), filters=6, kernel_size=3, groups=3),
        example(("N", 6, 5, 6), filters=9, kernel_size=2, strides=2, padding="same", groups=3),
        example(("N", 7, 8, 2), filters=2, kernel_size=3, dilation_rate=(2, 3)),
        example(("N", 5, 6, 2), filters=2, kernel_size=(2, 3), dilation_rate=3, padding="same"),
        example(("N", "H", "W", 3), filters=2, kernel_size=3, strides=2),
        example(("N", "H", "W", 3), filters=2, kernel_size=(3, 2), padding="same"),
        example(("N", "H", "W", 2), filters=3, kernel_size=1, strides=3, padding="same"),
        example(("N", "H", "W", 2), filters=3, kernel_size=(1, 3), strides=4, padding="same"),
        example(("N", "H", "W", 3), filters=2, kernel_size=3, strides=2, padding="same"),
        example(("N", "H", 6, 4), filters=2, kernel_size=2, strides=3, padding="same", groups=2),
        example(("N", "H", "W", 2), filters=2, kernel_size=3, dilation_rate=2, padding="same"),
    )


@op
class Conv1D(Convolution):
    """Convolution over time; `padding=causal` sees no step after its own."""

    kernel_size: tuple[int, ...] = size(1)
    strides: tuple[int, ...] = steps(1)
    padding: str = arg(
        choice("valid", "same", "causal"),
        default="valid",
        doc="`same` pads both ends with zeros, `causal` the start, `valid` none",
    )
    dilation_rate: tuple[int, ...] = spread(1)

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 7, 3), filters=4, kernel_size=3),
        example(("N", 8, 3), filters=4, kernel_size=3, strides=2, padding="same"),
        example(("N", 6, 3), filters=2, kernel_size=4, padding="same", activation="sigmoid"),
        example(("N", 6, 3), filters=2, kernel_size=3, padding="causal"),
        example(("N", 7, 3), filters=2, kernel_size=2, dilation_rate=3, padding="causal"),
        example(("N", 8, 2), filters=2, kernel_size=3, strides=2, padding="causal"),
        example(("N", 2, 2), filters=2, kernel_size=5, padding="same", use_bias=False),
        example(("N", 6, 9), filters=6, kernel_size=1, groups=3),
        example(("N", "T", 2), filters=3, kernel_size=3, strides=2, padding="same"),
        example(("N", "T", 2), filters=3, kernel_size=2, strides=3, padding="same"),
        example(("N", "T", 2), filters=3, kernel_size=2, dilation_rate=2, padding="causal"),
        example(("N", "T", 4), filters=2, kernel_size=2, strides=2, groups=2),
    )


@op
class Conv3D(Convolution):
    """Convolution over depth, height and width."""

    kernel_size: tuple[int, ...] = size(3)
    strides: tuple[int, ...] = steps(3)
    dilation_rate: tuple[int, ...] = spread(3)

    rank = 5
    axes = CHANNELS_3D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 5, 6, 3), filters=4, kernel_size=3),
        example(("N", 4, 6, 5, 2), filters=3, kernel_size=3, strides=2, padding="same"),
        example(("N", 3, 5, 4, 2), filters=3, kernel_size=(1, 2, 4), padding="same"),
        example(("N", 6, 4, 7, 2), filters=2, kernel_size=(2, 1, 3), strides=(1, 3, 2)),
        example(("N", 4, 7, 6, 2), filters=2, kernel_size=1, strides=3, padding="same"),
        example(("N", 2, 3, 1, 2), filters=2, kernel_size=4, padding="same", activation="sigmoid"),
        example(("N", 2, 3, 4, 2), filters=2, kernel_size=5, strides=2, padding="same"),
        example(("N", 1, 1, 1, 2), filters=3, kernel_size=1, use_bias=False),
        example(("N", 3, 4, 3, 9), filters=6, kernel_size=2, groups=3),
        example(("N", 5, 6, 7, 2), filters=2, kernel_size=2, dilation_rate=(2, 1, 3)),
        example(("N", 4, 5, 3, 2), filters=2, kernel_size=2, dilation_rate=3, padding="same"),
        example(("N", "D", "H", "W", 3), filters=2, kernel_size=3, strides=2),
        example(("N", "D", "H", "W", 2), filters=2, kernel_size=(3, 2, 1), padding="same"),
        example(("N", "D", "H", 6, 2), filters=2, kernel_size=3, strides=(2, 3, 2), padding="same"),
        example(
            ("N", "D", "H", "W", 1), filters=2, kernel_size=(2, 1, 3), strides=3, padding="same"
        ),
        example(("N", "D", "H", "W", 2), filters=2, kernel_size=2, dilation_rate=2, padding="same"),
    )
