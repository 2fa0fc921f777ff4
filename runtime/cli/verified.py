"""What `netc verify` shows of a comparison: a table, or JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...compiler.check import Net
from ...dsl.text.escape import terminal
from .rich_table import say_rows
from .say import say

if TYPE_CHECKING:
    from ..infer.verify import Difference, LayerResult, Verification


def as_json(net: Net, result: Verification) -> dict[str, object]:
    """What was compared; a difference that is not finite is null."""
    first, largest = result.first_past, result.largest
    return {
        "net": result.net,
        "file": net.definition.name.span.source.path,
        "passed": first is None,
        "tolerance": result.tolerance,
        "largest": None if largest is None else _row(largest, result.tolerance),
        "first_past": None if first is None else first.path,
        "layers": [_row(row, result.tolerance) for row in result.layers],
        "outputs": [_row(row, result.tolerance) for row in result.outputs],
        "notes": list(result.notes),
    }


def _row(row: LayerResult, tolerance: float) -> dict[str, object]:
    return {
        "path": row.path,
        "op": row.op,
        "shapes": [list(shape) for shape in row.shapes],
        "keras": _figures(row.keras),
        "reference": _figures(row.reference),
        "passed": not row.past(tolerance),
        "note": row.note,
    }


def _figures(found: Difference | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    figures = {"largest": found.largest, "scaled": found.scaled}
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


HEADINGS = ("Layer (type)", "Shape", "ORT – Keras", "ORT – reference", "")


def show_table(result: Verification, short: bool) -> None:
    """Prints a net: every layer, or only its largest difference where it passes."""
    first = result.first_past
    rows = [_cells(row, result.tolerance) for row in (*result.layers, *result.outputs)]
    if not short or first is not None:
        past = [row.past(result.tolerance) for row in (*result.layers, *result.outputs)]
        styles = ["red" if each else None for each in past]
        say_rows(result.net, HEADINGS, rows, right=(2, 3), styles=styles)
    for note in result.notes:
        say(terminal(f"note: {note}"))
    say(_verdict(result))


def _verdict(result: Verification) -> str:
    first, largest = result.first_past, result.largest
    if first is not None:
        return f"{result.net}: past the tolerance of {result.tolerance:g}, first at {first.path}"
    if largest is None:
        return f"{result.net}: nothing was compared"
    found = largest.counted(result.tolerance)
    most = max(found, key=lambda each: each.scaled)
    return (
        f"{result.net}: {len(result.layers)} layers within {result.tolerance:g}; the largest "
        f"difference is {most.largest:.2g} ({most.scaled:.2g} scaled), at {largest.path}"
    )


def _cells(row: LayerResult, tolerance: float) -> tuple[str, str, str, str, str]:
    note = f"past {tolerance:g}" if row.past(tolerance) else row.note
    if row.outvoted(tolerance):
        note = "the reference alone differs"
    return (
        f"{row.path} ({row.op})",
        ", ".join(f"({', '.join(map(str, shape))})" for shape in row.shapes),
        "–" if row.keras is None else f"{row.keras.largest:.2g}",
        "–" if row.reference is None else f"{row.reference.largest:.2g}",
        note,
    )
