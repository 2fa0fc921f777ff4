"""Windows that slide over spatial axes: sizes, padding, and how ONNX is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TypedDict

from ....dsl.diagnostics.codes import Code
from ....dsl.record import record
from ...shapes.assume import refuted
from ...shapes.dims import Dim, Shape, ceil_div, dim_max
from ...shapes.types import TensorType, show_shape
from .backend import Attribute, OnnxGraph, OnnxValue
from .op import Op, Refusal, Window
from .sides import Sides

CHANNELS_1D = "[batch, steps, channels]"
CHANNELS_2D = "[batch, height, width, channels]"
CHANNELS_3D = "[batch, depth, height, width, channels]"


class Spatial(Op):
    """An operator over the spatial axes of a channels-last tensor."""

    __slots__ = ()

    def rank_help(self, x: TensorType) -> str:
        wanted = self.rank
        if x.rank + 1 == wanted:
            return f"add a channel axis: `-> Reshape(({', '.join(map(str, x.shape[1:]))}, 1))`"
        if x.rank == 2 and wanted == 5:
            return "`-> Reshape((depth, height, width, channels))` makes a volume of a vector"
        if x.rank == 2:
            return "`-> Reshape((height, width, channels))` makes a picture of a vector"
        if x.rank == 4 and self.name.endswith("1D"):
            return f"`{self.name.removesuffix('1D')}2D` takes a picture"
        return ""


class SlidingAttributes(TypedDict, total=False):
    """The attributes ONNX's convolutions and pools have in common."""

    kernel_shape: Sequence[int]
    strides: Sequence[int]
    dilations: Sequence[int]
    pads: Sequence[int]
    auto_pad: str


@record(slots=False)
class Sliding:
    """A kernel or pooling window on its way over the spatial axes of a channels-last tensor.

    `padding` is valid, same (as TensorFlow: the odd cell goes at the end), causal (all of it
    at the start) or the cells at each side.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str | Sides
    dilation: tuple[int, ...] = ()

    @property
    def steps(self) -> tuple[int, ...]:
        """The distance between the cells of the window, for each axis."""
        return self.dilation or (1,) * len(self.kernel)

    @cached_property
    def reach(self) -> tuple[int, ...]:
        """How many cells the window spans, dilation included, for each axis."""
        return tuple([(k - 1) * d + 1 for k, d in zip(self.kernel, self.steps, strict=True)])

    @property
    def dilated(self) -> bool:
        """Whether a dilation makes the window span more cells than it holds."""
        return self.reach != self.kernel

    @property
    def onnx_pads(self) -> bool:
        """Whether ONNX itself can pad an input whose size is not known."""
        reaches = zip(self.reach, self.strides, strict=True)
        return not self.dilated and all(reach >= stride for reach, stride in reaches)

    @property
    def cells(self) -> int:
        """How many cells the window holds."""
        return prod(self.kernel)

    @cached_property
    def fixed(self) -> Sides | None:
        """The cells at each side, where they do not depend on the size of the input."""
        if self.padding == "valid":
            return ((0, 0),) * len(self.kernel)
        if self.padding == "causal":
            return tuple((reach - 1, 0) for reach in self.reach)
        return None if isinstance(self.padding, str) else self.padding

    @cached_property
    def least(self) -> tuple[int, ...] | None:
        """The smallest input that the window fits into, for each axis, where `fixed` is known."""
        if self.fixed is None:
            return None
        sides = zip(self.reach, self.fixed, strict=True)
        return tuple([reach - before - after for reach, (before, after) in sides])

    def output(self, spatial: Shape) -> Shape:
        """The spatial sizes of the output."""
        if self.least is None:
            sides = zip(spatial, self.strides, strict=True)
            return tuple([ceil_div(size, stride) for size, stride in sides])
        axes = zip(spatial, self.least, self.strides, strict=True)
        return tuple(
            [
                size + (1 - least) if stride == 1 else (size - least) // stride + 1
                for size, least, stride in axes
            ]
        )

    def pads(self, spatial: Shape) -> tuple[tuple[Dim, Dim], ...]:
        """The cells added before and after, for each axis."""
        if self.fixed is not None:
            return self.fixed
        found: list[tuple[Dim, Dim]] = []
        for size, reach, stride in zip(spatial, self.reach, self.strides, strict=True):
            if reach == 1:
                found.append((0, 0))
                continue
            total = dim_max((ceil_div(size, stride) - 1) * stride + reach - size, 0)
            found.append((total // 2, total - total // 2))
        return tuple(found)

    def require_fit(self, who: str, argument: str, word: str, shape: Shape) -> None:
        """Raises Refusal where a window is larger than the whole input with what pads it."""
        if self.fixed is None or self.least is None:
            return
        sides = zip(shape[1:-1], self.least, self.fixed, strict=True)
        for axis, (size, least, ends) in enumerate(sides, start=1):
            if not refuted(">=", size, least):
                continue
            padded = size + sum(ends)
            spread = f", spread to {by(self.reach)} by its dilation," if self.dilated else ""
            around = f", {padded} with what pads it" if any(ends) else ""
            step = self.steps[axis - 1]
            most = (padded - 1) // step + 1
            raise Refusal(
                Code.EMPTY_DIM,
                f"`{who}` cannot fit a {word} of {by(self.kernel)}{spread} into "
                f"{show_shape(shape)}: axis {axis} is {size} long{around}",
                argument=argument,
                inputs=[0],
                help=f"give it `padding=same`, or a {word} of at most {most} along that axis",
            )

    def lower(
        self, g: OnnxGraph, x: OnnxValue, fill: float = 0.0
    ) -> tuple[OnnxValue, SlidingAttributes]:
        """The channels-first input, and the attributes that make ONNX slide this window over it.

        Symbolic sizes with strides are padded by ONNX itself (`auto_pad`), or by a Pad in front
        with `fill` in it. onnxruntime does not take `auto_pad` together with a dilation, and with
        a window that is smaller than its stride it would pad by less than nothing.
        """
        attributes: SlidingAttributes = {
            "kernel_shape": self.kernel,
            "strides": self.strides,
        }
        if self.dilated:
            attributes["dilations"] = self.steps
        pads = self.pads(x.type.shape[1:-1])
        amounts = (*(before for before, _ in pads), *(after for _, after in pads))
        fixed = [amount for amount in amounts if isinstance(amount, int)]
        if len(fixed) == len(amounts):
            attributes["pads"] = fixed
        elif self.onnx_pads:
            attributes["auto_pad"] = "SAME_UPPER"
        else:
            x = pad(g, x, pads, fill)
        return x, attributes

    def look(self) -> Window:
        """What one output position sees."""
        return Window(self.kernel, self.strides, self.steps)


def refuse_strided_dilation(
    who: str, strides: tuple[int, ...], dilation_rate: tuple[int, ...], help: str
) -> None:
    """Raises Refusal for strides together with a dilation, which Keras has no convolution for."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise Refusal(
            Code.BAD_VALUE,
            f"`{who}` takes strides or a dilation, not both; "
            f"got strides={shown(strides)} and dilation_rate={shown(dilation_rate)}",
            argument="dilation_rate",
            help=help,
        )


def by(sizes: Sequence[int]) -> str:
    """`3 by 5`."""
    return " by ".join(map(str, sizes))


def shown(sizes: tuple[int, ...]) -> str:
    """Sizes as an argument would be written: one number where all are the same."""
    return str(sizes[0]) if len(set(sizes)) == 1 else str(sizes)


def pad(
    g: OnnxGraph,
    x: OnnxValue,
    pads: Sequence[tuple[Dim, Dim]],
    fill: float = 0.0,
    mode: str = "constant",
) -> OnnxValue:
    """Zeros (or `fill`) around the spatial axes of a value, in the layout it has.

    With the `mode` reflect or edge its own cells.
    """
    spatial = x.type.shape[1:-1]
    padded = tuple(n + b + a for n, (b, a) in zip(spatial, pads, strict=True))
    around: list[tuple[Dim, Dim]] = [(0, 0), (0, 0), *pads] if x.first else [(0, 0), *pads, (0, 0)]
    amounts = g.shape((*(b for b, _ in around), *(a for _, a in around)))
    type = TensorType(x.type.dtype, (x.type.shape[0], *padded, x.type.shape[-1]))
    filled = [g.const(fill, x.type.dtype)] if fill else []
    more: Mapping[str, Attribute] = {} if mode == "constant" else {"mode": mode}
    return g.node("Pad", x, amounts, *filled, type=type, first=None, **more)
