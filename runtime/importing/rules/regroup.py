"""Reshapes that split axes, or join neighbours: done among the axes of the value as they lie."""

from __future__ import annotations

from collections.abc import Sequence

from ....compiler.shapes.dims import Dim, Sym, exact_div
from ..builder import Builder
from ..steps import Value, View


def regrouped(build: Builder, view: View, goal: Sequence[Dim]) -> View | None:
    """The view with other sizes; None where that would split or join the batch.

    ONNX's axes and the goal fall into the smallest groups of one product each. A group whose axes
    are neighbours in the value is reshaped where it is, and the order of the groups stays a matter
    of the view.
    """
    kept = [
        (axis, dim) for axis, dim in zip(view.axes, view.shape, strict=True) if axis is not None
    ]
    groups = _groups([dim for _, dim in kept], [dim for dim in goal if dim != 1])
    if groups is None:
        return None
    axes = iter([axis for axis, _ in kept])
    found = [([next(axes) for _ in ours], theirs) for ours, theirs in groups]
    for ours, theirs in found:
        if 0 in ours and (len(ours) > 1 or len(theirs) != 1):
            return None
    if not any(0 in ours for ours, _ in found):
        return None
    value = view.value
    if any(ours != list(range(ours[0], ours[0] + len(ours))) for ours, _ in found):
        ordered = sorted(found, key=lambda group: 0 not in group[0])
        value = build.permuted(value, [axis for ours, _ in ordered for axis in ours])
        renamed = iter(range(len(value.shape)))
        places = {axis: next(renamed) for ours, _ in ordered for axis in ours}
        found = [([places[axis] for axis in ours], theirs) for ours, theirs in found]
    lying = sorted(found, key=lambda group: group[0])
    sizes = [dim for _, theirs in lying for dim in theirs]
    first = {ours[0]: sum(len(t) for o, t in lying if o < ours) for ours, _ in lying}
    new = iter([first[ours[0]] + at for ours, theirs in found for at in range(len(theirs))])
    made = _reshape(build, value, sizes)
    return View(made, tuple(None if dim == 1 else next(new) for dim in goal))


def _groups(
    shape: Sequence[Dim], goal: Sequence[Dim]
) -> list[tuple[Sequence[Dim], Sequence[Dim]]] | None:
    """Both cut into the most pieces of one product each; None where a product cannot be told."""
    found: list[tuple[Sequence[Dim], Sequence[Dim]]] = []
    i = j = 0
    while i < len(shape) and j < len(goal):
        left, right, a, b = i + 1, j + 1, shape[i], goal[j]
        while a != b:
            behind = exact_div(b, a) is not None
            if behind and left < len(shape):
                a, left = a * shape[left], left + 1
            elif not behind and right < len(goal) and exact_div(a, b) is not None:
                b, right = b * goal[right], right + 1
            elif (
                not behind
                and isinstance(a, int)
                and isinstance(b, int)
                and a < b
                and left < len(shape)
            ):
                a, left = a * shape[left], left + 1
            elif (
                not behind
                and isinstance(a, int)
                and isinstance(b, int)
                and right < len(goal)
                and b < a
            ):
                b, right = b * goal[right], right + 1
            else:
                return None
        found.append((shape[i:left], goal[j:right]))
        i, j = left, right
    if j < len(goal) or not found:
        return None
    if i < len(shape):
        if any(dim != 1 for dim in shape[i:]):
            return None
        ours, theirs = found[-1]
        found[-1] = ([*ours, *shape[i:]], theirs)
    return found


def _reshape(build: Builder, value: Value, sizes: Sequence[Dim]) -> Value:
    """The value in another shape; what was reshaped before it is undone where it can be."""
    while tuple(sizes) != value.shape and value.step.op == "Reshape":
        value = value.step.inputs[0]
    if tuple(sizes) == value.shape:
        return value
    named = sum(isinstance(dim, Sym) for dim in sizes[1:])
    target = [-1 if named == 1 and isinstance(dim, Sym) else dim for dim in sizes[1:]]
    return build.layer("Reshape", [value], target_shape=target)
