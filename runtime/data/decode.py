"""Picture files as samples: decoded in parallel, and the damaged ones found."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from pathlib import Path

import numpy as np
from PIL import Image

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.pictures import FORMATS, MAX_PIXELS, PictureLayout, read_picture

SHARE = 4
"""Pictures are kept in memory where they take at most one part in so many of what is free."""
CHUNK = 64
"""Pictures that a thread reads before it is given others."""
SHOWN = 5
"""How many faulty files one message names."""
TAILS = {"JPEG": (b"\xff\xd9", 2), "PNG": (b"IEND\xaeB`\x82", 8)}
"""How files of a format end, and in how many bytes."""

_RAISED = re.compile(rf"{UserError.__name__}: (.+)")


@dataclass(frozen=True)
class Pictures:
    """Picture files, decoded when they are needed."""

    files: tuple[Path, ...]
    layout: PictureLayout
    """The net's, with both sizes: pictures of one column are all of one size."""

    def __len__(self) -> int:
        return len(self.files)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of one picture."""
        height, width = self.layout.height, self.layout.width
        assert height is not None
        assert width is not None
        if self.layout.channels_axis is None:
            return (height, width)
        if self.layout.channels_axis == 0:
            return (self.layout.channels, height, width)
        return (height, width, self.layout.channels)

    @cached_property
    def kept(self) -> Array | None:
        """All pictures as uint8, decoded once and then kept; None where memory is too small.

        Raises UserError where pictures are damaged.
        """
        return decode_all(self) if fits(len(self), self.shape) else None


def fits(count: int, shape: Sequence[int]) -> bool:
    """Whether so many decoded pictures take no more than a quarter of the free memory."""
    return count * prod(shape) <= free_memory() // SHARE


def free_memory() -> int:
    """Bytes that can be had: what the system has left, or the process's group may still take."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")]
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found = [int(line.split()[1]) * 1024]
    group = Path("/sys/fs/cgroup")
    with suppress(OSError, ValueError):
        limit = int((group / "memory.max").read_text())
        found.append(limit - int((group / "memory.current").read_text()))
    return max(0, min(found))


def decode_all(pictures: Pictures) -> Array:
    """All pictures, `[samples, …]` uint8. Raises UserError that names the damaged ones."""
    layout = replace(pictures.layout, dtype="uint8")

    def read(index: int) -> Array:
        return read_picture(pictures.files[index], layout)

    return stacked(len(pictures), pictures.shape, read)


def stacked(count: int, shape: Sequence[int], read: Callable[[int], Array]) -> Array:
    """All samples of a column, `[samples, …]` uint8, read on all processors.

    Raises UserError that names those for which `read` raises one.
    """
    whole = np.empty((count, *shape), np.uint8)

    def fault(index: int) -> str | None:
        try:
            whole[index] = read(index)
        except UserError as error:
            return str(error)
        return None

    raise_faults(each(fault, range(count)))
    return whole


def decode(pictures: Pictures, indices: Sequence[int]) -> Array:
    """Some pictures, `[samples, …]` uint8, in the order of the indices. Raises UserError."""
    layout = replace(pictures.layout, dtype="uint8")
    if pictures.__dict__.get("kept") is not None:
        return np.asarray(pictures.kept)[np.asarray(indices, np.int64)]
    read = [read_picture(pictures.files[index], layout) for index in indices]
    return np.stack(read) if read else np.empty((0, *pictures.shape), np.uint8)


def each(function: Callable[[int], str | None], items: Sequence[int]) -> list[str]:
    """What a function says of the items it finds fault with, run on all processors."""

    def some(chunk: Sequence[int]) -> list[str]:
        return [fault for item in chunk if (fault := function(item)) is not None]

    if len(items) < 2:
        return some(items)
    # A thread gets many items at once: handing one over costs as much as opening a picture.
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    # Reading a picture silences warnings, which threads must not put back in each other's way.
    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        return [fault for faults in pool.map(some, chunks) for fault in faults]


def raise_faults(faults: Sequence[str]) -> None:
    """Raises UserError that names the first few of some faulty files, and counts the others."""
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise UserError("; ".join(faults[:SHOWN]) + more)


@contextmanager
def picture_faults() -> Iterator[None]:
    """Raises UserError for a picture that a `tf.data` pipeline could not decode.

    TensorFlow gives only the text of what a function raised, inside an error of its own.
    """
    try:
        yield
    except Exception as error:
        found = _RAISED.search(str(error))
        if found is None:
            raise
        raise UserError(found.group(1)) from None


def check_pictures(files: Sequence[Path], layout: PictureLayout) -> None:
    """Opens every picture without decoding it. Raises UserError that names the faulty ones.

    Only a file whose end looks wrong is decoded, which tells a cut-short one from a harmless one.
    """

    def check(index: int) -> str | None:
        path = files[index]
        if not _looks_whole(path):
            try:
                read_picture(path, layout)
            except UserError as error:
                return str(error)
        return None

    raise_faults(each(check, range(len(files))))


def _looks_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS or opened.format not in TAILS:
                return False
            tail, size = TAILS[opened.format]
            file.seek(-size, os.SEEK_END)
            return file.read(size) == tail
    except Exception:
        # Whatever is wrong with it, decoding it in earnest says so in words.
        return False
