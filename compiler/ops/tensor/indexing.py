"""Indexing and slicing of tensors: `x[:, 0]`, `x[..., ::2]`, `x[:, none]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import refuted
from ...shapes.dims import Dim, Shape, Sym, compare
from ...shapes.types import TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.kinds import Kind, arg
from ..base.op import ANY, Example, Input, Op, Refusal, example, op
from .index_items import ELLIPSIS as ELLIPSIS
from .index_items import FAR, dim_text, slice_length
from .index_items import NEWAXIS as NEWAXIS
from .index_items import IndexItem as IndexItem
from .index_items import at as at
from .index_items import span as span
from .merge import stored_axis


def _items(value: object) -> tuple[IndexItem, ...]:
    items = value if isinstance(value, tuple | list) else (value,)
    result = tuple(item for item in items if isinstance(item, IndexItem))
    if len(result) != len(items):
        raise ValueError("it holds something else")
    return result


ITEMS = Kind("the items of an index", _items)

Rows = list[tuple[IndexItem, int]]


@op
class Slice(Op):
    """A part of a tensor, by NumPy's rules.

    A slice that starts beyond a named size is refused only where that is certain; `x[:, 1:]` of
    `T` is `T - 1` long. A negative bound counts from the end; a size such as `T - 1` does not.
    """

    items: tuple[IndexItem, ...] = arg(ITEMS, doc="what stands between the brackets")

    dtypes = ANY
    hidden = True
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4), items=(span(), at(0))),
        example(("N", "T", 4), items=(span(), at(-1))),
        example(("N", "T", 4), items=(span(), span(1))),
        example(("N", "T", 4), items=(span(), span(None, -1))),
        example(("N", "T", 4), items=(span(), span(-3))),
        example(("N", "T", 4), items=(span(), span(None, 7))),
        example(("N", "T", 5), items=(ELLIPSIS, span(step=2))),
        example(("N", "T", 5), items=(ELLIPSIS, span(step=-1), span(3, 0, -2))),
        example(("N", 6, 5), items=(span(), span(-2, None, -2), NEWAXIS, at(2))),
        example(("N", 4, 6, 3), items=(span(), span(1, 3), span(step=3), span(0, 2))),
        example(("N", 4, 6, 3), items=(NEWAXIS, ELLIPSIS, at(1), NEWAXIS)),
        example(Input(("N", 5), "int32", 0, 9), items=(span(), at(3))),
        example(("N", "T", 4), items=(at(0),)),
        example(("N", "T", 4), items=(span(), span(1, -1, 2), span(0, 100))),
    )

    @property
    def text(self) -> str:
        """What the author wrote, for messages."""
        return f"[{', '.join(map(str, self.items))}]"

    def validate(self) -> None:
        """Raises Refusal for a step of 0 or a second ellipsis."""
        if any(item.kind == "slice" and item.step == 0 for item in self.items):
            raise Refusal(Code.INDEX, f"`{self.text}` has a step of 0", argument="items")
        if sum(item.kind == "ellipsis" for item in self.items) > 1:
            raise Refusal(Code.INDEX, f"`{self.text}` holds `...` more than once", argument="items")

    def rows(self, shape: Shape) -> Rows:
        """Every item with the axis it works on; `...` and what is left out become `:`."""
        taken = sum(item.kind in ("index", "slice") for item in self.items)
        if taken > len(shape):
            raise Refusal(
                Code.INDEX,
                f"`{self.text}` indexes {taken} axes, but {show_shape(shape)} has {len(shape)}",
                argument="items",
                inputs=[0],
            )
        rest = [span()] * (len(shape) - taken)
        given: list[IndexItem] = []
        for item in self.items:
            given.extend(rest if item.kind == "ellipsis" else [item])
        if ELLIPSIS not in self.items:
            given.extend(rest)
        rows: Rows = []
        axis = 0
        for item in given:
            rows.append((item, axis))
            axis += item.kind != "newaxis"
        return rows

    def shape(self, *shapes: Shape) -> Shape:
        x = shapes[0]
        result: list[Dim] = []
        for item, axis in self.rows(x):
            if item.kind == "newaxis":
                result.append(1)
            elif item.kind == "index":
                self._check_index(item.index, axis, x)
            else:
                result.append(self._length(item, axis, x))
        return tuple(result)

    def _check_index(self, index: Dim, axis: int, shape: Shape) -> None:
        size = shape[axis]
        negative = compare("<", index, 0)
        outside = refuted(">=", index, -size) if negative else refuted("<", index, size)
        if outside:
            raise Refusal(
                Code.INDEX,
                f"index {dim_text(index)} is outside axis {axis} of {show_shape(shape)}, "
                f"whose size is {size}",
                argument="items",
                inputs=[0],
                help=f"the last one is {size - 1} or -1",
            )

    def _length(self, item: IndexItem, axis: int, shape: Shape) -> Dim:
        size = shape[axis]
        length = slice_length(item, size)
        if refuted(">", length, 0):
            raise Refusal(
                Code.EMPTY_DIM,
                f"`{item}` leaves nothing of axis {axis} of {show_shape(shape)}, "
                f"whose size is {size}",
                argument="items",
                inputs=[0],
            )
        return length

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        rows = self.rows(call.x.type.shape)
        plain = all(item.kind == "slice" for item, _ in rows)
        x = call.x if plain else g.channels_last(call.x)
        x = _slices(g, x, [row for row in rows if row[0].kind == "slice" and row[0] != span()])
        for item, axis in reversed(rows):
            if item.kind == "index":
                shape = x.type.shape
                type = TensorType(x.type.dtype, (*shape[:axis], *shape[axis + 1 :]))
                at_index = (
                    g.node("Squeeze", g.shape((item.index,)), type=TensorType("int64", ()))
                    if isinstance(item.index, Sym)
                    else g.const(item.index, "int64")
                )
                x = g.node("Gather", x, at_index, type=type, first=False, axis=axis)
        kept = [item for item, _ in rows if item.kind != "index"]
        new = [position for position, item in enumerate(kept) if item.kind == "newaxis"]
        if new:
            x = g.node("Unsqueeze", x, g.const(new, "int64"), type=call.outputs[0], first=False)
        return x

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        x = inputs[0]
        key: list[object] = []
        for item, _ in self.rows(tuple(x.shape)):
            if any(isinstance(dim, Sym) for dim in (item.index, item.start, item.stop)):
                raise Refusal(
                    Code.NO_KERAS,
                    f"`{self.text}` has a bound that is not a fixed distance from either end, "
                    "which Keras cannot express",
                    argument="items",
                )
            if item.kind == "index":
                key.append(item.index)
            elif item.kind == "newaxis":
                key.append(None)
            else:
                key.append(slice(item.start, item.stop, item.step))
        return x[tuple(key)]


def _slices(g: OnnxGraph, x: OnnxValue, rows: Rows) -> OnnxValue:
    if not rows:
        return x
    shape = list(x.type.shape)
    axes: list[int] = []
    starts: list[Dim] = []
    stops: list[Dim] = []
    for item, axis in rows:
        forward = item.step > 0
        starts.append(_clip((0 if forward else FAR) if item.start is None else item.start))
        stops.append(_clip((FAR if forward else -FAR) if item.stop is None else item.stop))
        axes.append(stored_axis(axis, x.rank) if x.first else axis)
        shape[axis] = slice_length(item, shape[axis])
    steps = [_clip(item.step) for item, _ in rows]
    return g.node(
        "Slice",
        x,
        g.shape(tuple(starts)),
        g.shape(tuple(stops)),
        g.const(axes, "int64"),
        g.shape(tuple(steps)),
        type=TensorType(x.type.dtype, tuple(shape)),
    )


def _clip(dim: Dim) -> Dim:
    return max(-FAR, min(FAR, dim)) if isinstance(dim, int) else dim


def index(items: tuple[IndexItem, ...], shape: Shape | None = None) -> Op:
    """The operator of an index.

    With the tensor's shape, a bound such as `T - 1` of an axis of size `T` is kept as -1, which
    Keras can express too. Raises Refusal (INDEX).
    """
    made = Slice(items=items)
    made.validate()
    if shape is None:
        return made
    return Slice(items=tuple(_anchored(item, axis, shape) for item, axis in made.rows(shape)))


def _anchored(item: IndexItem, axis: int, shape: Shape) -> IndexItem:
    if item.kind == "newaxis":
        return item
    size = shape[axis]
    if item.kind == "index":
        return at(_distance(item.index, size))
    start = None if item.start is None else _distance(item.start, size)
    stop = None if item.stop is None or item.stop == size else _distance(item.stop, size)
    return span(start, stop, item.step)


def _distance(bound: Dim, size: Dim) -> Dim:
    """The bound as a negative number from the end, where it is one."""
    if isinstance(bound, int):
        return bound
    distance = bound - size
    return distance if isinstance(distance, int) and distance < 0 else bound
