"""ONNX operators that make tensors larger, or from nothing: Expand, Tile, Pad, Range."""

from __future__ import annotations

from ....compiler.shapes.dims import Dim, Shape
from ..node import Node
from ..steps import Cut, Known, Spread, Tensor, View
from ..unfit import Unfit
from .windows import padding_args


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
    if isinstance(tensor, Cut):
        array = tensor.known.array
        array = array.reshape((1,) * (len(whole) - array.ndim) + array.shape)
        return [Cut(Known(array, tensor.known.names), whole)]
    if isinstance(tensor, Spread):
        return [Spread(tensor.known, whole)]
    if isinstance(tensor, Known):
        return [Spread(tensor, whole)]
    return [repeated(node, node.plain(0), whole)]


def tile(node: Node) -> list[Tensor]:
    """Tile of axes of length 1, which is an Expand."""
    view = node.plain(0)
    repeats = node.known(1).array.reshape(-1).tolist()
    pairs = list(zip(view.shape, repeats, strict=True))
    if any(dim != 1 and count != 1 for dim, count in pairs):
        raise Unfit("elements that are repeated in their order")
    return [repeated(node, view, tuple(dim if n == 1 else n for dim, n in pairs))]


def repeated(node: Node, view: View, whole: Shape) -> View:
    """The view with axes of length 1 as long as a shape says."""
    if view.shape == whole:
        return view
    lies = len(view.shape) == len(whole) and not view.merged and not view.flat
    if lies and view.dtype == "float32" and None not in view.axes:
        grown = zip(view.axes, view.shape, whole, strict=True)
        ours = {axis: size for axis, dim, size in grown if dim != size}
        sizes = [ours.get(axis, 1) for axis in range(len(view.value.shape))]
        zeros = node.build.constant("zeros", sizes)
        return View(node.build.sign("+", view.value, zeros), view.axes)
    value = node.build.value(view)
    if value.type.dtype != "float32":
        raise Unfit("an expansion of other numbers than float32")
    lead = len(whole) - len(value.shape)
    sizes = [d if at < lead or value.shape[at - lead] != d else 1 for at, d in enumerate(whole)]
    made = node.build.sign("+", value, node.build.constant("zeros", sizes))
    return View(made, tuple(range(len(whole))))


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
    made = node.build.layer(
        f"{kinds[mode]}Padding{rank - 2}D", [view.value], padding=padding_args(pairs)
    )
    return [View(made, view.axes)]


def places(node: Node) -> list[Tensor]:
    """Range up to a named size: `arange`."""
    bounds = [node.input(p) for p in range(3)]
    if not all(isinstance(b, Known) for b in bounds):
        raise Unfit("a range whose bounds are computed")
    start, stop, step = (b.dims()[0] for b in bounds if isinstance(b, Known))
    args = (stop,) if start == 0 and step == 1 else (start, stop, step)
    made = node.build.constant("arange", *args, dtype="int64")
    return [View(made, (0,))]
