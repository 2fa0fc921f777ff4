"""The samples of a table: its rows, or the sequences whose steps its rows are."""

from __future__ import annotations

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from .dataset import Numbered
from .steps import padded
from .text_table import Table


class RowSamples:
    """The samples of a table: its rows, or the sequences that they are steps of.

    Sequences are in the order in which they begin, their steps in that of the rows.
    """

    def __init__(self, table: Table, sequence: int | None) -> None:
        self._table = table
        self.names = Numbered("line", table.lines)
        self.lengths: Array | None = None
        """How many rows each sequence has; None where a row is a sample."""
        self._order: Array | None = None
        if sequence is None:
            return
        numbers: dict[str, int] = {}
        of = np.array([numbers.setdefault(each, len(numbers)) for each in table.text(sequence)])
        self._of = of
        self._order = np.argsort(of, kind="stable")
        self.lengths = np.bincount(of).astype(np.int32)
        self._first = self._order[np.cumsum(self.lengths) - self.lengths]
        self.names = Numbered("line", [table.lines[row] for row in self._first])

    def rows(self, samples: Array) -> Array:
        """The rows of some samples, in the order of the table."""
        if self._order is None:
            return samples
        chosen: Array = np.flatnonzero(np.isin(self._of, samples))
        return chosen

    def in_samples(self, values: Array) -> Array:
        """What rows hold by samples; that of the steps of sequences padded, `[samples, steps, …]`.

        Raises UserError where that takes too much memory.
        """
        if self._order is None or self.lengths is None:
            return values
        return padded(values[self._order], self.lengths)

    def targets(self, values: Array, column: int, *, by_step: bool) -> Array:
        """The targets of samples, or of all steps. Raises UserError."""
        return self.in_samples(values) if by_step else self.of_each(values, column)

    def of_each(self, values: Array, column: int) -> Array:
        """What all rows of a sample hold. Raises UserError where they differ."""
        if self._order is None:
            return values
        own: Array = values[self._first]
        other = np.flatnonzero(own[self._of] != values)
        if len(other):
            row = int(other[0])
            begins = self._table.lines[self._first[self._of[row]]]
            raise UserError(
                f"{self._table.where(row, column)}: differs from line {begins}, which begins the "
                "same sequence; a sequence has one"
            )
        return own


def text_lengths(ids: Array) -> Array:
    """How many words each text has, of ids that are 0 behind them."""
    return np.asarray((ids != 0).sum(axis=1), np.int32)
