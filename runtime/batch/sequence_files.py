"""Sequences that are a file or a line each: `.npy` files, and the lines of a `.jsonl` file."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.lower.dtypes import numpy_dtype
from ...compiler.ops.base.backend import Array
from ..data.fit import require_finite
from ..data.jsonl import array_of, json_line
from ..data.listed import as_steps
from ..data.text_layout import TextLayout
from ..data.text_table import LONGEST_LINE
from ..errors import UserError, require_file, unreadable
from ..files.npz import read_npy
from ..files.tensors import TensorSpec
from ..infer.inputs import fitted
from ..infer.preprocess import prepared
from .paths import paths_below
from .sample import FileSamples, Sample, file_marks, grouped

ENDING = ".npy"
LINES = (".jsonl", ".jsonl.gz")
"""Endings of files with a sequence, or a text, a line."""


def is_lines(path: Path) -> bool:
    """Whether a path names a file with a sequence, or a text, a line."""
    return path.name.lower().endswith(LINES)


def sequence_paths(inputs: Sequence[Path]) -> tuple[Path, ...] | None:
    """The files with a sequence each that files, folders (at any depth) and patterns name.

    None where one file is named, which may hold several. Raises UserError for a folder or a pattern
    that has none.
    """
    if len(inputs) == 1 and inputs[0].is_file() and inputs[0].suffix.lower() in (ENDING, ".npz"):
        return None
    return paths_below(inputs, (ENDING,), "sequences")


def sequence(who: str, array: Array, spec: TensorSpec, made: Preprocessing | None) -> Array:
    """An array as one sequence that a model takes, `[steps, …]`, however many they are.

    Raises UserError for what is none, or holds NaN.
    """
    opened = replace(spec, shape=(*spec.shape[:1], None, *spec.shape[2:]))
    values = fitted(who, as_steps(who, array, spec)[None], opened)
    require_finite(who, values, ["it"])
    changed: Array = prepared(values, made, spec.dtype)[0]
    return changed


class SequenceFiles(FileSamples):
    """Files that hold a sequence each."""

    def read(self, start: int, size: int) -> Iterator[list[Sample]]:
        """The sequences from a number on, by `size`."""
        return grouped(map(self._sample, self.paths[start:]), 0, size)

    def _sample(self, path: Path) -> Sample:
        try:
            if path.suffix.lower() != ENDING:
                raise UserError(f"{path}: is not an .npy file; one of these holds a sequence")
            require_file(path, "an array")
            values = sequence(str(path), read_npy(path), self.spec, self.made)
        except UserError as error:
            return Sample(str(path), None, str(error))
        return Sample(str(path), values)


@dataclass(frozen=True)
class SequenceLines:
    """The lines of a file, each an object with a sequence, or with a text."""

    path: Path
    spec: TensorSpec
    made: Preprocessing | None
    layout: TextLayout | None
    """The words of a model of texts."""
    key: str = "line"
    count: int | None = None

    @property
    def marks(self) -> Iterator[str]:
        """Which file it is, and of when."""
        return file_marks(self.path, "a .jsonl file")

    def read(self, start: int, size: int) -> Iterator[list[Sample]]:
        """The samples from a number on, by `size`. Raises UserError for a file that is no text."""
        return grouped(self._samples(), start, size)

    def _samples(self) -> Iterator[Sample]:
        require_file(self.path, "a .jsonl file")
        number = 0
        try:
            with self._opened() as file:
                while line := file.readline(LONGEST_LINE + 1):
                    number += 1
                    if len(line) > LONGEST_LINE:
                        raise UserError(
                            f"{self.path}: line {number} is longer than {LONGEST_LINE // 2**20} MiB"
                        )
                    if line.strip():
                        yield self._sample(number, line)
        except (gzip.BadGzipFile, EOFError) as error:
            raise UserError(f"{self.path}: is cut short or damaged ({error})") from error
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _opened(self) -> IO[bytes] | gzip.GzipFile:
        return gzip.open(self.path) if self.path.suffix.lower() == ".gz" else self.path.open("rb")

    def _sample(self, number: int, line: bytes) -> Sample:
        where = f"{self.path}: line {number}"
        try:
            values = self._values(where, line.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            return Sample(str(number), None, f"{where} is not UTF-8 text (at byte {error.start})")
        except UserError as error:
            return Sample(str(number), None, str(error))
        return Sample(str(number), values)

    def _values(self, where: str, line: str) -> Array:
        found = json_line(where, line)
        names = [self.layout.column] if self.layout is not None else [self.spec.name, "x"]
        only = [*found] if len(found) == 1 else []
        key = next((name for name in (*names, *only) if name in found), names[0])
        value = array_of(where, found, key)
        if self.layout is None:
            return sequence(f"{where}: `{key}`", value, self.spec, self.made)
        text = str(value)
        if value.dtype.kind != "U" or value.ndim or not text.strip():
            raise UserError(f"{where}: `{key}` is no text")
        ids = self.layout.encode_texts([text])[0]
        return np.asarray(ids, numpy_dtype(self.spec.dtype))
