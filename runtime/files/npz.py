"""Reads NumPy's `.npy` and `.npz` files lazily, without ever opening a pickle."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO

import numpy as np

from ...compiler.ops.base.backend import Array, Tensor
from ..errors import UserError, unreadable

NUMBERS = "biuf"
"""NumPy's kinds of dtypes that are tensors here: bool, int, unsigned and float."""


def read_npy(path: Path) -> Array:
    """The array of a `.npy` file, mapped into memory. Raises UserError."""
    with _faults(path):
        with path.open("rb") as file:
            _header(path, "", file, path.stat().st_size)
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return np.asarray(array)


def npz_tensors(path: Path) -> list[tuple[str, Tensor]]:
    """The arrays of a `.npz` file by name, in its order; only headers are read.

    Raises UserError; so does reading an array that turns out to be damaged.
    """
    found = []
    with _faults(path), zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if not entry.filename.endswith(".npy"):
                continue
            name = entry.filename.removesuffix(".npy")
            with archive.open(entry) as file:
                shape, dtype = _header(path, f" `{name}`", file, entry.file_size)
            found.append((name, Tensor(shape, dtype.name, _reader(path, entry.filename))))
    return found


class _reader:  # noqa: N801
    def __init__(self, path: Path, entry: str) -> None:
        self.path, self.entry = path, entry

    def __call__(self) -> Array:
        with (
            _faults(self.path),
            zipfile.ZipFile(self.path) as archive,
            archive.open(self.entry) as file,
        ):
            array: Array = np.lib.format.read_array(file, allow_pickle=False)
            return array


def _header(
    path: Path, which: str, file: IO[bytes], size: int
) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise UserError(f"{path}: the array{which} is a pickle of Python objects; netc opens none")
    if dtype.kind not in NUMBERS:
        raise UserError(f"{path}: the array{which} holds {dtype}, not numbers")
    missing = prod(shape) * dtype.itemsize - (size - file.tell())
    if missing > 0:
        raise UserError(f"{path}: is cut short: the array{which} lacks {missing:,} bytes")
    return shape, dtype


DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    SyntaxError,
    TokenError,
    MemoryError,
)
"""What zipfile and NumPy raise for bytes that are not what they should be."""


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DAMAGE as error:
        raise UserError(f"{path}: is cut short or damaged ({_reason(error)})") from error
    except NotImplementedError as error:
        raise UserError(f"{path}: {error}") from error
    except RuntimeError as error:
        raise UserError(f"{path}: is encrypted or damaged ({error})") from error
    except OSError as error:
        raise unreadable(path, error) from error


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:120] or type(error).__name__
