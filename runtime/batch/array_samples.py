"""Sequences in arrays: the samples of an `.npz` file with their lengths, or of an `.npy` file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.ops.base.backend import Array
from ..data.fit import require_finite
from ..data.steps import padded
from ..errors import UserError, require_file
from ..files.npz import npz_tensors, read_npy
from ..files.tensors import TensorSpec
from ..infer.inputs import fitted
from ..infer.preprocess import prepared
from .sample import Sample, file_marks, grouped

LENGTHS = "lengths"
"""The array of an `.npz` file that says how many steps each sample has."""


@dataclass(frozen=True)
class ArraySamples:
    """The sequences of a file, `[samples, steps, …]`, or with their steps behind one another."""

    path: Path
    spec: TensorSpec
    made: Preprocessing | None
    key: str = "sample"

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._arrays[1])

    @property
    def marks(self) -> Iterator[str]:
        """Which file it is, and of when."""
        return file_marks(self.path, "an array")

    def read(self, start: int, size: int) -> Iterator[list[Sample]]:
        """The samples from a number on, by `size`. Raises UserError for what does not fit."""
        return grouped(self._samples(), start, size)

    def _samples(self) -> Iterator[Sample]:
        values, lengths = self._arrays
        for at, steps in enumerate(lengths):
            own = values[at : at + 1, :steps]
            try:
                require_finite(f"{self.path}", own, [f"sample {at}"])
            except UserError as error:
                yield Sample(str(at), None, str(error))
                continue
            yield Sample(str(at), prepared(own, self.made, self.spec.dtype)[0])

    @cached_property
    def _arrays(self) -> tuple[Array, Array]:
        """All samples, padded, and how many steps each has."""
        require_file(self.path, "an array")
        if self.path.suffix.lower() == ".npy":
            array, lengths = read_npy(self.path), None
        else:
            array, lengths = self._of_npz()
        if lengths is not None:
            array = self._padded(array, lengths)
        # Further steps than the model takes are cut off.
        opened = replace(self.spec, shape=(*self.spec.shape[:1], None, *self.spec.shape[2:]))
        values = fitted(f"{self.path}", array, opened)
        if lengths is None:
            lengths = np.full(len(values), values.shape[1])
        return values, lengths

    def _of_npz(self) -> tuple[Array, Array | None]:
        tensors = dict(npz_tensors(self.path))
        lengths = tensors.pop(LENGTHS, None)
        names = [self.spec.name, "x", *(tensors if len(tensors) == 1 else ())]
        name = next((each for each in names if each in tensors), None)
        if name is None:
            held = ", ".join(f"`{each}`" for each in tensors) or "nothing"
            raise UserError(
                f"{self.path}: lacks the input `{self.spec.name}` {self.spec}; it holds {held}"
            )
        return tensors[name].read(), None if lengths is None else lengths.read()

    def _padded(self, array: Array, lengths: Array) -> Array:
        """The samples beside one another. Raises UserError where they do not fit the lengths."""
        if lengths.ndim != 1 or lengths.dtype.kind not in "iu" or (lengths < 1).any():
            raise UserError(f"{self.path}: `{LENGTHS}` are numbers of steps of at least 1")
        if array.ndim == self.spec.rank - 1 and len(array) == lengths.sum():
            return padded(array, lengths)
        if len(array) != len(lengths) or array.ndim < 2 or array.shape[1] < lengths.max():
            shape = ", ".join(map(str, array.shape))
            raise UserError(
                f"{self.path}: `{LENGTHS}` are those of {len(lengths)} samples of up to "
                f"{lengths.max(initial=0)} steps, and the array is [{shape}]"
            )
        return array
