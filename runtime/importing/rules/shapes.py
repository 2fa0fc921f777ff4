"""ONNX operators that change the shape: reshapes, transposes, new axes."""

from __future__ import annotations

from collections.abc import Sequence

from ....compiler.ops.tensor.index_items import at, span
from ....compiler.shapes.dims import Dim, Sym, dim_prod, exact_div
from ..node import Node
from ..steps import Known, Tensor, View
from ..traced import hold_reshape
from ..unfit import Unfit
from .regroup import regrouped


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
    hold_reshape(shape, goal)
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
        kept = [(a, dim) for a, dim in zip(view.axes, shape, strict=True) if a is not None]
        ones = [axis for axis, dim in kept if dim == 1]
        places = [place for place, dim in enumerate(goal) if dim == 1]
        if len(ones) <= len(places):
            moved = dict(zip(places, ones, strict=False))
            found = iter([axis for axis, dim in kept if dim != 1])
            return View(
                view.value,
                tuple(moved.get(k) if dim == 1 else next(found) for k, dim in enumerate(goal)),
            )
    if len(goal) == 2 and len(without) > 2 and goal[0] == shape[0] and view.axes[0] == 0:
        return View(view.value, (), flat=tuple(without))
    if _merges(view, goal):
        return View(view.value, view.axes, merged=True)
    rows = _rows(view, goal)
    joined = None if rows is None else regrouped(build, view, rows)
    if joined is not None and _merges(joined, goal):
        return View(joined.value, joined.axes, merged=True)
    made_there = regrouped(build, view, goal)
    if made_there is not None:
        return made_there
    value = build.value(view)
    if goal and goal[0] == value.shape[0] and len(goal) > 1:
        symbolic = [dim for dim in goal[1:] if isinstance(dim, Sym)]
        if len(symbolic) == 1:
            goal = [goal[0], *(-1 if isinstance(dim, Sym) else dim for dim in goal[1:])]
        made = build.layer("Reshape", [value], target_shape=list(goal[1:]))
        return View(made, tuple(range(len(goal))))
    return View(build.reshaped(value, goal), tuple(range(len(goal))))


def _merges(view: View, goal: Sequence[Dim]) -> bool:
    """Whether the goal is the rows of the last axis, which is the last one of the value, too."""
    rank = len(view.value.shape)
    return (
        len(goal) == 2
        and rank > 2
        and goal[1] == view.shape[-1]
        and len(view.axes) == rank
        and view.axes[-1] == rank - 1
    )


def _rows(view: View, goal: Sequence[Dim]) -> list[Dim] | None:
    """What is between the view and the rows of a matrix: its last axes as one."""
    if len(goal) != 2:
        return None
    shape = view.shape
    lead = next((k for k in range(2, len(shape)) if dim_prod(shape[:k]) == goal[0]), None)
    return None if lead is None else [*shape[:lead], goal[1]]


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


def axes_of(node: Node, rank: int) -> list[int] | None:
    """The axes of a node, given as an attribute or an input; None where they are left out."""
    known = node.optional(1)
    if known is None and not node.has("axes"):
        return None
    given = node.ints("axes", []) if known is None else known.reshape(-1).tolist()
    return sorted(int(axis) % rank if axis < 0 else int(axis) for axis in given)


def squeeze(node: Node) -> list[Tensor]:
    """Squeeze of axes of length 1."""
    view = node.plain(0)
    axes = axes_of(node, view.rank)
    if axes is None:
        axes = [axis for axis, dim in enumerate(view.shape) if dim == 1]
    taken = view
    if any(view.axes[axis] is not None for axis in axes):
        items = [span()] * len(view.value.shape)
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
