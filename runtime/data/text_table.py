"""Reads tables of text: `.csv`, plain or compressed with gzip."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ...dsl.text.shorten import shortened
from ..errors import UserError, require_file, unreadable
from .decode import free_memory

SEPARATORS = {";": ";", "\t": "\\t", "|": "|", ",": ","}
"""What may stand between columns, and how a recipe writes it."""

LONGEST_LINE = 2**24
"""Bytes of a line; a short packed file can hold one of any length."""
CHUNK = 2**20
SHARE = 8
"""A table's text may take one part in so many of the free memory: as numbers it takes more."""


@dataclass(frozen=True)
class Table:
    """The rows of a file: all numbers (`numbers`, float64), or text (`cells`)."""

    path: Path
    columns: tuple[str, ...]
    """Their names; `column 0`, … where the file names none."""
    named: bool
    lines: Sequence[int]
    """The line each row begins in, from 1."""
    numbers: Array | None
    cells: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, column: int | str) -> int:
        """Where a column is, by its name or number; negative ones count from the last.

        Raises UserError where there is none.
        """
        if isinstance(column, str):
            if column in self.columns and self.named:
                return self.columns.index(column)
            from ...dsl.diagnostics.suggest import did_you_mean

            if not self.named:
                raise UserError(
                    f"{self.path}: names no columns, so there is no column `{column}`; give its "
                    "number"
                )
            other = other_separator(self.columns)
            hint = f"; {did_you_mean(column, self.columns)}".rstrip("; ")
            raise UserError(f"{self.path}: has no column `{column}`{other or hint}")
        if not -len(self.columns) <= column < len(self.columns):
            raise UserError(f"{self.path}: has {len(self.columns)} columns, no column {column}")
        return column % len(self.columns)

    def take(self, rows: Array) -> Table:
        """Some rows as a table."""
        numbers = None if self.numbers is None else self.numbers[rows]
        cells = [self.cells[row] for row in rows] if self.cells else ()
        lines = [self.lines[row] for row in rows]
        return replace(self, lines=lines, numbers=numbers, cells=cells)

    def text(self, column: int, *, stripped: bool = True) -> list[str]:
        """The cells of a column, without spaces around them. Raises UserError for empty ones."""
        if self.numbers is not None:
            return [f"{value:g}" for value in self.numbers[:, column]]
        found = [row[column].strip() for row in self.cells]
        if "" in found:
            raise UserError(f"{self.where(found.index(''), column)}: the cell is empty")
        return found if stripped else [row[column] for row in self.cells]

    def values(self, columns: Sequence[int], hint: str = "") -> Array:
        """Columns of numbers, `[rows, columns]` float64.

        Raises UserError that names the first cell that holds none.
        """
        if self.numbers is not None:
            array = self.numbers[:, columns]
        else:
            try:
                rows = [[number(row[column]) for column in columns] for row in self.cells]
                array = np.array(rows, np.float64).reshape(len(self), len(columns))
            except ValueError:
                raise self._first_fault(columns, hint) from None
        bad = ~np.isfinite(array)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            what = "NaN" if np.isnan(array[row, column]) else "an infinite value"
            count = f", the first of {int(bad.sum())} such cells" if bad.sum() > 1 else ""
            raise UserError(f"{self.where(int(row), columns[column])}: the cell is {what}{count}")
        return array

    def where(self, row: int, column: int) -> str:
        """`iris.csv: line 7, column `sepal length``."""
        name = self.columns[column]
        return f"{self.path}: line {self.lines[row]}, " + (
            f"column `{name}`" if self.named else name
        )

    def _first_fault(self, columns: Sequence[int], hint: str) -> UserError:
        for index, row in enumerate(self.cells):
            for column in columns:
                try:
                    number(row[column])
                except ValueError:
                    text = row[column].strip()
                    if not text:
                        return UserError(f"{self.where(index, column)}: the cell is empty")
                    shown = shortened(text, 40)
                    return UserError(
                        f"{self.where(index, column)}: `{shown}` is not a number{hint}"
                    )
        raise AssertionError("every cell is a number")


def read_table(path: Path, separator: str, header: bool | None, *, as_text: bool = False) -> Table:
    """The table of a file. With `as_text` its cells are kept as they are written.

    Raises UserError where it is damaged or ragged, or holds no rows.
    """
    if len(separator) != 1 or separator in '\r\n"':
        raise UserError(f"the separator between columns is one character, not `{separator}`")
    text = read_text(path)
    # A file of numbers alone is read by NumPy, many times faster than cell by cell.
    first, _, rest = text.partition("\n")
    head = row_of(first, separator)
    if not head or as_text:
        return _slowly(path, text, separator, header)
    named = header if header is not None else not any(map(is_number, head))
    body = rest if named else text
    try:
        numbers = (
            np.loadtxt(
                io.StringIO(body), delimiter=separator, comments=None, ndmin=2, dtype=np.float64
            )
            if body.strip()
            else None
        )
    except ValueError:
        numbers = None
    blank = "\n\n" in body or "\n\r" in body
    if numbers is None or numbers.shape[1] != len(head) or blank:
        return _slowly(path, text, separator, header)
    lines = range(1 + named, 1 + named + len(numbers))
    return Table(path, columns_of(path, head, named), named, lines, numbers, ())


def _slowly(path: Path, text: str, separator: str, header: bool | None) -> Table:
    """The table cell by cell, with what is wrong with it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    lines: list[int] = []
    begins = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UserError(f"{path}: line {reader.line_num}: {error}") from error
    if not rows:
        raise UserError(f"{path}: holds no rows")
    head = rows[0]
    named = header if header is not None else not any(map(is_number, head))
    columns = columns_of(path, head, named)
    if named:
        rows, lines = rows[1:], lines[1:]
    if not rows:
        raise UserError(f"{path}: holds the names of columns, but no rows")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(columns):
            raise UserError(ragged(path, line, len(row), columns))
    return Table(path, columns, named, lines, None, rows)


def ragged(path: Path, line: int, cells: int, columns: Sequence[str]) -> str:
    """What is said of a row that has other cells than the first."""
    return (
        f"{path}: line {line} has {cells} cell{'s' * (cells != 1)}, but the first line has "
        f"{len(columns)}{other_separator(columns)}"
    )


def other_separator(columns: Sequence[str]) -> str:
    """What to add to a message where one column holds what another separator would split."""
    found = next((mark for mark in SEPARATORS if mark in columns[0]), None)
    if len(columns) > 1 or found is None:
        return ""
    mark = SEPARATORS[found]
    return f'; where "{mark}" stands between columns, say separator="{mark}"'


def columns_of(path: Path, head: Sequence[str], named: bool) -> tuple[str, ...]:
    """What the columns are called. Raises UserError for two of one name."""
    if not named:
        return tuple(f"column {index}" for index in range(len(head)))
    names = [name.strip() for name in head]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"{path}: two columns are called `{twice}`")
    return tuple(names)


def row_of(line: str, separator: str) -> list[str]:
    """The cells of one line; none where it is no row."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def separator_of(first: str, wanted: Sequence[str]) -> str:
    """What stands between the columns of a table, by its first line: what makes the wanted ones of
    it, or else the most columns."""

    def rank(mark: str) -> tuple[bool, int]:
        names = [cell.strip() for cell in row_of(first, mark)]
        return bool(wanted) and set(wanted) <= set(names), len(names)

    return max((",", *SEPARATORS), key=rank)


def first_line(path: Path) -> str:
    """The first line of a table, unpacked. Raises UserError."""
    return read_text(path).partition("\n")[0]


def number(text: str) -> float:
    """The number a cell holds; raises ValueError where it holds none, as `1_000` does not."""
    if "_" in text:
        raise ValueError(text)
    return float(text)


def is_number(text: str) -> bool:
    """Whether a cell holds a number."""
    try:
        number(text)
    except ValueError:
        return False
    return True


def read_text(path: Path, what: str = "a table") -> str:
    """The text of a file, unpacked. Raises UserError for what is no UTF-8, or too long."""
    require_file(path, what)
    try:
        return _bytes(path, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text (at byte {error.start})") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path}: is cut short or damaged ({error})") from error
    except OSError as error:
        raise unreadable(path, error) from error


def _bytes(path: Path, what: str) -> bytes:
    """What a file of text holds, unpacked. Raises UserError where it unpacks to too much."""
    most = free_memory() // SHARE
    data = bytearray()
    line = 0
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        opened = gzip.GzipFile(fileobj=file) if packed else file
        while part := opened.read(CHUNK):
            data += part
            first = part.find(b"\n")
            line += len(part) if first < 0 else first
            if line > LONGEST_LINE:
                number = data.count(b"\n", 0, len(data) - len(part)) + 1
                raise UserError(
                    f"{path}: line {number} is longer than {LONGEST_LINE // 2**20} MiB; is it "
                    f"{what}?"
                )
            line = line if first < 0 else len(part) - 1 - part.rfind(b"\n")
            if len(data) > most:
                raise UserError(
                    f"{path}: holds more than {most // 2**20:,} MiB of text, which is more than "
                    "the free memory can take"
                )
    return bytes(data)
