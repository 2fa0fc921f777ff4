"""Opens HDF5 safely: plain arrays of numbers, no links out of the file, no Python objects."""

from __future__ import annotations

import io
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...compiler.ops.base.backend import Array, Tensor
from ..errors import UserError

MAX_DEPTH = 32
"""How deep groups may be nested; a link to a group above it would nest for ever."""

FAULTS = (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, MemoryError)
"""What h5py and what walks its groups raise where the file is damaged."""


class Window(io.RawIOBase):
    """A read-only view of some bytes of a file, mapped into memory."""

    def __init__(self, path: Path, offset: int, size: int) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._view = memoryview(self._map)[offset : offset + size]
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a position, as files do."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """The position."""
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Fills the buffer from the position on; how many bytes there were."""
        part = self._view[self._at : self._at + len(buffer)]
        memoryview(buffer).cast("B")[: len(part)] = part
        self._at += len(part)
        return len(part)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of an HDF5 file, with `path` for messages."""

    file: Path
    h5: Any
    depth: int = 0

    def text(self, name: str) -> str:
        """An attribute that is one string; empty where there is none."""
        value = self.h5.attrs.get(name, "")
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """An attribute that is a list of strings, which Keras splits where it is too long."""
        parts = [name] if name in self.h5.attrs else []
        while f"{name}{len(parts)}" in self.h5.attrs and name not in parts:
            parts.append(f"{name}{len(parts)}")
        items = [item for part in parts for item in list(self.h5.attrs[part])]
        return [i.decode("utf-8", "replace") if isinstance(i, bytes) else str(i) for i in items]

    def has_list(self, name: str) -> bool:
        """Whether there is such a list of strings, whole or split."""
        return name in self.h5.attrs or f"{name}0" in self.h5.attrs

    def names(self) -> list[str]:
        """What is in the group, numbers in names counting as numbers."""
        return sorted(self.h5, key=natural)

    def group(self, name: str) -> Group | None:
        """The group below of that name, or None. Raises UserError for a link."""
        found = self._get(name)
        if found is None or not hasattr(found, "keys"):
            return None
        if self.depth >= MAX_DEPTH:
            raise UserError(f"{self.file}: its groups are nested deeper than {MAX_DEPTH}")
        return Group(self.file, found, self.depth + 1)

    def tensor(self, name: str) -> Tensor | None:
        """The array below of that name (a path), or None. Raises UserError for other contents."""
        found = self._get(name)
        if found is None or hasattr(found, "keys") or not hasattr(found, "shape"):
            return None
        if found.external or found.is_virtual:
            raise UserError(f"{self.file}: `{name}` keeps its data in another file; netc reads one")
        if found.dtype.kind not in "biuf" or found.shape is None:
            raise UserError(f"{self.file}: `{name}` holds {found.dtype}, not numbers")
        file = self.file

        def read() -> Array:
            with h5_faults(file):
                array: Array = found[()]
                return array

        return Tensor(tuple(found.shape), found.dtype.newbyteorder("=").name, read)

    def _get(self, name: str) -> Any:
        at = self.h5
        for part in name.split("/"):
            link = at.get(part, getlink=True) if hasattr(at, "keys") else None
            if link is None:
                return None
            if type(link).__name__ != "HardLink":
                raise UserError(f"{self.file}: `{name}` is a link; netc reads only what is inside")
            at = at[part]
        return at


def natural(name: str) -> list[tuple[int, str]]:
    """A sorting key under which `dense_2` comes before `dense_10`, and `dense` before both."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def open_h5(path: Path, file: Path | Window) -> Group:
    """The root group; used inside `h5_faults`. Raises UserError where h5py is not installed."""
    try:
        import h5py
    except ImportError:
        raise UserError(f"{path}: reading it needs h5py: pip install 'netc[h5]'") from None
    return Group(path, h5py.File(file, "r"))


@contextmanager
def h5_faults(path: Path) -> Iterator[None]:
    """Turns what h5py raises for damaged files into UserError."""
    try:
        yield
    except FAULTS as error:
        if isinstance(error, OSError) and error.errno and error.strerror:
            raise UserError(f"{path}: {error.strerror.lower()}") from error
        reason = " ".join(str(error).split())[:160]
        raise UserError(f"{path}: is a damaged or cut-short HDF5 file ({reason})") from error
