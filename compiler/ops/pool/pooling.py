"""Pooling over windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import BOOL, PADDING, Kind, Word, arg, ints, optional
from ..base.op import Example, Refusal, Window, elements, example, op
from ..base.sides import SIDES, Sides
from ..base.windows import (
    CHANNELS_1D,
    CHANNELS_2D,
    CHANNELS_3D,
    Sliding,
    Spatial,
    pad,
    shown,
)


def size(axes: int) -> tuple[int, ...]:
    """The argument that says how large the window is along each of its axes."""
    return arg(ints(axes), default=(2,) * axes, doc="size of the window")


def steps(axes: int) -> tuple[int, ...] | None:
    """The argument that says how far the window moves along each of its axes."""
    return arg(optional(ints(axes)), default=None, doc="step of the window; none is `pool_size`")


def edges(axes: int) -> str | Sides:
    """The argument that says what is added around the input."""
    numbers = SIDES[axes]

    def convert(value: object) -> str | Sides:
        return (PADDING if isinstance(value, Word | str) else numbers).convert(value)

    kind = Kind(f"valid or same, or {numbers.text}", convert, PADDING.words)
    return arg(
        kind,
        default="valid",
        doc="`same` pads, `valid` does not; numbers are the cells at the sides",
    )


@op
class Pooling(Spatial):
    """What the pools over windows share; the subclasses say over how many axes."""

    pool_size: tuple[int, ...] = size(2)
    strides: tuple[int, ...] | None = steps(2)
    padding: str | Sides = edges(2)
    ceil_mode: bool = arg(
        BOOL,
        default=False,
        doc="whether a last window may reach past the end, where it begins before that",
    )

    def validate(self) -> None:
        """Raises Refusal for windows that would hold padding alone, and for a double meaning."""
        if self.padding == "same" and self.ceil_mode:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{self.name}` leaves no cell over with `padding=same`, so that `ceil_mode` says "
                "nothing",
                argument="ceil_mode",
                help="leave `ceil_mode` out, or give `padding` in numbers",
            )
        if isinstance(self.padding, str):
            return
        for ends, cells in zip(self.padding, self.pool_size, strict=True):
            if max(ends) >= cells:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{self.name}` pads a window of {shown(self.pool_size)} by {max(ends)} cells, "
                    "so that one window would hold nothing else",
                    argument="padding",
                    help=f"give it a padding of at most {cells - 1} along that axis",
                )

    @property
    def plain(self) -> bool:
        """Whether Keras's layer knows all of its arguments."""
        return isinstance(self.padding, str) and not self.ceil_mode

    @property
    def around(self) -> Sides | None:
        """The cells at each side; None where the size of the input decides."""
        return self._sliding(self.padding).fixed

    @property
    def sides(self) -> Sides | None:
        """The same, with those that the windows of `ceil_mode` reach past the end.

        PyTorch has `ceil((size + before + after - window) / stride) + 1` windows, and leaves out
        the last one where it would begin behind the input: without it no window reaches further
        than `window - 1`.
        """
        if self.around is None or not self.ceil_mode:
            return self.around
        strides = self.strides or self.pool_size
        return tuple(
            (before, min(after + stride, cells) - 1)
            for (before, after), stride, cells in zip(
                self.around, strides, self.pool_size, strict=True
            )
        )

    def _sliding(self, padding: str | Sides) -> Sliding:
        return Sliding(self.pool_size, self.strides or self.pool_size, padding)

    @cached_property
    def sliding(self) -> Sliding:
        """The window on its way over the input."""
        return self._sliding(self.padding if self.sides is None else self.sides)

    def shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        self.sliding.require_fit(self.name, "pool_size", "window", shape)
        return (shape[0], *self.sliding.output(shape[1:-1]), shape[-1])

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return elements(outputs[0]) * self.sliding.cells

    def window(self, *inputs: TensorType) -> Window | None:
        return self.sliding.look()

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        return getattr(keras.layers, self.name)(
            pool_size=self.pool_size,
            strides=self.strides,
            padding=self.padding if self.plain else "valid",
            name=name,
        )

    def keras_padded(
        self, keras: KerasModule, x: KerasTensor, sides: Sides, fill: float
    ) -> KerasTensor:
        """A Keras tensor with cells around it."""
        if not any(map(any, sides)):
            return x
        return keras.ops.pad(x, ((0, 0), *sides, (0, 0)), constant_values=fill)

    def calls_layer_alone(self) -> bool:
        return self.plain


LOWEST = float("-inf")


@op
class Largest(Pooling):
    """What the pools of largest values share; no padded cell is ever the largest."""

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, attributes = self.sliding.lower(g, g.channels_first(call.x), LOWEST)
        return g.node("MaxPool", x, type=call.outputs[0], **attributes)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        (x,), sides = inputs, self.sides
        if self.plain or sides is None:
            return layer(x)
        return layer(self.keras_padded(keras, x, sides, LOWEST))


@op
class Averaging(Pooling):
    """What the pools of means share."""

    count_include_pad: bool | None = arg(
        optional(BOOL),
        default=None,
        doc="whether the cells of a `padding` in numbers count; needed with one",
    )

    def validate(self) -> None:
        """Raises Refusal where it is not said, or in vain, whether padded cells count."""
        super().validate()
        if self.padding == "same" and self.count_include_pad:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{self.name}` counts no padded cells with `padding=same`",
                argument="count_include_pad",
                help="give `padding` in numbers, or leave `count_include_pad` out",
            )
        if not isinstance(self.padding, str) and self.count_include_pad is None:
            raise Refusal(
                Code.MISSING_ARGUMENT,
                f"`{self.name}` with `padding` in numbers needs `count_include_pad`, whether the "
                "padded cells count in the means",
                argument="padding",
                help="give it: `count_include_pad=true` is PyTorch's default, `false` is ONNX's",
            )

    @property
    def counted(self) -> Sides:
        """The cells around the input that count as zeros."""
        if self.count_include_pad and self.around is not None:
            return self.around
        return ((0, 0),) * len(self.pool_size)

    def _uncounted(self, sides: Sides) -> Sides:
        return tuple(
            (before - ours[0], after - ours[1])
            for (before, after), ours in zip(sides, self.counted, strict=True)
        )

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, (out,) = g.channels_first(call.x), call.outputs
        if any(map(any, self.counted)):
            return self._counting(g, x, out)
        padded, attributes = self.sliding.lower(g, x)
        pooled = g.node("AveragePool", padded, type=out, **attributes)
        if padded is x:
            return pooled
        # The mean took the zeros of a Pad for cells; that of ones says how many were none.
        shape, dtype = x.type.shape, x.type.dtype
        cells = TensorType(dtype, (1, *shape[1:-1], 1))
        ones = g.node(
            "Expand", g.const(1.0, dtype), g.shape((1, 1, *shape[1:-1])), type=cells, first=True
        )
        ones, _ = self.sliding.lower(g, ones)
        part = TensorType(dtype, (1, *out.shape[1:-1], 1))
        return g.node("Div", pooled, g.node("AveragePool", ones, type=part, **attributes))

    def _counting(self, g: OnnxGraph, x: OnnxValue, out: TensorType) -> OnnxValue:
        """The means over the cells of the padding, too, but not over those past its end."""
        if self.counted == self.sides:
            x, attributes = self.sliding.lower(g, x)
            return g.node("AveragePool", x, type=out, count_include_pad=1, **attributes)
        assert self.sides is not None
        x = pad(g, x, self.counted)
        x, attributes = self._sliding(self._uncounted(self.sides)).lower(g, x)
        return g.node("AveragePool", x, type=out, **attributes)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        (x,), sides = inputs, self.sides
        if self.plain or sides is None:
            return layer(x)
        means = layer(self.keras_padded(keras, x, sides, 0.0))
        if self.counted == sides:
            return means
        dtype = x.dtype if x.dtype in self.keras_floats else "float32"
        ones = keras.ops.ones_like(x[:1, ..., :1], dtype=dtype)
        ones = self.keras_padded(keras, ones, self.counted, 1.0)
        ones = self.keras_padded(keras, ones, self._uncounted(sides), 0.0)
        parts = keras.ops.average_pool(ones, self.pool_size, self.strides, "valid")
        return keras.ops.divide(means, parts)


PADDED_2D = (
    example(("N", 6, 8, 2), pool_size=3, strides=2, padding=1),
    example(("N", 7, 5, 2), pool_size=(3, 2), strides=(2, 1), padding=(1, 0)),
    example(("N", 1, 2, 2), pool_size=3, padding=((2, 0), (1, 2)), ceil_mode=True),
    example(("N", 6, 7, 2), pool_size=3, strides=2, ceil_mode=True),
    example(("N", 8, 6, 2), pool_size=2, strides=3, ceil_mode=True),
    example(("N", 7, 8, 2), pool_size=1, strides=3, ceil_mode=True),
    example(("N", 5, 6, 2), pool_size=2, strides=(3, 2), padding=1, ceil_mode=True),
    example(("N", "H", "W", 2), pool_size=3, strides=2, padding=1),
    example(("N", "H", "W", 2), pool_size=3, strides=2, ceil_mode=True),
    example(("N", "H", "W", 2), pool_size=(2, 4), strides=3, padding=(1, 2), ceil_mode=True),
    example(("N", "H", "W", 2), pool_size=2, strides=1, padding=((0, 1), (0, 1))),
)

PADDED_1D = (
    example(("N", 7, 3), pool_size=3, strides=2, padding=1),
    example(("N", 6, 3), pool_size=2, padding=(1, 0), ceil_mode=True),
    example(("N", 1, 3), pool_size=2, strides=1, padding=(0, 1)),
    example(("N", "T", 3), pool_size=4, strides=3, ceil_mode=True),
    example(("N", "T", 3), pool_size=2, strides=4, padding=1, ceil_mode=True),
)

PADDED_3D = (
    example(("N", 4, 5, 6, 2), pool_size=3, strides=2, padding=1),
    example(("N", 5, 4, 3, 2), pool_size=2, strides=(1, 2, 3), ceil_mode=True),
    example(("N", "D", "H", "W", 2), pool_size=2, padding=(0, 1, (1, 0)), ceil_mode=True),
)


def counting(examples: Sequence[Example]) -> tuple[Example, ...]:
    """The examples for means: padded cells count in every second one."""
    return tuple(
        Example({**each.args, "count_include_pad": number % 2 == 0}, each.inputs)
        for number, each in enumerate(examples)
    )


EXAMPLES_2D = (
    example(("N", 6, 8, 3)),
    example(("N", 7, 5, 2), pool_size=3, strides=2),
    example(("N", 6, 8, 2), pool_size=3, strides=2, padding="same"),
    example(("N", 7, 5, 2), pool_size=(2, 4), strides=1, padding="same"),
    example(("N", 6, 5, 2), pool_size=(1, 3), strides=(2, 1), padding="same"),
    example(("N", 7, 6, 2), pool_size=1, strides=3, padding="same"),
    example(("N", 2, 3, 2), pool_size=5, padding="same"),
    example(("N", 2, 3, 2), pool_size=4, strides=1, padding="same"),
    example(("N", "H", "W", 2), pool_size=2),
    example(("N", "H", "W", 2), pool_size=3, strides=2, padding="same"),
    example(("N", "H", "W", 2), pool_size=2, strides=1, padding="same"),
    example(("N", "H", "W", 2), pool_size=1, strides=3, padding="same"),
    example(("N", "H", "W", 2), pool_size=(1, 3), strides=2, padding="same"),
    example(("N", "H", "W", 2), pool_size=(2, 3), strides=(3, 5), padding="same"),
    example(("N", "H", 1, 2), pool_size=2, strides=4, padding="same"),
)

EXAMPLES_1D = (
    example(("N", 6, 3)),
    example(("N", 7, 3), pool_size=3, strides=2),
    example(("N", 8, 3), pool_size=3, strides=2, padding="same"),
    example(("N", 7, 3), pool_size=1, strides=2),
    example(("N", 2, 3), pool_size=5, strides=1, padding="same"),
    example(("N", "T", 3), pool_size=4, strides=3, padding="same"),
    example(("N", "T", 3), pool_size=3),
    example(("N", "T", 3), pool_size=1, strides=3, padding="same"),
    example(("N", "T", 3), pool_size=3, strides=4, padding="same"),
    example(("N", 1, 3), pool_size=1, strides=2, padding="same"),
)

EXAMPLES_3D = (
    example(("N", 4, 6, 8, 3)),
    example(("N", 5, 3, 7, 2), pool_size=3, strides=2),
    example(("N", 4, 6, 5, 2), pool_size=3, strides=2, padding="same"),
    example(("N", 5, 4, 3, 2), pool_size=(2, 4, 1), strides=(1, 2, 1), padding="same"),
    example(("N", 4, 7, 6, 2), pool_size=1, strides=3, padding="same"),
    example(("N", 1, 2, 3, 2), pool_size=4, strides=1, padding="same"),
    example(("N", "D", "H", "W", 2)),
    example(("N", "D", "H", "W", 2), pool_size=3, strides=2, padding="same"),
    example(("N", "D", 5, "W", 2), pool_size=2, strides=1, padding="same"),
    example(("N", "D", "H", "W", 2), pool_size=(1, 2, 3), strides=3, padding="same"),
)


@op
class MaxPooling2D(Largest):
    """The largest value of each window, over height and width.

    `padding=1` and `ceil_mode` are PyTorch's: what is around the input is never the largest.
    """

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES_2D, *PADDED_2D)


@op
class AveragePooling2D(Averaging):
    """The mean of each window, over height and width; padded cells do not count.

    With a `padding` in numbers `count_include_pad` says whether they do.
    """

    rank = 4
    axes = CHANNELS_2D
    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES_2D, *counting(PADDED_2D))


@op
class Pooling1D(Pooling):
    """What the pools over one axis share."""

    pool_size: tuple[int, ...] = size(1)
    strides: tuple[int, ...] | None = steps(1)
    padding: str | Sides = edges(1)

    rank = 3
    axes = CHANNELS_1D


@op
class MaxPooling1D(Pooling1D, Largest):
    """The largest value of each window, over time."""

    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES_1D, *PADDED_1D)


@op
class AveragePooling1D(Pooling1D, Averaging):
    """The mean of each window, over time; padded cells do not count.

    With a `padding` in numbers `count_include_pad` says whether they do.
    """

    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES_1D, *counting(PADDED_1D))


@op
class Pooling3D(Pooling):
    """What the pools over three axes share."""

    pool_size: tuple[int, ...] = size(3)
    strides: tuple[int, ...] | None = steps(3)
    padding: str | Sides = edges(3)

    rank = 5
    axes = CHANNELS_3D
    keras_floats = ("bfloat16", "float32")


@op
class MaxPooling3D(Pooling3D, Largest):
    """The largest value of each window, over depth, height and width."""

    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES_3D, *PADDED_3D)


@op
class AveragePooling3D(Pooling3D, Averaging):
    """The mean of each window, over depth, height and width; padded cells do not count.

    With a `padding` in numbers `count_include_pad` says whether they do.
    """

    examples: ClassVar[tuple[Example, ...]] = (*EXAMPLES_3D, *counting(PADDED_3D))
