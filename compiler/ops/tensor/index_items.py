"""The parts of an index such as `x[:, 0]`, and how long a slice is."""

from __future__ import annotations

from ....dsl.record import record
from ...shapes.dims import Dim, Sym, ceil_div, compare, dim_min

FAR = 2**63 - 1
"""What ONNX's Slice takes for "to the end"."""


@record
class IndexItem:
    """One part of an index, between commas.

    `kind` is `index` (an int or size in `index`), `slice`, `newaxis` or `ellipsis`.
    """

    kind: str
    index: Dim = 0
    start: Dim | None = None
    stop: Dim | None = None
    step: int = 1

    def __str__(self) -> str:
        if self.kind == "slice":
            bounds = [("" if dim is None else dim_text(dim)) for dim in (self.start, self.stop)]
            return ":".join(bounds) + (f":{dim_text(self.step)}" if self.step != 1 else "")
        return {"newaxis": "none", "ellipsis": "..."}.get(self.kind, dim_text(self.index))


def dim_text(dim: Dim) -> str:
    """A bound for messages."""
    # Python refuses to write out very long ints.
    return "…" if isinstance(dim, int) and abs(dim) > FAR else str(dim)


NEWAXIS = IndexItem("newaxis")
ELLIPSIS = IndexItem("ellipsis")


def at(index: Dim) -> IndexItem:
    """The item `x[index]`, which takes the axis away."""
    return IndexItem("index", index=index)


def span(start: Dim | None = None, stop: Dim | None = None, step: int | None = None) -> IndexItem:
    """The item `x[start:stop:step]`; None where a part is left out."""
    return IndexItem("slice", start=start, stop=stop, step=1 if step is None else step)


def slice_length(item: IndexItem, size: Dim) -> Dim:
    """How many elements a slice takes of an axis; 0 or less where it takes none."""
    bounds = (item.start, item.stop)
    if isinstance(size, int) and not any(isinstance(dim, Sym) for dim in bounds):
        return len(range(*slice(item.start, item.stop, item.step).indices(size)))
    forward = item.step > 0
    first, last = (item.start, item.stop) if forward else (item.stop, item.start)
    # Both ways the slice lies between two bounds; backwards it is open below and closed above.
    shift = 0 if forward else 1
    lows = (
        [_place(first, size) + shift, *([0] if _from_end(first) else [])]
        if first is not None
        else [0]
    )
    highs = (
        [_place(last, size) + shift, *([] if _from_end(last) else [size])]
        if last is not None
        else [size]
    )
    length = dim_min(*(high - low for high in highs for low in lows))
    return ceil_div(length, abs(item.step))


def _from_end(bound: Dim | None) -> bool:
    return bound is not None and compare("<", bound, 0) is True


def _place(bound: Dim, size: Dim) -> Dim:
    return bound + size if _from_end(bound) else bound
