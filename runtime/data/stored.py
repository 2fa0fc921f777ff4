"""Samples in files that are mapped into memory: rows that are read when they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...compiler.ops.base.backend import Array
from .decode import SHARE, free_memory


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of some arrays, which may lie on disk, in an order of their own."""

    pieces: tuple[Array, ...]
    """Arrays `[rows, …]` of one dtype and shape."""
    places: Array
    """The piece and the row in it of each sample, `[samples, 2]` int64."""

    def __len__(self) -> int:
        return len(self.places)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """What the elements are."""
        return self.pieces[0].dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """`[samples, …]`."""
        return (len(self), *self.pieces[0].shape[1:])

    def read(self, indices: Sequence[int] | Array) -> Array:
        """Some samples, in the order of the indices."""
        places = self.places[np.asarray(indices, np.int64)]
        made = np.empty((len(places), *self.shape[1:]), self.dtype)
        for number in np.unique(places[:, 0]):
            own = places[:, 0] == number
            made[own] = self.pieces[number][places[own, 1]]
        return made

    def __getitem__(self, indices: slice | Sequence[int] | Array) -> Array:
        """Some samples, as an array gives them."""
        return self.read(np.arange(len(self))[indices])

    @cached_property
    def kept(self) -> Array | None:
        """All samples in memory; None where they take more than a quarter of what is free."""
        size = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        return self.read(range(len(self))) if size <= free_memory() // SHARE else None
