"""What a batch run reads: pictures and arrays by their paths, rows of tables by their lines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ...compiler.lower.dtypes import numpy_dtype
from ...compiler.ops.base.backend import Array
from ..data.ahead import ahead
from ..data.row_layout import Feature, Layout, RowLayout
from ..data.text_layout import TextLayout
from ..data.text_table import Table
from ..errors import UserError
from ..files.pictures import ENDINGS, picture_layout, read_picture
from ..files.tensors import TensorSpec
from ..infer.preprocess import prepared
from .paths import paths_below
from .pieces import Piece, table_pieces
from .sample import FileSamples, Sample, file_marks, grouped
from .sequence_samples import sequence_samples

AHEAD = 2
"""Groups of pictures that are decoded while the model runs."""
TABLES = (".csv", ".csv.gz", ".parquet")
"""Endings of tables."""


class Samples(Protocol):
    """Samples in order, which can be begun anywhere."""

    @property
    def key(self) -> str:
        """What they are called in results: `file` or `line`."""
        ...

    @property
    def count(self) -> int | None:
        """How many there are, where that is known."""
        ...

    @property
    def marks(self) -> Iterator[str]:
        """What tells these samples from others, without reading them."""
        ...

    def read(self, start: int, size: int) -> Iterator[list[Sample]]:
        """The samples from a number on, by `size`."""
        ...


def is_table(path: Path) -> bool:
    """Whether a path names a table."""
    return path.name.lower().endswith(TABLES)


def is_text(path: Path) -> bool:
    """Whether a path names a file of texts, one a line."""
    return path.suffix.lower() == ".txt"


def picture_paths(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The pictures that files, folders (at any depth) and patterns name, each once.

    Raises UserError for a folder or a pattern that has none.
    """
    return paths_below(paths, ENDINGS, "pictures")


class PictureSamples(FileSamples):
    """Picture files, prepared as the model wants them."""

    def read(self, start: int, size: int) -> Iterator[list[Sample]]:
        """The pictures from a number on, by `size`, decoded when they are asked for."""
        threads = os.cpu_count() or 1
        samples = ahead(self.sample, self.paths[start:], threads, AHEAD * size)
        return grouped(samples, 0, size)

    def sample(self, path: Path) -> Sample:
        """One picture, or what is wrong with it."""
        try:
            values = read_picture(path, picture_layout(self.spec, self.made))
        except UserError as error:
            return Sample(str(path), None, str(error))
        batch = prepared(values[None], self.made, self.spec.dtype)
        return Sample(str(path), batch[0])


@dataclass(frozen=True)
class TableSamples:
    """The rows of a table, read piece by piece."""

    path: Path
    spec: TensorSpec
    layout: Layout | None
    """The columns that the model was trained on, or its column of text; None: all columns in their
    order."""
    key: str = "line"
    count: int | None = None

    @property
    def marks(self) -> Iterator[str]:
        """Which file it is, and of when."""
        return file_marks(self.path, "a table")

    def read(self, start: int, size: int) -> Iterator[list[Sample]]:
        """The rows from a number on, by `size`. Raises UserError for a file that is no table."""
        if isinstance(self.layout, RowLayout) and self.layout.sequence is not None:
            yield from sequence_samples(self.path, self.spec, self.layout, start, size)
            return
        left: list[Sample] = []
        done = 0
        named = None if self.layout is None else self.layout.named
        wanted = self.layout.columns if self.layout is not None and named else ()
        for piece in table_pieces(self.path, wanted, named):
            skipped = max(0, start - done)
            done += len(piece.lines)
            if skipped < len(piece.lines):
                left += self._in_order(piece, skipped)
            while len(left) >= size:
                yield left[:size]
                left = left[size:]
        if left:
            yield left

    def _in_order(self, piece: Piece, skipped: int) -> list[Sample]:
        """The samples of a piece but for the first ones; rows of another length are faults."""
        good = {sample.name: sample for sample in self._samples(piece.table)}
        found = []
        for line in piece.lines[skipped:]:
            fault = piece.faults.get(line)
            found.append(good[str(line)] if fault is None else Sample(str(line), None, fault))
        return found

    def _samples(self, piece: Table) -> list[Sample]:
        if not len(piece):
            return []
        encode = self._layout(piece).encode
        try:
            return self._named(piece, encode(piece))
        except UserError:
            found = []
        for row in range(len(piece)):
            one = piece.take(np.array([row]))
            try:
                found += self._named(one, encode(one))
            except UserError as error:
                found.append(Sample(str(one.lines[0]), None, str(error)))
        return found

    def _layout(self, piece: Table) -> Layout:
        """Which columns are read. Raises UserError where the table has not what the net needs."""
        names = enumerate(piece.columns)
        layout = self.layout or RowLayout(
            tuple(Feature(name, place) for place, name in names), piece.named
        )
        layout = layout.found_in(piece)
        wanted = self.spec.sample_size
        if None not in (wanted, layout.width) and layout.width != wanted:
            known = "" if self.layout else "; a model trained by netc on a table knows its columns"
            raise UserError(
                f"{self.path}: a row gives {layout.width} values, but the input "
                f"`{self.spec.name}` {self.spec} takes {wanted}{known}"
            )
        return layout

    def _named(self, piece: Table, values: Array) -> list[Sample]:
        shape = [size or 0 for size in self.spec.shape[1:]]
        made = values if self.spec.sample_size is None else values.reshape(len(values), *shape)
        made = made.astype(numpy_dtype(self.spec.dtype))
        if isinstance(self.layout, TextLayout) and self.layout.length is None:
            # Each with the steps that it has: it may run with others than those of this piece.
            rows = [row[: max(1, int((row != 0).sum()))] for row in made]
        else:
            rows = [*made]
        return [Sample(str(n), row) for n, row in zip(piece.lines, rows, strict=True)]
