"""A file of texts, one a line, for a model that keeps its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...compiler.lower.dtypes import numpy_dtype
from ..data.text_layout import TextLayout
from ..data.text_table import LONGEST_LINE
from ..errors import UserError, require_file, unreadable
from ..files.tensors import TensorSpec
from .sample import Sample, file_marks, grouped


@dataclass(frozen=True)
class TextLines:
    """The lines of a UTF-8 file, each a text; empty ones are faults."""

    path: Path
    spec: TensorSpec
    layout: TextLayout
    key: str = "line"
    count: int | None = None

    @property
    def marks(self) -> Iterator[str]:
        """Which file it is, and of when."""
        return file_marks(self.path, "a file of texts")

    def read(self, start: int, size: int) -> Iterator[list[Sample]]:
        """The texts from a number on, by `size`. Raises UserError for a file that is no text."""
        return grouped(self._samples(), start, size)

    def _samples(self) -> Iterator[Sample]:
        require_file(self.path, "a file of texts")
        number = 0
        try:
            with self.path.open(encoding="utf-8-sig", newline="\n") as file:
                while line := file.readline(LONGEST_LINE + 1):
                    number += 1
                    if len(line) > LONGEST_LINE:
                        raise UserError(
                            f"{self.path}: line {number} is longer than {LONGEST_LINE // 2**20} MiB"
                        )
                    yield self._sample(number, line)
        except UnicodeDecodeError as error:
            raise UserError(f"{self.path}: is not UTF-8 text (at byte {error.start})") from error
        except OSError as error:
            raise unreadable(self.path, error) from error
        if not number:
            raise UserError(f"{self.path}: holds no texts")

    def _sample(self, number: int, line: str) -> Sample:
        if not line.strip():
            return Sample(str(number), None, f"{self.path}: line {number} is empty")
        ids = self.layout.encode_texts([line])[0]
        return Sample(str(number), np.asarray(ids, numpy_dtype(self.spec.dtype)))
