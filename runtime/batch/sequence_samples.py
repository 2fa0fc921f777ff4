"""Sequences in tables: rows of one sequence behind one another, each a step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...compiler.lower.dtypes import numpy_dtype
from ...compiler.ops.base.backend import Array
from ..data.row_layout import RowLayout
from ..data.text_table import Table
from ..errors import UserError
from ..files.tensors import TensorSpec
from .pieces import Piece, table_pieces
from .sample import Sample, grouped


def sequence_samples(
    path: Path, spec: TensorSpec, layout: RowLayout, start: int, size: int
) -> Iterator[list[Sample]]:
    """The sequences of a table from a number on, by `size`; a sequence is called by its own name.

    One of which a row cannot be read is a fault, and so is one whose rows do not lie together.
    Raises UserError for a file that is no table.
    """
    return grouped(_samples(path, spec, layout), start, size)


def _samples(path: Path, spec: TensorSpec, layout: RowLayout) -> Iterator[Sample]:
    wanted = layout.columns if layout.named else ()
    name: str | None = None
    rows: list[Array] = []
    fault = ""
    done: set[str] = set()

    def ended() -> Sample:
        assert name is not None
        if fault:
            return Sample(name, None, fault)
        values = np.stack(rows).astype(numpy_dtype(spec.dtype))
        shape = [size or 0 for size in spec.shape[2:]]
        return Sample(name, values.reshape(len(rows), *shape))

    for piece in table_pieces(path, wanted, layout.named):
        for own, values, wrong in _steps(path, piece, layout):
            if own != name:
                if name is not None:
                    yield ended()
                    done.add(name)
                name, rows, fault = own, [], ""
                if own in done:
                    fault = f"{path}: the rows of the sequence `{own}` do not lie together"
            if values is not None:
                rows.append(values)
            fault = fault or wrong
    if name is not None:
        yield ended()


def _steps(path: Path, piece: Piece, layout: RowLayout) -> Iterator[tuple[str, Array | None, str]]:
    """The sequence, the values and what is wrong of each row of a piece, in order."""
    table = piece.table
    found = layout.found_in(table)
    assert found.sequence is not None
    at, row, name = found.sequence.place, 0, ""
    values = _encoded(table, found)
    for line in piece.lines:
        if line in piece.faults:
            # Of a row with other cells nobody knows the sequence: it is that of the row before.
            yield name, None, piece.faults[line]
            continue
        name = table.text(at)[row] if table.numbers is not None else table.cells[row][at].strip()
        if not name:
            yield name, None, f"{path}: line {line}: no sequence is named"
        elif values is not None:
            yield name, values[row], ""
        else:
            one = table.take(np.array([row]))
            try:
                yield name, found.encode(one)[0], ""
            except UserError as error:
                yield name, None, str(error)
        row += 1


def _encoded(table: Table, layout: RowLayout) -> Array | None:
    """The values of all rows; None where one of them is at fault."""
    try:
        return layout.encode(table)
    except UserError:
        return None
