"""ONNX operators that join tensors, or take parts of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....compiler.ops.tensor.index_items import NEWAXIS, IndexItem, span
from ....compiler.shapes.dims import Dim, Sym
from ..builder import Builder
from ..node import Node
from ..steps import Cut, Known, Tensor, Value, View
from ..unfit import Unfit

ENDLESS = 10**9
"""Bounds from here on are written for the end: no axis is longer."""


def concat(node: Node) -> list[Tensor]:
    """Concat along the axis where the first view has it."""
    views = [t for t in node.inputs if isinstance(t, View)]
    build = node.build
    like = build.plain(views[0]) if views else None
    axis = node.whole("axis", 1)
    if (
        like is not None
        and None not in like.axes
        and all(isinstance(t, View) and not t.merged and not t.flat for t in node.inputs)
    ):
        order = [like.axes.index(a) for a in range(len(like.axes))]
        ours = like.axes[axis % like.rank]
        values = [build.arrange(t, order) for t in node.inputs if isinstance(t, View)]
        axes = like.axes
    else:
        values = [build.value(t) for t in node.inputs if t is not None]
        ours = axis % len(values[0].shape)
        axes = tuple(range(len(values[0].shape)))
    channels = _as_channels(build, views) if len(views) == len(node.inputs) and axis == 1 else None
    if channels is not None:
        values, axes = channels
        ours = len(axes) - 1
    if len(values) == 1:
        return [View(values[0], axes)]
    args = {} if ours == len(axes) - 1 else {"axis": ours}
    return [View(build.layer("Concatenate", values, **args), axes)]


def _as_channels(
    build: Builder, views: Sequence[View]
) -> tuple[list[Value], tuple[int | None, ...]] | None:
    """Pictures of one channel, which none has an axis for yet, with one that is the last."""
    first = views[0].axes
    rank = len(first)
    if rank < 4 or first != (0, None, *range(1, rank - 1)):
        return None
    if any(view.axes != first or view.merged or view.flat for view in views):
        return None
    items = [*[span()] * (rank - 1), NEWAXIS]
    made = [build.index(view.value, items) for view in views]
    return made, (0, rank - 1, *range(1, rank - 1))


def slice_(node: Node) -> list[Tensor]:
    """Slice, whose bounds are inputs from opset 10 on."""
    tensor = node.input(0)
    if node.has("starts"):
        starts: list[Dim] = list(node.ints("starts", []))
        ends: list[Dim] = list(node.ints("ends", []))
        axes, steps = node.ints("axes", range(len(starts))), [1] * len(starts)
    else:
        bounds = [node.input(place) for place in (1, 2, 3, 4)]
        if not all(isinstance(b, Known) or b is None for b in bounds):
            raise Unfit("a slice whose bounds are computed")
        starts, ends = (b.dims() for b in bounds[:2] if isinstance(b, Known))
        axes = _plain(bounds[2]) or list(range(len(starts)))
        steps = _plain(bounds[3]) or [1] * len(starts)
    if isinstance(tensor, Known | Cut) and any(isinstance(end, Sym) for end in ends):
        return [_cut(tensor, starts, ends, axes, steps)]
    view = node.plain(0)
    items: list[IndexItem] = [span()] * len(view.value.shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        ours = view.axes[axis % view.rank]
        if ours is None:
            if step > 0 and start in (0, -1) and isinstance(end, int) and end > 0:
                continue
            raise Unfit("a slice of an axis of length 1")
        size = view.value.shape[ours]
        first: Dim | None = start
        last: Dim | None = end
        if step > 0:
            first = None if start == 0 else start
            last = None if end == size or (isinstance(end, int) and end >= ENDLESS) else end
        else:
            first = None if start == -1 or (isinstance(start, int) and start >= ENDLESS) else start
            last = None if isinstance(end, int) and end <= -ENDLESS else end
        items[ours] = span(first, last, step)
    return [View(node.build.index(view.value, items), view.axes)]


def _parts(node: Node, size: Dim) -> Sequence[int]:
    """How long each part of a split is. Raises Unfit."""
    known = node.optional(1)
    if known is not None or node.has("split"):
        return node.ints("split", []) if known is None else [int(p) for p in known]
    if not isinstance(size, int):
        raise Unfit("a split of a named size")
    each = -(-size // len(node.outputs))
    return [min(each, size - at) for at in range(0, size, each)]


def _cut(
    tensor: Known | Cut,
    starts: Sequence[Dim],
    ends: Sequence[Dim],
    axes: Sequence[int],
    steps: Sequence[int],
) -> Cut:
    """The first elements of a known tensor, as many as named sizes say. Raises Unfit."""
    shape: list[Dim] = list(tensor.shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        whole = isinstance(end, int) and end >= ENDLESS
        if start != 0 or step != 1 or not (whole or isinstance(end, Sym)):
            raise Unfit("a known tensor is cut elsewhere than at its end")
        if not whole:
            shape[axis % len(shape)] = end
    return Cut(tensor.known if isinstance(tensor, Cut) else tensor, tuple(shape))


def _plain(tensor: Tensor | None) -> list[int]:
    dims = tensor.dims() if isinstance(tensor, Known) else []
    return [dim for dim in dims if isinstance(dim, int)]


def split(node: Node) -> list[Tensor]:
    """Split into parts, each a slice; parts of what is known are known."""
    whole = node.input(0)
    if isinstance(whole, Known) and whole.array.dtype != object:
        axis = node.whole("axis", 0)
        parts = _parts(node, whole.shape[axis])
        cuts = np.cumsum(parts)[:-1].tolist()
        arrays = np.split(whole.array, cuts, axis)
        return [Known(array, (*whole.names, f"Split{at}")) for at, array in enumerate(arrays)]
    view = node.plain(0)
    axis = node.whole("axis", 0) % view.rank
    ours = view.axes[axis]
    if ours is None:
        raise Unfit("a split of an axis of length 1")
    size = view.value.shape[ours]
    parts = _parts(node, size)
    results: list[Tensor] = []
    place = 0
    for part in parts:
        items = [span()] * len(view.value.shape)
        end = place + part
        items[ours] = span(place or None, None if end == size else end)
        results.append(View(node.build.index(view.value, items), view.axes))
        place = end
    return results
