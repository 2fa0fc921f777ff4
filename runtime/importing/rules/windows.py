"""What convolutions and pools share: channels last, and the cells around a picture."""

from __future__ import annotations

from collections.abc import Sequence

from ....compiler.shapes.dims import Dim
from ..node import Node
from ..steps import Value, View
from ..unfit import Unfit


def channels_last(node: Node, view: View) -> Value:
    """The value with its channels last, of a tensor that has them behind the batch."""
    return node.build.arrange(view, (0, *range(2, view.rank), 1))


def first_view(value: Value) -> View:
    """How ONNX sees a value with channels last."""
    rank = len(value.shape)
    return View(value, (0, rank - 1, *range(1, rank - 1)))


def short(values: Sequence[int]) -> int | list[int]:
    """One number where all are equal."""
    return values[0] if len(set(values)) == 1 else list(values)


def pads_of(
    node: Node, sizes: Sequence[Dim], cells: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """The cells before and behind each axis."""
    dims = len(cells)
    auto = node.text("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        found = []
        for size, cell, stride in zip(sizes, cells, strides, strict=True):
            if stride != 1 and not isinstance(size, int):
                if auto == "SAME_UPPER":
                    return []
                raise Unfit("SAME_LOWER of a named size")
            total = cell - 1
            if stride != 1:
                assert isinstance(size, int)
                total = max(0, (-(-size // stride) - 1) * stride + cell - size)
            small = total // 2
            found.append((small, total - small) if auto == "SAME_UPPER" else (total - small, small))
        return found
    pads = node.ints("pads", [0] * 2 * dims) if auto == "NOTSET" else [0] * 2 * dims
    return [(pads[axis], pads[axis + dims]) for axis in range(dims)]


def is_same(
    sizes: Sequence[Dim],
    pads: Sequence[tuple[int, int]],
    cells: Sequence[int],
    strides: Sequence[int],
) -> bool:
    """Whether pads are those of `same`: the odd cell behind."""
    for size, (before, behind), cell, stride in zip(sizes, pads, cells, strides, strict=True):
        if stride == 1:
            total = cell - 1
        elif isinstance(size, int):
            total = max(0, (-(-size // stride) - 1) * stride + cell - size)
        else:
            return False
        if (before, behind) != (total // 2, total - total // 2):
            return False
    return True


def padding_args(pads: Sequence[tuple[int, int]]) -> object:
    """Pads as an argument: one number, a number an axis, or pairs."""
    if all(before == behind for before, behind in pads):
        return short([before for before, _ in pads])
    return tuple(pads) if len(pads) > 1 else pads[0]
