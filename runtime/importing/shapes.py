"""ONNX operators that move elements: reshapes, transposes, joins, parts, reductions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...compiler.ops.tensor.index_items import IndexItem, span
from ...compiler.shapes.dims import Dim, Sym, dim_prod, exact_div
from .builder import Unfit
from .node import Node
from .steps import Known, Spread, Tensor, View

ENDLESS = 2**31 - 1


def reshape(node: Node) -> list[Tensor]:
    """Reshape, as no layer at all where it can be one of the views."""
    target = node.input(1)
    if target is None and node.has("shape"):
        sizes: list[Dim] = list(node.ints("shape", []))
    elif isinstance(target, Known):
        sizes = target.dims()
    else:
        raise Unfit("a reshape to a shape that is computed")
    view = node.view(0)
    return [reshaped(node, view, sizes, copies=not node.whole("allowzero", 0))]


def reshaped(node: Node, view: View, sizes: Sequence[Dim], copies: bool = True) -> View:
    """The view with other sizes; 0 copies the size there was, -1 is what is left."""
    shape = view.shape
    goal: list[Dim] = []
    for place, size in enumerate(sizes):
        if size == 0 and copies:
            if place >= len(shape):
                raise Unfit("a reshape that copies an axis there is not")
            goal.append(shape[place])
        else:
            goal.append(size)
    if -1 in goal:
        left = exact_div(dim_prod(shape), dim_prod(dim for dim in goal if dim != -1))
        if left is None:
            raise Unfit("a reshape whose sizes do not divide")
        goal[goal.index(-1)] = left
    build = node.build
    if tuple(goal) == shape:
        return view
    if view.merged and tuple(goal) == tuple(
        view.value.shape[axis] for axis in view.axes if axis is not None
    ):
        return View(view.value, view.axes)
    if view.flat or view.merged:
        inner = View(view.value, view.flat or view.axes)
        view = inner if not view.flat else build.plain(view)
        shape = view.shape
    without = [axis for axis in view.axes if axis is not None]
    if [dim for dim in goal if dim != 1] == [dim for dim in shape if dim != 1]:
        left_axes = [
            a for a, dim in zip(view.axes, shape, strict=True) if a is not None and dim != 1
        ]
        if len(left_axes) == len(without):
            found = iter(left_axes)
            return View(view.value, tuple(None if dim == 1 else next(found) for dim in goal))
    if len(goal) == 2 and len(without) > 2 and goal[0] == shape[0] and view.axes[0] == 0:
        return View(view.value, (), flat=tuple(without))
    if len(goal) == 2 and view.straight and len(shape) > 2 and goal[1] == shape[-1]:
        return View(view.value, view.axes, merged=True)
    value = build.value(view)
    if goal and goal[0] == value.shape[0] and len(goal) > 1:
        symbolic = [dim for dim in goal[1:] if isinstance(dim, Sym)]
        if len(symbolic) == 1:
            goal = [goal[0], *(-1 if isinstance(dim, Sym) else dim for dim in goal[1:])]
        made = build.layer("Reshape", [value], target_shape=list(goal[1:]))
        return View(made, tuple(range(len(goal))))
    if sum(isinstance(dim, Sym) for dim in goal) > 1:
        raise Unfit("a reshape of the batch to named sizes")
    flat = [-1 if isinstance(dim, Sym) else dim for dim in goal]
    whole = View(value, tuple(range(len(value.shape))))
    made = build.onnx("Reshape", [whole, Known(np.array(flat, np.int64))])
    return View(made, tuple(range(len(goal))))


def flatten(node: Node) -> list[Tensor]:
    """Flatten before the axis `axis`."""
    view = node.view(0)
    axis = node.whole("axis", 1)
    shape = view.shape
    axis = axis + len(shape) if axis < 0 else axis
    return [reshaped(node, view, [dim_prod(shape[:axis]), dim_prod(shape[axis:])], copies=False)]


def transpose(node: Node) -> list[Tensor]:
    """Transpose: only another order of the view's axes."""
    view = node.plain(0)
    order = node.ints("perm", range(view.rank)[::-1])
    return [View(view.value, tuple(view.axes[axis] for axis in order))]


def _axes(node: Node, rank: int, place: int = 1) -> list[int] | None:
    known = node.optional(place)
    if known is None and not node.has("axes"):
        return None
    given = node.ints("axes", []) if known is None else known.reshape(-1).tolist()
    return sorted(int(axis) % rank if axis < 0 else int(axis) for axis in given)


def squeeze(node: Node) -> list[Tensor]:
    """Squeeze of axes of length 1."""
    view = node.plain(0)
    axes = _axes(node, view.rank)
    if axes is None:
        axes = [axis for axis, dim in enumerate(view.shape) if dim == 1]
    taken = view
    if any(view.axes[axis] is not None for axis in axes):
        items = [span()] * len(view.value.shape)
        from ...compiler.ops.tensor.index_items import at

        gone = sorted(a for axis in axes if (a := view.axes[axis]) is not None)
        for ours in gone:
            if view.value.shape[ours] != 1:
                raise Unfit("a squeeze of an axis that is not 1")
            items[ours] = at(0)
        made = node.build.index(view.value, items)
        renumbered = {
            a: a - sum(g < a for g in gone) for a in view.axes if a is not None and a not in gone
        }
        taken = View(
            made, tuple(None if a is None or a in gone else renumbered[a] for a in view.axes)
        )
    return [View(taken.value, tuple(a for at, a in enumerate(taken.axes) if at not in axes))]


def unsqueeze(node: Node) -> list[Tensor]:
    """Unsqueeze: new axes of the view."""
    view = node.plain(0)
    known = node.optional(1)
    given = node.ints("axes", []) if known is None else known.reshape(-1).tolist()
    rank = view.rank + len(given)
    places = sorted(int(axis) % rank for axis in given)
    axes = list(view.axes)
    for place in places:
        axes.insert(place, None)
    return [View(view.value, tuple(axes))]


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
    if len(values) == 1:
        return [View(values[0], axes)]
    args = {} if ours == len(axes) - 1 else {"axis": ours}
    return [View(build.layer("Concatenate", values, **args), axes)]


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
    if (
        isinstance(tensor, Known)
        and axes == [0]
        and starts == [0]
        and steps == [1]
        and isinstance(ends[0], Sym)
    ):
        return [Spread(tensor, (ends[0], *tensor.shape[1:]), ends[0])]
    view = node.plain(0)
    items: list[IndexItem] = [span()] * len(view.value.shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        ours = view.axes[axis % view.rank]
        if ours is None:
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


def _plain(tensor: Tensor | None) -> list[int]:
    dims = tensor.dims() if isinstance(tensor, Known) else []
    return [dim for dim in dims if isinstance(dim, int)]


def split(node: Node) -> list[Tensor]:
    """Split into parts, each a slice."""
    view = node.plain(0)
    axis = node.whole("axis", 0) % view.rank
    ours = view.axes[axis]
    if ours is None:
        raise Unfit("a split of an axis of length 1")
    size = view.value.shape[ours]
    known = node.optional(1)
    if known is not None or node.has("split"):
        parts = node.ints("split", []) if known is None else [int(p) for p in known]
    else:
        if not isinstance(size, int):
            raise Unfit("a split of a named size")
        each = -(-size // len(node.outputs))
        parts = [min(each, size - at) for at in range(0, size, each)]
    results: list[Tensor] = []
    place = 0
    for part in parts:
        items = [span()] * len(view.value.shape)
        end = place + part
        items[ours] = span(place or None, None if end == size else end)
        results.append(View(node.build.index(view.value, items), view.axes))
        place = end
    return results


def expand(node: Node) -> list[Tensor]:
    """Expand: nothing until something needs the repeated elements."""
    target = node.input(1)
    if not isinstance(target, Known):
        raise Unfit("an expansion to a shape that is computed")
    tensor = node.inputs[0]
    goal = target.dims()
    shape: list[Dim] = list(tensor.shape) if tensor is not None else []
    while len(shape) < len(goal):
        shape.insert(0, 1)
    while len(goal) < len(shape):
        goal.insert(0, 1)
    whole = tuple(b if a == 1 else a for a, b in zip(shape, goal, strict=True))
    if isinstance(tensor, Spread):
        return [Spread(tensor.known, whole, tensor.rows)]
    if isinstance(tensor, Known):
        return [Spread(tensor, whole)]
    view = node.plain(0)
    if view.shape == whole:
        return [view]
    value = node.build.value(view)
    if value.type.dtype != "float32":
        raise Unfit("an expansion of other numbers than float32")
    lead = len(whole) - len(value.shape)
    sizes = [d if at < lead or value.shape[at - lead] != d else 1 for at, d in enumerate(whole)]
    made = node.build.sign("+", value, node.build.constant("zeros", sizes))
    return [View(made, tuple(range(len(whole))))]


REDUCED = {
    "ReduceMean": "Mean",
    "ReduceSum": "Sum",
    "ReduceMax": "Max",
    "ReduceMin": "Min",
    "ReduceProd": "Prod",
}


def reduce(node: Node) -> list[Tensor]:
    """Reductions; a mean over all places of a picture is a global pool."""
    view = node.plain(0)
    axes = _axes(node, view.rank)
    if axes is None:
        if node.whole("noop_with_empty_axes", 0):
            return [view]
        axes = list(range(view.rank))
    keep = bool(node.whole("keepdims", 1))
    gone = sorted(a for axis in axes if (a := view.axes[axis]) is not None)
    rank = len(view.value.shape)
    build = node.build
    if not gone:
        value = view.value
    elif (
        node.op in ("ReduceMean", "ReduceMax")
        and rank in (3, 4, 5)
        and gone == list(range(1, rank - 1))
        and view.value.type.dtype == "float32"
        and view.axes[1] == rank - 1
    ):
        kind = "Average" if node.op == "ReduceMean" else "Max"
        value = build.layer(f"Global{kind}Pooling{rank - 2}D", [view.value])
    else:
        value = build.layer(
            REDUCED[node.op], [view.value], axis=gone[0] if len(gone) == 1 else list(gone)
        )
    ours = {a: a - sum(g < a for g in gone) for a in range(rank) if a not in gone}
    result = [
        None if place in axes else (None if a is None else ours[a])
        for place, a in enumerate(view.axes)
        if keep or place not in axes
    ]
    return [View(value, tuple(result))]


def softmax(node: Node) -> list[Tensor]:
    """Softmax and LogSoftmax; before opset 13 over all axes from `axis` on."""
    view = node.view(0)
    if view.merged:
        axis, rank = len(view.axes) - 1, len(view.axes)
        if node.whole("axis", -1) % 2 != 1:
            raise Unfit("a softmax over rows")
        ours: int | None = axis
    else:
        view = node.build.plain(view)
        rank = view.rank
        axis = node.whole("axis", -1 if node.opset >= 13 else 1) % rank
        if node.opset < 13 and any(dim != 1 for dim in view.shape[axis + 1 :]):
            raise Unfit("a softmax over several axes")
        ours = view.axes[axis]
    if ours is None:
        raise Unfit("a softmax of an axis of length 1")
    args = {} if ours == len(view.value.shape) - 1 else {"axis": ours}
    made = node.build.layer(node.op, [view.value], **args)
    return [View(made, view.axes, view.merged)]


def pad(node: Node) -> list[Tensor]:
    """Pad around the places of a picture, signal or volume."""
    view = node.plain(0)
    pads = node.ints("pads", []) if node.has("pads") else node.known(1).array.tolist()
    axes = list(range(view.rank))
    if node.input(3) is not None:
        axes = [int(a) % view.rank for a in node.known(3).array]
    mode = node.text("mode", "constant")
    around: dict[int, tuple[int, int]] = {}
    for place, axis in enumerate(axes):
        pair = int(pads[place]), int(pads[place + len(axes)])
        if pair != (0, 0):
            ours = view.axes[axis]
            if ours is None:
                raise Unfit("a pad of an axis of length 1")
            around[ours] = pair
    if not around:
        return [view]
    rank = len(view.value.shape)
    value = node.real("value", 0.0) if node.has("value") else node.number(2) or 0.0
    kinds = {"constant": "Zero", "reflect": "Reflection", "edge": "Edge"}
    if (mode == "constant" and value != 0) or mode not in kinds or not 3 <= rank <= 5:
        raise Unfit("a pad of another kind")
    if any(axis in (0, rank - 1) for axis in around) or any(min(p) < 0 for p in around.values()):
        raise Unfit("a pad of the batch or the channels")
    pairs = [around.get(axis, (0, 0)) for axis in range(1, rank - 1)]
    from .windows import _padding_args

    made = node.build.layer(
        f"{kinds[mode]}Padding{rank - 2}D", [view.value], padding=_padding_args(pairs)
    )
    return [View(made, view.axes)]


def same(node: Node) -> list[Tensor]:
    """Identity, and what only training does."""
    tensor = node.inputs[0]
    if tensor is None:
        raise Unfit("nothing comes in")
    return [tensor]


def cast(node: Node) -> list[Tensor]:
    """Cast to another dtype."""
    from ...compiler.lower.onnx.operator_types import TYPES

    to = TYPES.get(node.whole("to", 0))
    if to is None:
        raise Unfit("a cast to a type that netc has not")
    view = node.view(0)
    if view.dtype == to:
        return [view]
    if view.flat:
        view = node.build.plain(view)
    return [View(node.build.layer("Cast", [view.value], dtype=to), view.axes, view.merged)]


def places(node: Node) -> list[Tensor]:
    """Range up to a named size: `arange`."""
    bounds = [node.input(p) for p in range(3)]
    if not all(isinstance(b, Known) for b in bounds):
        raise Unfit("a range whose bounds are computed")
    start, stop, step = (b.dims()[0] for b in bounds if isinstance(b, Known))
    args = (stop,) if start == 0 and step == 1 else (start, stop, step)
    made = node.build.constant("arange", *args, dtype="int64")
    return [View(made, (0,))]
