"""Writes the table of a batch run: CSV, JSON lines or Parquet, whole or not at all."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from ...dsl.text.escape import csv_cell
from ..errors import UserError
from ..files.write import replacing
from .arrow import arrow
from .journal import Line
from .results import Value

AT_ONCE = 8192
"""Rows that are turned into Parquet together."""
WIDEST = 1024
"""Values of a sample that a row of CSV takes."""


def write_table(out: Path, key: str, columns: Sequence[str], lines: Iterable[Line]) -> None:
    """The samples that were not skipped, a row each. Raises UserError.

    `key` is what the first column, the name of a sample, is called.
    """
    WRITERS[out.suffix.lower()](out, (key, *columns), (one for one in lines if not one.fault))


def _csv(out: Path, columns: Sequence[str], lines: Iterator[Line]) -> None:
    first = list(islice(lines, 1))
    head = list(columns)
    for line in first:
        spread = zip(columns, [line.name, *line.values], strict=True)
        head = [each for name, value in spread for each in _names(name, value)]
    if len(head) > WIDEST:
        raise UserError(
            f"{out}: a sample has {len(head) - 1:,} values, and a row of CSV takes up to "
            f"{WIDEST:,}; write .jsonl or .parquet"
        )
    with replacing(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(csv_cell, head))
        for line in chain(first, lines):
            cells = _cells([line.name, *line.values])
            if len(cells) != len(head):
                raise UserError(
                    f"{out}: samples have other numbers of values, here {len(head) - 1} and "
                    f"{len(cells) - 1}, and rows of CSV are alike; write .jsonl or .parquet"
                )
            writer.writerow(cells)


def _names(name: str, value: Value) -> list[str]:
    """A column for each number of a list, in order: `mask_0_0`, `mask_0_1`, …"""
    if not isinstance(value, list):
        return [name]
    return [each for at, one in enumerate(value) for each in _names(f"{name}_{at}", one)]


def _cells(value: Value) -> list[object]:
    if isinstance(value, list):
        return [cell for one in value for cell in _cells(one)]
    return [csv_cell(value) if isinstance(value, str) else value]


def _json(out: Path, columns: Sequence[str], lines: Iterator[Line]) -> None:
    with replacing(out) as temporary, temporary.open("w", encoding="utf-8") as file:
        for line in lines:
            row = dict(zip(columns, [line.name, *map(finite, line.values)], strict=True))
            file.write(json.dumps(row, allow_nan=False) + "\n")


def finite(value: Value) -> Value:
    """The value as JSON has it, which has no NaN and no infinity; they become null."""
    if isinstance(value, list):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _parquet(out: Path, columns: Sequence[str], lines: Iterator[Line]) -> None:
    pyarrow = arrow()
    with replacing(out) as temporary:
        writer = None
        while rows := [[line.name, *line.values] for line in islice(lines, AT_ONCE)]:
            arrays = {name: [row[at] for row in rows] for at, name in enumerate(columns)}
            schema = None if writer is None else writer.schema
            table = pyarrow.Table.from_pydict(arrays, schema=schema)
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(temporary, table.schema)
            writer.write_table(table)
        if writer is None:
            empty = pyarrow.schema([(name, pyarrow.string()) for name in columns])
            writer = pyarrow.parquet.ParquetWriter(temporary, empty)
        writer.close()


WRITERS: Mapping[str, Callable[[Path, Sequence[str], Iterator[Line]], None]] = {
    ".csv": _csv,
    ".jsonl": _json,
    ".parquet": _parquet,
}
"""What writes a table, by its ending."""
