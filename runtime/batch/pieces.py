"""Reads tables piece by piece, however long they are: CSV, also compressed, and Parquet."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from ..data.text_table import (
    LONGEST_LINE,
    Table,
    columns_of,
    is_number,
    ragged,
    separator_of,
)
from ..errors import UserError, require_file, unreadable
from .arrow import arrow

if TYPE_CHECKING:
    from _csv import Reader

AT_ONCE = 4096
"""Rows of a piece."""


@dataclass(frozen=True)
class Piece:
    """Some rows of a table, in order; those of another length are faults."""

    table: Table
    lines: Sequence[int]
    """The line each row begins in, faulty ones too; of Parquet the number of the row, from 1."""
    faults: Mapping[int, str]
    """What is wrong with the row of a line."""


def table_pieces(path: Path, wanted: Sequence[str], named: bool | None) -> Iterator[Piece]:
    """The rows of a table, whose columns are called `wanted`, among others, where it names some.

    `named` says whether the first row of text names columns; None: it does if no cell is a number.
    Raises UserError for what is no table.
    """
    require_file(path, "a table")
    return _parquet(path) if path.suffix.lower() == ".parquet" else _text(path, wanted, named)


def _text(path: Path, wanted: Sequence[str], named: bool | None) -> Iterator[Piece]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            opened = cast("BinaryIO", gzip.GzipFile(fileobj=file) if packed else file)
            text = io.TextIOWrapper(opened, "utf-8-sig", newline="")
            lines = _lines(path, text)
            first = next(lines, "")
            mark = separator_of(first, wanted)
            yield from _rows(path, csv.reader(chain([first], lines), delimiter=mark), named)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text (at byte {error.start})") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path}: is cut short or damaged ({error})") from error
    except csv.Error as error:
        raise UserError(f"{path}: {error}") from error
    except OSError as error:
        raise unreadable(path, error) from error


def _lines(path: Path, text: IO[str]) -> Iterator[str]:
    number = 1
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise UserError(
                f"{path}: line {number} is longer than {LONGEST_LINE // 2**20} MiB; is it a table?"
            )
        yield line
        number += 1


def _rows(path: Path, reader: Reader, named: bool | None) -> Iterator[Piece]:
    head: Sequence[str] | None = None
    begins = 1
    lines: list[int] = []
    kept: list[int] = []
    cells: list[Sequence[str]] = []
    faults: dict[int, str] = {}
    columns: tuple[str, ...] = ()

    def piece() -> Piece:
        table = Table(path, columns, bool(named), [*kept], None, [*cells])
        made = Piece(table, [*lines], dict(faults))
        for each in (lines, kept, cells, faults):
            each.clear()
        return made

    for row in reader:
        line, begins = begins, reader.line_num + 1
        if not any(cell.strip() for cell in row):
            continue
        if head is None:
            head = row
            named = not any(map(is_number, row)) if named is None else named
            columns = columns_of(path, row, named)
            if named:
                continue
        lines.append(line)
        if len(row) == len(columns):
            kept.append(line)
            cells.append(row)
        else:
            faults[line] = ragged(path, line, len(row), columns)
        if len(lines) == AT_ONCE:
            yield piece()
    if head is None:
        raise UserError(f"{path}: holds no rows")
    if lines:
        yield piece()


def _parquet(path: Path) -> Iterator[Piece]:
    pyarrow = arrow()
    done = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(AT_ONCE):
                columns = [_cells(column) for column in batch.columns]
                lines = range(done + 1, done + 1 + batch.num_rows)
                done += batch.num_rows
                rows = list(zip(*columns, strict=True))
                table = Table(path, tuple(batch.schema.names), True, lines, None, rows)
                yield Piece(table, lines, {})
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"{path}: is no Parquet file, or damaged ({_first(error)})") from error


def _cells(column: Any) -> list[str]:
    """A column as text, as a CSV file would hold it; what is missing is empty."""
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _first(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
