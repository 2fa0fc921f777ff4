"""A table of runs for a terminal, a spreadsheet, a program or a browser."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence

from ...dsl.text.escape import csv_cell, terminal
from ..runs.listed import Listed
from ..runs.resolved import Scalar
from . import html
from .compared import Compared
from .page import document


def as_text(table: Compared) -> str:
    """Columns as wide as they must be; numbers to the right."""
    rows = [table.columns, *table.texts()]
    shown = [[terminal(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    right = set(table.numbers)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    )


def as_csv(table: Compared) -> str:
    """A row a run, numbers in full; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([csv_cell(name) for name in table.columns])
    for row in table.rows:
        writer.writerow([_csv(row.get(name)) for name in table.columns])
    return text.getvalue().removesuffix("\n")


def _csv(value: Scalar) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return csv_cell(value) if isinstance(value, str) else repr(value)


def as_html(table: Compared, title: str) -> str:
    """A page that needs nothing but itself."""
    body = html.tag("h1", html.text(title)) + html.table(
        table.columns, table.texts(), table.numbers
    )
    return document(title, body)


def as_json(table: Compared, runs: Sequence[Listed]) -> dict[str, object]:
    """All that is known of each run; what is not finite is null."""
    return {
        "differing": list(table.settings),
        "runs": [
            {
                "run": str(run.path),
                "ending": run.ending,
                "started": run.started,
                "settings": finite(run.settings),
                "epochs": run.epochs,
                "kept": run.kept,
                "monitor": run.monitor,
                "figures": finite(run.figures),
                "test": finite(run.test),
                "params": run.params,
                "seconds": run.seconds,
            }
            for run in runs
        ],
    }


def finite(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Values for JSON."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
