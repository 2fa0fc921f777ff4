"""Transposed convolutions, also called deconvolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..activation.activations import activate
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import PADDING, arg, ints, optional
from ..base.op import Example, Refusal, Weight, Window, elements, example, known, op
from ..base.windows import CHANNELS_1D, CHANNELS_2D, CHANNELS_3D, refuse_strided_dilation, shown
from .kernel import WholeKernel, size, spread, steps


def enlargement(axes: int) -> tuple[int, ...]:
    """The argument that says how much larger the output is along each axis."""
    return steps(axes, "factor of enlargement")


def extra(axes: int, cells: str = "cells") -> tuple[int, ...] | None:
    """The argument that says how much longer still the output is at the end of each axis."""
    return arg(
        optional(ints(axes, low=0)),
        default=None,
        doc=f"{cells} added to the output's end",
        before="dilation_rate",
    )


@op
class TransposedConvolution(WholeKernel):
    """What the transposed convolutions share; the subclasses say over how many axes."""

    strides: tuple[int, ...] = enlargement(2)
    padding: str = arg(
        PADDING, default="valid", doc="`same` gives strides times the input, `valid` all there is"
    )
    output_padding: tuple[int, ...] | None = extra(2)

    def validate(self) -> None:
        refuse_strided_dilation(
            self.name,
            self.strides,
            self.dilation_rate,
            f"leave `strides` out and enlarge first: "
            f"`-> UpSampling{len(self.strides)}D({shown(self.strides)})`",
        )
        given = self.output_padding or (0,) * len(self.strides)
        for extra, stride in zip(given, self.strides, strict=True):
            if extra >= stride and self.output_padding is not None:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{self.name}` takes an `output_padding` less than its strides, "
                    f"got {shown(given)} for strides={shown(self.strides)}",
                    argument="output_padding",
                    help=f"give it at most {stride - 1}, or leave it out",
                )
        if self.output_padding is not None and self.padding == "same":
            for extra, reach in zip(given, self.sliding.reach, strict=True):
                if reach % 2 == 0 and extra == 0:
                    raise Refusal(
                        Code.BAD_VALUE,
                        f"`{self.name}` with an even kernel and `padding=same` needs an "
                        f"`output_padding` of at least 1, got {shown(given)} for a kernel "
                        f"that spans {reach}",
                        argument="output_padding",
                        help="leave `output_padding` out: the output is strides times the input",
                    )

    def grown(self) -> tuple[int, ...]:
        """What the output has beyond `strides * (input - 1)`, for each axis."""
        grown: list[int] = []
        for axis, (reach, stride) in enumerate(zip(self.sliding.reach, self.strides, strict=True)):
            if self.output_padding is None:
                grown.append(stride if self.padding == "same" else max(reach, stride))
            else:
                own = reach % 2 if self.padding == "same" else reach
                grown.append(own + self.output_padding[axis])
        return tuple(grown)

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        spatial = tuple(
            (size - 1) * stride + grown
            for size, stride, grown in zip(shape[1:-1], self.strides, self.grown(), strict=True)
        )
        return (shape[0], *spatial, self.filters)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        channels = known(inputs[0].shape[-1], self.name, "how many channels come in")
        kernel = Weight(
            "kernel",
            (*self.kernel_size, self.filters, channels),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        return kernel, *self.bias(self.filters)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(inputs[0]) * self.sliding.cells * self.filters

    def window(self, *inputs: TensorType) -> Window | None:
        cells = tuple(-(-k // s) for k, s in zip(self.kernel_size, self.strides, strict=True))
        return Window(cells, (1,) * len(cells), self.dilation_rate, scale=self.strides)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x = g.channels_first(call.x)
        before: list[int] = []
        after: list[int] = []
        beyond: list[int] = []
        for reach, grown in zip(self.sliding.reach, self.grown(), strict=True):
            # All there is ends `reach` beyond; `same` cuts the smaller half off the start.
            cut = max(reach - grown, 0) if self.padding == "same" else 0
            before.append(cut // 2)
            after.append(cut - cut // 2)
            beyond.append(max(grown - reach, 0))
        kernel = call.weights["kernel"].transpose(
            len(self.strides) + 1, len(self.strides), *range(len(self.strides))
        )
        bias = [g.weight(call.weights["bias"], "bias")] if self.use_bias else []
        y = g.node(
            "ConvTranspose",
            x,
            g.weight(kernel, "kernel"),
            *bias,
            type=call.outputs[0],
            kernel_shape=self.kernel_size,
            strides=self.strides,
            dilations=self.dilation_rate,
            pads=[*before, *after],
            output_padding=beyond,
        )
        return activate(g, self.activation, y)


@op
class Conv2DTranspose(TransposedConvolution):
    """The transpose of a convolution over height and width: strides enlarge its input."""

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 5, 3), filters=2, kernel_size=3),
        example(("N", 4, 5, 3), filters=2, kernel_size=3, strides=2, padding="same"),
        example(("N", 4, 5, 3), filters=2, kernel_size=4, strides=2, padding="same"),
        example(("N", 4, 5, 3), filters=4, kernel_size=2, strides=2, activation="sigmoid"),
        example(("N", 3, 4, 2), filters=2, kernel_size=2, strides=3),
        example(("N", 3, 4, 2), filters=2, kernel_size=1, strides=3, padding="same"),
        example(("N", 3, 4, 2), filters=2, kernel_size=(5, 2), strides=(3, 1), padding="same"),
        example(("N", 1, 2, 2), filters=2, kernel_size=5, padding="same", use_bias=False),
        example(("N", 4, 3, 2), filters=2, kernel_size=3, strides=2, output_padding=1),
        example(("N", 4, 3, 2), filters=2, kernel_size=3, strides=3, output_padding=(0, 2)),
        example(
            ("N", 4, 3, 2), filters=2, kernel_size=3, strides=2, output_padding=0, padding="same"
        ),
        example(
            ("N", 4, 3, 2), filters=2, kernel_size=4, strides=2, output_padding=1, padding="same"
        ),
        example(
            ("N", 4, 3, 2), filters=2, kernel_size=1, strides=3, output_padding=1, padding="same"
        ),
        example(("N", 4, 5, 2), filters=2, kernel_size=3, dilation_rate=2),
        example(("N", 4, 5, 2), filters=2, kernel_size=(2, 3), dilation_rate=(3, 2)),
        example(("N", 4, 5, 2), filters=2, kernel_size=(2, 3), dilation_rate=2, padding="same"),
        example(("N", "H", "W", 2), filters=3, kernel_size=3, strides=2, padding="same"),
        example(("N", "H", "W", 2), filters=3, kernel_size=(2, 3), strides=(3, 2)),
    )


@op
class Conv1DTranspose(TransposedConvolution):
    """The transpose of a convolution over time: strides enlarge its input."""

    kernel_size: tuple[int, ...] = size(1)
    strides: tuple[int, ...] = enlargement(1)
    output_padding: tuple[int, ...] | None = extra(1, "steps")
    dilation_rate: tuple[int, ...] = spread(1)

    rank = 3
    axes = CHANNELS_1D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5, 3), filters=2, kernel_size=3),
        example(("N", 5, 3), filters=4, kernel_size=3, strides=2, padding="same"),
        example(("N", 4, 2), filters=2, kernel_size=4, strides=2, padding="same"),
        example(("N", 4, 2), filters=3, kernel_size=2, strides=3, activation="sigmoid"),
        example(("N", 4, 2), filters=2, kernel_size=1, strides=3, padding="same"),
        example(("N", 2, 2), filters=2, kernel_size=5, padding="same", use_bias=False),
        example(("N", 1, 2), filters=2, kernel_size=3, strides=3, output_padding=2),
        example(("N", 4, 2), filters=2, kernel_size=4, strides=2, output_padding=1, padding="same"),
        example(("N", 5, 2), filters=2, kernel_size=3, dilation_rate=2),
        example(("N", 5, 2), filters=2, kernel_size=2, dilation_rate=3, padding="same"),
        example(("N", "T", 2), filters=3, kernel_size=3, strides=2, padding="same"),
        example(("N", "T", 2), filters=3, kernel_size=2, strides=3),
        example(("N", "T", 2), filters=3, kernel_size=1, strides=3, padding="same"),
    )


@op
class Conv3DTranspose(TransposedConvolution):
    """The transpose of a convolution over depth, height and width: strides enlarge its input."""

    kernel_size: tuple[int, ...] = size(3)
    strides: tuple[int, ...] = enlargement(3)
    output_padding: tuple[int, ...] | None = extra(3)
    dilation_rate: tuple[int, ...] = spread(3)

    rank = 5
    axes = CHANNELS_3D
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 3, 4, 2, 3), filters=2, kernel_size=3),
        example(("N", 3, 2, 4, 2), filters=3, kernel_size=3, strides=2, padding="same"),
        example(("N", 3, 2, 4, 2), filters=2, kernel_size=4, strides=2, padding="same"),
        example(("N", 2, 3, 1, 2), filters=2, kernel_size=(1, 2, 3), strides=(3, 1, 2)),
        example(
            ("N", 2, 3, 3, 2),
            filters=2,
            kernel_size=(5, 2, 1),
            strides=(3, 1, 2),
            padding="same",
            activation="sigmoid",
        ),
        example(("N", 1, 2, 3, 2), filters=2, kernel_size=5, padding="same", use_bias=False),
        example(("N", 2, 3, 2, 2), filters=2, kernel_size=3, strides=2, output_padding=(0, 1, 1)),
        example(("N", 3, 2, 4, 2), filters=2, kernel_size=2, dilation_rate=(2, 1, 3)),
        example(("N", "D", "H", "W", 2), filters=2, kernel_size=3, strides=2, padding="same"),
        example(("N", "D", "H", 2, 2), filters=2, kernel_size=(2, 3, 1), strides=(3, 2, 1)),
    )
