"""ONNX operators over whole axes: reductions, softmax."""

from __future__ import annotations

from ..node import Node
from ..steps import Tensor, View
from ..unfit import Unfit
from .shapes import axes_of

REDUCED = {
    "ReduceMean": "Mean",
    "ReduceSum": "Sum",
    "ReduceMax": "Max",
    "ReduceMin": "Min",
    "ReduceProd": "Prod",
    "ReduceL1": "Sum",
    "ReduceL2": "Sum",
    "ReduceSumSquare": "Sum",
    "ReduceLogSum": "Sum",
    "ReduceLogSumExp": "Sum",
}
BEFORE = {
    "ReduceL1": "Abs",
    "ReduceL2": "Square",
    "ReduceSumSquare": "Square",
    "ReduceLogSumExp": "Exp",
}
"""What is done to each element before the sum."""
BEHIND = {"ReduceL2": "Sqrt", "ReduceLogSum": "Log", "ReduceLogSumExp": "Log"}
"""What is done to the sums."""


def reduce(node: Node) -> list[Tensor]:
    """Reductions; a mean over all places of a picture is a global pool."""
    view = node.plain(0)
    axes = axes_of(node, view.rank)
    if not axes:
        if node.whole("noop_with_empty_axes", 0):
            return [view]
        axes = list(range(view.rank))
    keep = bool(node.whole("keepdims", 1))
    gone = sorted(a for axis in axes if (a := view.axes[axis]) is not None)
    rank = len(view.value.shape)
    build = node.build
    before = view.value
    if node.op in BEFORE:
        before = build.layer(BEFORE[node.op], [before])
    if not gone:
        value = before
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
            REDUCED[node.op], [before], axis=gone[0] if len(gone) == 1 else list(gone)
        )
    if node.op in BEHIND:
        value = build.layer(BEHIND[node.op], [value])
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
