"""Broadcasting of symbolic shapes, as NumPy does it and as Keras's merge layers do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import joined as joined_size
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape, Sym, exact_div
from ...shapes.types import TensorType, show_shape
from .backend import OnnxGraph, OnnxValue
from .op import Refusal


def broadcast(who: str, *shapes: Shape) -> Shape:
    """The common shape of some shapes, aligned at their last axes.

    Two dims go together where they are provably equal or one of them is 1. `who` is the sign or
    layer that messages name. Raises Refusal (BROADCAST) naming the first two shapes that clash.
    """
    result: Shape = shapes[0]
    for index, shape in enumerate(shapes[1:], start=1):
        joined = _join(result, shape)
        if joined is None:
            _refuse(who, shapes, index, behind=False)
        result = joined
    return result


def after_batch(shape: Shape, rank: int) -> Shape:
    """The shape with axes of size 1 put behind the batch axis, up to a rank."""
    return (*shape[:1], *(1 for _ in range(rank - len(shape))), *shape[1:])


def merge_shapes(who: str, *shapes: Shape) -> Shape:
    """The common shape of a Keras merge layer's inputs.

    A tensor of lower rank gets its missing axes behind the batch axis, and the batch axes must be
    equal. Raises Refusal (BROADCAST).
    """
    for index, shape in enumerate(shapes[1:], start=1):
        if not same(shape[0], shapes[0][0]):
            pair = f"{show_shape(shapes[0])} and {show_shape(shape)}"
            raise Refusal(
                Code.BROADCAST,
                f"`{who}` needs one batch size, got {shapes[0][0]} and {shape[0]}: {pair}",
                inputs=[0, index],
                help=_batch_help(who, shapes[0][0], shape[0]),
            )
    rank = max(map(len, shapes))
    result = after_batch(shapes[0], rank)
    for index, shape in enumerate(shapes[1:], start=1):
        joined = _join(result, after_batch(shape, rank))
        if joined is None:
            _refuse(who, shapes, index, behind=True)
        result = joined
    return result


def align_ranks(
    g: OnnxGraph, values: Sequence[OnnxValue], *, behind_batch: bool = False
) -> list[OnnxValue]:
    """The values in one layout in which ONNX's broadcasting means what was written.

    `behind_batch` puts missing axes behind the batch axis, as Keras's merge layers do. A vector
    meets a channels-first tensor without a Transpose.
    """
    rank = max(value.rank for value in values)
    first = any(value.first for value in values if value.rank == rank)
    if not behind_batch and not first:
        return [g.channels_last(value) if value.rank < rank else value for value in values]
    raised = [_raised(g, value, rank, first, behind_batch) for value in values]
    return g.align(raised)


def _raised(
    g: OnnxGraph, value: OnnxValue, rank: int, first: bool, behind_batch: bool
) -> OnnxValue:
    missing = rank - value.rank
    if not missing or not value.rank:
        return value
    shape = value.type.shape
    if behind_batch:
        full = after_batch(shape, rank)
        axes = list(range(2, rank)) if first and value.rank == 2 else list(range(1, 1 + missing))
        direct = first and value.rank <= 2
    else:
        full = (*(1 for _ in range(missing)), *shape)
        axes = [0, *range(2, rank)] if first and value.rank == 1 else list(range(missing))
        direct = first and value.rank == 1
    return g.node(
        "Unsqueeze",
        g.channels_last(value),
        g.const(axes, "int64"),
        type=TensorType(value.type.dtype, full),
        first=direct,
    )


def _join(a: Shape, b: Shape) -> Shape | None:
    if len(a) < len(b):
        a, b = b, a
    lead = len(a) - len(b)
    result: list[Dim] = list(a[:lead])
    for left, right in zip(a[lead:], b, strict=True):
        size = joined_size(left, right)
        if size is None:
            return None
        result.append(size)
    return tuple(result)


def _refuse(who: str, shapes: Sequence[Shape], index: int, *, behind: bool) -> NoReturn:
    """Names the earlier input that clashes with this one, missing axes put `behind` the batch."""
    rank = max(map(len, shapes))
    b = shapes[index]
    for other in range(index):
        a = shapes[other]
        pair = (after_batch(a, rank), after_batch(b, rank)) if behind else (a, b)
        if _join(*pair) is None:
            raise Refusal(
                Code.BROADCAST,
                f"`{who}` cannot broadcast {show_shape(a)} with {show_shape(b)}"
                + _different_names(*pair),
                inputs=[other, index],
                help=_way_out(*pair),
            )
    raise AssertionError("shapes clash in pairs")


def _clashes(a: Shape, b: Shape) -> list[tuple[int, Dim, Dim]]:
    """Clashing axes, counted from the front of the longer shape, with their sizes."""
    rank = max(len(a), len(b))
    rows = zip(range(rank), (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    return [(i, x, y) for i, x, y in rows if x != y and x != 1 and y != 1]


def _different_names(a: Shape, b: Shape) -> str:
    for _, left, right in _clashes(a, b):
        if isinstance(left, Sym) and isinstance(right, Sym):
            plain = str(left).isidentifier() and str(right).isidentifier()
            what = "different names" if plain else "different sizes"
            return f": `{left}` and `{right}` are {what}"
    return ""


def _batch_help(who: str, a: Dim, b: Dim) -> str:
    if 1 in (a, b):
        sign = {"Add": "+", "Subtract": "-", "Multiply": "*"}.get(who, "+")
        return f"`a {sign} b` broadcasts a batch axis of 1"
    if isinstance(a, Sym) and isinstance(b, Sym):
        return f"use one name for both batch axes: `{a}` and `{b}` are different names"
    return ""


def _way_out(a: Shape, b: Shape) -> str:
    clashes = _clashes(a, b)
    if len(a) != len(b):
        short, long = (a, b) if len(a) < len(b) else (b, a)
        count = len(long) - len(short)
        missing = ", ".join(["none"] * count)
        if _join(after_batch(short, len(long)), long) is not None:
            return f"`[:, {missing}]` after the one of rank {len(short)} puts its axes in place"
        if _join(short + (1,) * count, long) is not None:
            return f"`[..., {missing}]` after the one of rank {len(short)} puts its axes in place"
    if len(clashes) == 1 and _different_names(a, b).endswith("names"):
        axis, x, _ = clashes[0]
        return f"axis {axis} differs; name both sizes `{x}` in the signature if they are equal"
    rank = max(len(a), len(b))
    inner = [clash for clash in clashes if 0 < clash[0] < rank - 1]
    parts = [f"{_axes(clashes)} {'differs' if len(clashes) == 1 else 'differ'}"]
    ratio = _ratio(inner)
    if ratio is not None:
        which, factor = ratio
        parts.append(f"strides={factor} in the layers of the {which} make it as small")
    last = clashes[-1]
    units = len(a) == len(b) >= 2 and last[0] == rank - 1
    if units and isinstance(last[1], int) and isinstance(last[2], int):
        parts.append(f"a layer of {last[1]} units or filters on the second brings {last[1]}")
    if len(parts) == 1:
        sizes = "; ".join(f"{x} against {y}" for _, x, y in clashes)
        return f"{parts[0]}: {sizes}; sizes must be equal or one of them 1"
    return "; ".join(parts)


def _axes(clashes: Sequence[tuple[int, Dim, Dim]]) -> str:
    numbers = [str(axis) for axis, _, _ in clashes]
    if len(numbers) == 1:
        return f"axis {numbers[0]}"
    return f"axes {', '.join(numbers[:-1])} and {numbers[-1]}"


def _ratio(clashes: Sequence[tuple[int, Dim, Dim]]) -> tuple[str, int] | None:
    """Which side is larger, and how many times, where that is one number on all axes."""
    for which, swap in (("first", False), ("second", True)):
        factors = {exact_div(y, x) if swap else exact_div(x, y) for _, x, y in clashes}
        if len(factors) == 1:
            factor = factors.pop()
            if isinstance(factor, int) and factor > 1:
                return which, factor
    return None
