"""Targets that are made when they are needed: masks in files, and what a net itself gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, TypeGuard

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.masks import read_mask
from ..files.pictures import PictureLayout
from .decode import fits, stacked

NO_CLASS = -1
"""What a value of a mask that is no class becomes."""


@dataclass(frozen=True)
class Copied:
    """Targets that are an input as the net gets it: an autoencoder's."""

    input: str


@dataclass(frozen=True, eq=False)
class Masks:
    """Mask files, a class for each pixel, decoded when they are needed."""

    files: tuple[Path, ...]
    layout: PictureLayout
    """That of the pictures; masks go the same way to the same size."""
    classes: Array
    """The class of each value of a pixel, `[256]` int16; NO_CLASS where it has none."""
    wanted: str
    """What values may be, for messages."""

    def __len__(self) -> int:
        return len(self.files)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """The height and width of one mask."""
        height, width = self.layout.height, self.layout.width
        assert height is not None
        assert width is not None
        return height, width

    @cached_property
    def kept(self) -> Array | None:
        """The classes of all pixels, `[samples, height, width]` uint8; None where memory is small.

        Raises UserError where masks are damaged.
        """
        whole = fits(len(self), self.shape)
        return stacked(len(self), self.shape, self.read) if whole else None

    def read(self, index: int) -> Array:
        """One mask, `[height, width]` uint8. Raises UserError."""
        values = read_mask(self.files[index], self.layout)
        found = self.classes[values]
        if (found == NO_CLASS).any():
            value = int(values[found == NO_CLASS][0])
            raise UserError(
                f"{self.files[index]}: holds the value {value}, but those of classes are "
                f"{self.wanted}"
            )
        return found.astype(np.uint8)

    def take(self, indices: Sequence[int] | Array) -> Array:
        """The classes of some masks, `[samples, height, width]` uint8. Raises UserError."""
        if self.__dict__.get("kept") is not None:
            return np.asarray(self.kept)[np.asarray(indices, np.int64)]
        read = [self.read(int(index)) for index in indices]
        return np.stack(read) if read else np.empty((0, *self.shape), np.uint8)


Targets: TypeAlias = "Array | Masks | Copied"


def chosen(targets: Targets, indices: Sequence[int] | Array) -> Targets:
    """The targets of some samples."""
    if isinstance(targets, Copied):
        return targets
    if isinstance(targets, Masks):
        return replace(targets, files=tuple(targets.files[int(index)] for index in indices))
    return targets[np.asarray(indices, np.int64)]


def are_classes(targets: Targets) -> bool:
    """Whether targets are indices of classes."""
    if isinstance(targets, Copied):
        return False
    return isinstance(targets, Masks) or targets.dtype == np.int32


def one_class_each(targets: Targets) -> TypeGuard[Array]:
    """Whether the targets of a part are one class a sample."""
    return isinstance(targets, np.ndarray) and targets.dtype == np.int32 and targets.ndim == 1
