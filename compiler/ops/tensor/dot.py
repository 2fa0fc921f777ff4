"""The dot product of two tensors along one axis of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape, dim_prod
from ...shapes.types import TensorType, normal_axis, show_shape
from ..base.backend import OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import BOOL, INT, Kind, arg, either
from ..base.op import Example, Refusal, Window, example, op
from .merge import Merging


def _pair(value: object) -> tuple[int, int]:
    items = list(value) if isinstance(value, tuple | list) else []
    if len(items) != 2:
        raise ValueError("it is not an int or two of them")
    return (INT.convert(items[0]), INT.convert(items[1]))


AXES = either(INT, Kind("two ints", _pair), "an axis, or one for each tensor")


@op
class Dot(Merging):
    """The dot product of two tensors along one axis of each, sample by sample."""

    axes: int | tuple[int, int] = arg(AXES, doc="the axis, or one for each tensor")  # type: ignore[assignment, misc]
    normalize: bool = arg(BOOL, default=False, doc="whether to scale to length 1 before")

    arity = (2, 2)
    rank = (2, 6)
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 5), ("N", 5), axes=1),
        example(("N", 5), ("N", 5), axes=-1, normalize=True),
        example(("N", "T", 4), ("N", 3, 4), axes=2),
        example(("N", 3, 5), ("N", 6, 3), axes=(1, 2), normalize=True),
        example(("N", 4), ("N", 3, 4), axes=(1, 2)),
        example(("N", 2, 3, 4), ("N", 3, 5), axes=(2, 1)),
    )

    def _axes(self, *shapes: Shape) -> tuple[int, int]:
        given = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        found: list[int] = []
        for axis, shape in zip(given, shapes, strict=True):
            normal = normal_axis(axis, len(shape))
            if normal is None or normal == 0:
                why = "is the batch axis" if normal == 0 else "does not exist"
                raise Refusal(
                    Code.BAD_VALUE,
                    f"axis {axis} of `Dot` {why} in {show_shape(shape)}",
                    argument="axes",
                    help=f"an axis from 1 to {len(shape) - 1}",
                )
            found.append(normal)
        return found[0], found[1]

    def shape(self, *shapes: Shape) -> Shape:
        x, y = shapes
        a, b = self._axes(x, y)
        pair = f"{show_shape(x)} and {show_shape(y)}"
        for i, j, what in ((0, 0, "one batch size"), (a, b, f"equal sizes on axes {a} and {b}")):
            if not same(x[i], y[j]):
                raise Refusal(
                    Code.SHAPE, f"`Dot` needs {what}, got {x[i]} and {y[j]}: {pair}", inputs=[0, 1]
                )
        rest = (*x[:a], *x[a + 1 :], *y[1:b], *y[b + 1 :])
        return rest if len(rest) > 1 else (*rest, 1)

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        x, y = (value.shape for value in inputs)
        return dim_prod(outputs[0].shape) * x[self._axes(x, y)[0]]

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        x, y = (g.channels_last(value) for value in call.inputs)
        (out,) = call.outputs
        a, b = self._axes(x.type.shape, y.type.shape)
        if self.normalize:
            x, y = _unit(g, x, a), _unit(g, y, b)
        left = "abcdefgh"[: x.rank]
        right = "a" + "ijklmnop"[: y.rank - 1]
        right = right[:b] + left[a] + right[b + 1 :]
        rest = left.replace(left[a], "") + right.replace(left[a], "")[1:]
        equation = f"{left},{right}->{rest}"
        if x.rank == y.rank == 2:
            flat = g.node(
                "Einsum", x, y, type=TensorType(out.dtype, out.shape[:1]), equation=equation
            )
            return g.node("Unsqueeze", flat, g.const([1], "int64"), type=out)
        return g.node("Einsum", x, y, type=out, first=False, equation=equation)


def _unit(g: OnnxGraph, x: OnnxValue, axis: int) -> OnnxValue:
    shape = x.type.shape
    one = TensorType(x.type.dtype, (*shape[:axis], 1, *shape[axis + 1 :]))
    total = g.node("ReduceSum", g.node("Mul", x, x), g.const([axis], "int64"), type=one, keepdims=1)
    length = g.node("Max", g.node("Sqrt", total), g.const(1e-7, x.type.dtype))
    return g.node("Div", x, length, type=x.type)
