"""LSTM over sequences of signals, pictures and volumes, with convolutions for its products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, dim_prod
from ...shapes.types import TensorType, show_shape
from ..activation.activation import Activation
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue, Tensor
from ..base.initializers import Initializer
from ..base.kinds import PADDING, POSITIVE, arg, ints
from ..base.masked import without_mask
from ..base.op import Example, Input, Refusal, Weight, example, known, op
from ..base.windows import Sliding, Spatial, refuse_strided_dilation
from .conv_lstm_loop import Recurrence, loop
from .forget_bias import ForgetBias, forget_bias
from .recurrent_onnx import flip
from .stepping import Stepping, gates


def size(axes: int) -> tuple[int, ...]:
    """The argument that says how large both kernels are along each axis."""
    return arg(ints(axes), doc="size of the windows")


def steps(axes: int) -> tuple[int, ...]:
    """The argument that says how far the input's kernel moves along each axis."""
    return arg(ints(axes), default=(1,) * axes, doc="step of the window over the input")


def spread(axes: int) -> tuple[int, ...]:
    """The argument that says how far apart the cells of the input's kernel are."""
    return arg(ints(axes), default=(1,) * axes, doc="distance between the input window's cells")


@op
class Filters(Spatial):
    """What the kernels of a convolutional recurrent layer are like."""

    filters: int = arg(POSITIVE, doc="number of channels of the state")
    kernel_size: tuple[int, ...] = size(2)
    strides: tuple[int, ...] = steps(2)
    padding: str = arg(
        PADDING, default="valid", doc="`same` pads the input with zeros, `valid` does not"
    )
    dilation_rate: tuple[int, ...] = spread(2)


@op
class ConvLSTM(Stepping, Filters):
    """What the convolutional LSTMs share; the subclasses say over how many axes."""

    recurrent_activation: Activation | None = gates()
    unit_forget_bias: bool = forget_bias()

    state_names = ("h", "c")
    width = "filters"

    def validate(self) -> None:
        """Raises Refusal for strides together with a dilation."""
        refuse_strided_dilation(
            self.name, self.strides, self.dilation_rate, "leave one of the two out"
        )

    @cached_property
    def sliding(self) -> Sliding:
        """The input's kernel on its way over one step."""
        return Sliding(self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def state(self, x: TensorType) -> TensorType:
        step = (x.shape[0], *x.shape[2:])
        for axis, dim in enumerate(x.shape[2:-1], start=2):
            if not isinstance(dim, int):
                raise Refusal(
                    Code.SHAPE,
                    f"`{self.name}` needs to know all sizes of a step, as Keras does, but axis "
                    f"{axis} of {show_shape(x.shape)} is `{dim}`",
                    inputs=[0],
                    help=f"write a number in place of `{dim}` in the net's signature",
                )
        self.sliding.require_fit(self.name, "kernel_size", "kernel", step)
        return TensorType(x.dtype, (step[0], *self.sliding.output(step[1:-1]), self.filters))

    def bias_start(self) -> Initializer:
        if not self.unit_forget_bias:
            return self.bias_initializer
        return ForgetBias(self.bias_initializer, self.filters)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        channels = known(inputs[0].shape[-1], self.name, "how many channels come in")
        width = 4 * self.filters
        return self.variables(
            (*self.kernel_size, channels, width),
            (*self.kernel_size, self.filters, width),
            (width,),
        )

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        (x, *_) = inputs
        cells = dim_prod((x.shape[1], *self.state(x).shape))
        return cells * 4 * self.sliding.cells * (x.shape[-1] + self.filters)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> Sequence[OnnxValue]:
        initial, mask = without_mask(call.inputs[1:], [v.type for v in call.inputs[1:]])
        y, states = self.go(g, call.x, call.weights, initial, mask)
        if self.return_sequences and self.go_backwards:
            y = flip(g, y, 1)
        return [y, *states] if self.return_state else [y]

    def go(
        self,
        g: OnnxGraph,
        x: OnnxValue,
        weights: Mapping[str, Tensor],
        initial: Sequence[OnnxValue],
        mask: OnnxValue | None,
        *,
        prefix: str = "",
        zeros: bool = False,
    ) -> tuple[OnnxValue, Sequence[OnnxValue]]:
        """One way through the sequence: its output, and the last states.

        Steps are in the order of the input. One that does not count repeats the output before it,
        or is zero with `zeros`.
        """
        state = self.state(x.type)
        cell = Recurrence(
            state,
            self.kernel_size,
            g.weight(_kernel(weights["recurrent_kernel"]), prefix + "recurrent_kernel"),
            self.activation,
            self.recurrent_activation,
            self.go_backwards,
        )
        parts = self._inputs(g, x, weights, prefix, state)
        return loop(g, cell, parts, initial, mask, every=self.return_sequences, zeros=zeros)

    def _inputs(
        self,
        g: OnnxGraph,
        x: OnnxValue,
        weights: Mapping[str, Tensor],
        prefix: str,
        state: TensorType,
    ) -> OnnxValue:
        """What the input adds to the gates of every step: `[time, batch, 4 * filters, …]`."""
        x = g.channels_last(x)
        batch, time, *spatial, channels = x.type.shape
        turned = TensorType(x.type.dtype, (time, batch, channels, *spatial))
        last = x.rank - 1
        x = g.node("Transpose", x, type=turned, first=False, perm=[1, 0, last, *range(2, last)])
        flat = TensorType(turned.dtype, (time * batch, *spatial, channels))
        x = g.node("Reshape", x, g.const([-1, channels, *spatial], "int64"), type=flat, first=True)
        x, attributes = self.sliding.lower(g, x)
        width = 4 * self.filters
        made = TensorType(turned.dtype, (time * batch, *state.shape[1:-1], width))
        bias = [g.weight(weights["bias"], prefix + "bias")] if self.use_bias else []
        kernel = g.weight(_kernel(weights["kernel"]), prefix + "kernel")
        x = g.node("Conv", x, kernel, *bias, type=made, **attributes)
        apart = (time, batch, width, *state.shape[1:-1])
        type = TensorType(turned.dtype, apart)
        return g.node("Reshape", x, g.shape(apart), type=type, first=False)


def _kernel(kernel: Tensor) -> Tensor:
    """`[…, in, out]` as ONNX's `[out, in, …]`."""
    last = len(kernel.shape) - 1
    return kernel.transpose(last, last - 1, *range(last - 1))


EXAMPLES_2D = (
    example(("N", 3, 4, 5, 2), filters=2, kernel_size=3, padding="same"),
    example(("N", "T", 4, 5, 2), filters=3, kernel_size=(2, 3), return_sequences=True),
    example(("N", "T", 5, 6, 1), filters=1, kernel_size=2, strides=(2, 3), padding="same"),
    example(("N", 2, 6, 5, 2), filters=2, kernel_size=2, dilation_rate=2, use_bias=False),
    example(("N", 1, 1, 1, 2), filters=2, kernel_size=1, unit_forget_bias=False),
    example(
        ("N", "T", 4, 3, 2),
        filters=2,
        kernel_size=2,
        padding="same",
        return_sequences=True,
        return_state=True,
        go_backwards=True,
        dropout=0.5,
    ),
    example(
        ("N", "T", 4, 4, 2),
        ("N", 2, 2, 2),
        ("N", 2, 2, 2),
        filters=2,
        kernel_size=3,
        return_state=True,
        activation="softmax",
        recurrent_activation="hard_sigmoid",
    ),
    example(("N", "T", 3, 4, 2), Input(("N", "T"), "bool"), filters=2, kernel_size=2),
    example(
        ("N", "T", 3, 4, 2),
        ("N", 3, 4, 2),
        ("N", 3, 4, 2),
        Input(("N", "T"), "bool"),
        filters=2,
        kernel_size=2,
        padding="same",
        return_sequences=True,
        return_state=True,
    ),
)

EXAMPLES_1D = (
    example(("N", "T", 5, 2), filters=3, kernel_size=2),
    example(("N", 4, 6, 2), filters=2, kernel_size=3, strides=2, padding="same"),
    example(
        ("N", "T", 5, 2),
        filters=2,
        kernel_size=3,
        padding="same",
        return_sequences=True,
        go_backwards=True,
        activation=None,
    ),
    example(("N", "T", 4, 1), filters=1, kernel_size=1, return_state=True, activation="relu"),
    example(
        ("N", "T", 5, 2),
        Input(("N", "T"), "bool"),
        filters=2,
        kernel_size=2,
        return_sequences=True,
        go_backwards=True,
    ),
)

EXAMPLES_3D = (
    example(("N", "T", 2, 3, 4, 2), filters=2, kernel_size=2, padding="same"),
    example(("N", 2, 3, 2, 3, 1), filters=2, kernel_size=(2, 1, 3), return_sequences=True),
    example(
        ("N", "T", 2, 2, 2, 1),
        Input(("N", "T"), "bool"),
        filters=1,
        kernel_size=2,
        return_state=True,
        go_backwards=True,
    ),
)


@op
class ConvLSTM2D(ConvLSTM):
    """An LSTM over a sequence of pictures, whose products are convolutions (Shi et al. 2015).

    Tensors after the sequence are initial states, a last one of bools is a mask. With
    `return_state` there are three results. The state's own convolution keeps its size.
    """

    rank = 5
    axes = "[batch, time, height, width, channels]"
    keras_name = "conv_lstm2d"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_2D


@op
class ConvLSTM1D(ConvLSTM):
    """An LSTM over a sequence of signals, whose products are convolutions (Shi et al. 2015)."""

    kernel_size: tuple[int, ...] = size(1)
    strides: tuple[int, ...] = steps(1)
    dilation_rate: tuple[int, ...] = spread(1)

    rank = 4
    axes = "[batch, time, steps, channels]"
    keras_name = "conv_lstm1d"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_1D


@op
class ConvLSTM3D(ConvLSTM):
    """An LSTM over a sequence of volumes, whose products are convolutions (Shi et al. 2015)."""

    kernel_size: tuple[int, ...] = size(3)
    strides: tuple[int, ...] = steps(3)
    dilation_rate: tuple[int, ...] = spread(3)

    rank = 6
    axes = "[batch, time, depth, height, width, channels]"
    keras_name = "conv_lstm3d"
    examples: ClassVar[tuple[Example, ...]] = EXAMPLES_3D
