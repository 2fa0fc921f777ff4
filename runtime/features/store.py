"""Files of features: written whole, each with a checksum, mapped into memory, bounded together.

A folder holds the features that one net with its weights makes. A file in it has a header, a digest
for each sample, the rows of features and a SHA-256 of all that; it is never changed. What a process
that was killed had not finished is a temporary file, which nobody reads.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...compiler.ops.base.backend import Array
from ..cache.place import make_private
from ..errors import UserError

MAGIC = b"netc features 1\n"
ENDING, ABOUT = ".features", "about.json"
DIGEST = 16
"""Bytes that tell a sample from others."""
CHECKSUM = 32
ALIGNED = 64
CHUNK = 1 << 22
LIMIT = 16 * 2**30
"""Bytes of all features: past it the folders used longest ago go."""
SPARE = 4
"""One part in so many of the free disk is left free."""
DAY = 24 * 3600
LONGEST_HEADER = 1 << 20
KEY = re.compile("[0-9a-f]{40}")
"""What the folders are called; others are not touched."""


@dataclass(frozen=True)
class Row:
    """What is kept of a sample: the name, dtype and shape of each of its tensors."""

    fields: tuple[tuple[str, str, tuple[int, ...]], ...]

    @property
    def dtype(self) -> np.dtype[np.void]:
        """As NumPy has it."""
        return np.dtype(
            [(f"f{i}", dtype, shape) for i, (_, dtype, shape) in enumerate(self.fields)]
        )

    @property
    def size(self) -> int:
        """Bytes."""
        return self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class Segment:
    """A file of features that is whole: the samples it holds, and their rows."""

    samples: tuple[bytes, ...]
    rows: Array

    def tensor(self, index: int) -> Array:
        """A tensor of all samples, `[samples, …]`."""
        made: Array = self.rows[f"f{index}"]
        return made


class Store:
    """The folder of the features of one net, below that of all features."""

    def __init__(self, root: Path, key: str, row: Row) -> None:
        self.root, self.folder, self.row = root, root / key, row
        self._whole: dict[Path, Segment] = {}

    def segments(self) -> tuple[list[Segment], int]:
        """The files that are whole, and how many were not: those are removed."""
        found, damaged = [], 0
        for path in sorted(self.folder.glob(f"*{ENDING}")):
            try:
                if path not in self._whole:
                    self._whole[path] = _read(path, self.row)
                found.append(self._whole[path])
            except (OSError, ValueError):
                damaged += 1
                with suppress(OSError):
                    path.unlink()
        return found, damaged

    def room(self, size: int) -> str | None:
        """Makes room for so many bytes; why there is none, where there is none."""
        if size > LIMIT:
            return f"they would take {shown_size(size)}, and {shown_size(LIMIT)} are kept at most"
        bound(self.root, LIMIT - size, self.folder)
        self._make()
        free = shutil.disk_usage(self.folder).free
        if size > free - free // SPARE:
            return f"they would take {shown_size(size)} of the {shown_size(free)} free on the disk"
        return None

    def _make(self) -> None:
        """Makes the folders, closed to others. Raises OSError."""
        make_private(self.root.parent, self.root, self.folder)

    def describe(self, about: Mapping[str, str]) -> None:
        """Says what the folder is of, and that it is used now. Raises OSError."""
        path = self.folder / ABOUT
        temporary = self.folder / f"about.{os.getpid()}.tmp"
        temporary.write_text(json.dumps(dict(about)), encoding="utf-8")
        temporary.replace(path)

    @contextmanager
    def writing(self, samples: list[bytes]) -> Iterator[Writer]:
        """Writes a file of the samples, whole or not at all. Raises OSError."""
        self._make()
        name = f"{time.time_ns():x}-{os.getpid()}"
        temporary = self.folder / f"{name}.tmp"
        try:
            with temporary.open("xb") as file:
                writer = Writer(file, self.row, samples)
                yield writer
                writer.end()
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / f"{name}{ENDING}")
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


class Writer:
    """Writes the rows of a file, in the order of its samples."""

    def __init__(self, file: BinaryIO, row: Row, samples: list[bytes]) -> None:
        self._file, self._row, self._digest = file, row, sha256()
        head = {"samples": len(samples), "fields": [list(field) for field in row.fields]}
        text = json.dumps(head).encode()
        start = len(MAGIC) + 8 + len(text) + DIGEST * len(samples)
        text += b" " * (-start % ALIGNED)
        self._write(MAGIC + len(text).to_bytes(8, "little") + text + b"".join(samples))

    def add(self, tensors: Mapping[str, Array]) -> None:
        """Writes what a batch of samples gives, `[batch, …]` each."""
        names = [name for name, _, _ in self._row.fields]
        made = np.empty(len(tensors[names[0]]), self._row.dtype)
        for index, name in enumerate(names):
            made[f"f{index}"] = tensors[name]
        self._write(made.tobytes())

    def end(self) -> None:
        """Writes the checksum."""
        self._file.write(self._digest.digest())

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


def _read(path: Path, row: Row) -> Segment:
    """Maps a file into memory. Raises ValueError where it is damaged, OSError."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC) + 8)
        if not start.startswith(MAGIC):
            raise ValueError("not a file of features")
        length = int.from_bytes(start[len(MAGIC) :], "little")
        if length > LONGEST_HEADER:
            raise ValueError("its header is too long")
        text = file.read(length)
        head = json.loads(text)
        count = head["samples"] if isinstance(head, dict) else None
        if not isinstance(count, int) or head.get("fields") != json.loads(
            json.dumps([list(field) for field in row.fields])
        ):
            raise ValueError("its features are others")
        offset = len(start) + length + DIGEST * count
        whole = offset + row.size * count
        if os.fstat(file.fileno()).st_size != whole + CHECKSUM:
            raise ValueError("it is cut short")
        digests = file.read(DIGEST * count)
        found = sha256(start + text + digests)
        left = row.size * count
        while left:
            data = file.read(min(CHUNK, left))
            if not data:
                raise ValueError("it is cut short")
            found.update(data)
            left -= len(data)
        if file.read(CHECKSUM) != found.digest():
            raise ValueError("its checksum does not fit")
    samples = tuple(digests[i : i + DIGEST] for i in range(0, len(digests), DIGEST))
    rows = np.memmap(path, row.dtype, "r", offset, (count,)) if count else np.empty(0, row.dtype)
    return Segment(samples, rows)


def described(root: Path) -> Iterator[dict[str, str]]:
    """What the folders of features say they are of, the ones used last first."""
    for folder in reversed(_by_use(root)):
        with suppress(OSError, ValueError):
            found = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            if isinstance(found, dict):
                yield {str(name): str(value) for name, value in found.items()}


def bound(root: Path, limit: int, own: Path | None = None) -> None:
    """Removes the folders used longest ago until all take so many bytes, and what was left over."""
    folders = _by_use(root)
    sizes = {folder: _size(folder) for folder in folders}
    total = sum(sizes.values())
    for folder in folders:
        if total > limit and folder != own:
            _remove(folder)
            total -= sizes[folder]
            continue
        for left in folder.glob("*.tmp"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > DAY:
                    left.unlink()


def clear(root: Path) -> int:
    """Removes all features; how many files they were."""
    count = 0
    for folder in _by_use(root):
        count += len(list(folder.glob(f"*{ENDING}")))
        _remove(folder)
    with suppress(OSError):
        root.rmdir()
    return count


def _by_use(root: Path) -> list[Path]:
    """The folders of features, the ones used longest ago first."""
    found: list[tuple[float, Path]] = []
    with suppress(OSError):
        for folder in root.iterdir():
            with suppress(OSError):
                if KEY.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
                    about = folder / ABOUT
                    used = about if about.exists() else folder
                    found.append((used.stat().st_mtime, folder))
    return [folder for _, folder in sorted(found)]


def _remove(folder: Path) -> None:
    """Removes the files of a folder that are netc's, and the folder where it holds no others."""
    for pattern in (f"*{ENDING}", "*.tmp", ABOUT):
        for path in folder.glob(pattern):
            with suppress(OSError):
                path.unlink()
    with suppress(OSError):
        folder.rmdir()


def _size(folder: Path) -> int:
    total = 0
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                total += path.stat().st_size
    return total


def shown_size(size: int) -> str:
    """Bytes for a person: `5.1 MB`."""
    value, units = float(size), ("B", "kB", "MB", "GB", "TB")
    for unit in units[:-1]:
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} {units[-1]}"


def plain_row(outputs: Mapping[str, tuple[str, tuple[int, ...]]]) -> Row:
    """The row of some tensors by name. Raises UserError where NumPy has no such dtype."""
    made = []
    for name, (dtype, shape) in outputs.items():
        try:
            np.dtype(dtype)
        except TypeError as error:
            raise UserError(f"`{name}` is of {dtype}, which no file of features holds") from error
        made.append((name, dtype, shape))
    return Row(tuple(made))
