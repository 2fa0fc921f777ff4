"""Reads a state dict that PyTorch before 1.6 wrote, without PyTorch, and without running anything.

Such a file is four pickles (a number, a version, facts of the machine, the state dict), a pickled
list of storages, and the bytes of each. The state dict names what makes tensors of storages; of all
names a pickle can have these alone are known here, and they are not PyTorch's.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}


@dataclass(frozen=True)
class _Storage:
    """Numbers that come later in the file."""

    key: str
    dtype: str
    size: int


@dataclass(frozen=True)
class _View:
    """A tensor: which of a storage's numbers, in which shape."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_legacy(path: Path) -> dict[str, Array]:
    """The tensors of a file by name. Raises UserError where it is not one of tensors alone."""
    try:
        with path.open("rb") as file:
            return _tensors(file)
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError) as error:
        reason = " ".join(str(error).split())[:160]
        raise UserError(f"{path}: is not a state dict of PyTorch before 1.6 ({reason})") from error


def _tensors(file: BinaryIO) -> dict[str, Array]:
    if _load(file) != MAGIC or _load(file) != PROTOCOL:
        raise ValueError("it begins otherwise")
    _load(file)
    views, keys = _load(file), _load(file)
    if not isinstance(views, dict) or not isinstance(keys, list):
        raise ValueError("it holds no tensors by name")
    found = {name: view for name, view in views.items() if isinstance(view, _View)}
    sizes = {view.storage.key: view.storage for view in found.values()}
    storages: dict[str, Array] = {}
    for key in keys:
        storage = sizes[key]
        (count,) = np.frombuffer(file.read(8), "<i8")
        width = np.dtype(storage.dtype).itemsize
        if count != storage.size:
            raise ValueError("a storage has another size")
        storages[key] = np.frombuffer(file.read(int(count) * width), storage.dtype)
        if len(storages[key]) != count:
            raise ValueError("it is cut short")
    return {str(name): _made(view, storages[view.storage.key]) for name, view in found.items()}


def _made(view: _View, storage: Array) -> Array:
    """The numbers of a view. Raises ValueError where it leaves its storage."""
    reach = sum((size - 1) * stride for size, stride in zip(view.shape, view.strides, strict=True))
    if min(view.offset, *view.shape, *view.strides, 0) < 0 or len(view.shape) > 8:
        raise ValueError("a tensor does not lie in its storage as it should")
    if 0 in view.shape:
        return np.empty(view.shape, storage.dtype)
    if view.offset + reach >= len(storage):
        raise ValueError("a tensor leaves its storage")
    steps = [stride * storage.itemsize for stride in view.strides]
    made = np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, steps)
    return np.ascontiguousarray(made)


def _load(file: BinaryIO) -> object:
    return _Plain(file).load()


class _Plain(pickle.Unpickler):
    """Makes views of storages, dicts, lists, tuples, texts and numbers, and nothing else."""

    def find_class(self, module: str, name: str) -> Callable[..., object]:
        """What stands for a name. Raises UnpicklingError for all but those of a state dict."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if module == "torch" and name in STORAGES:
            return _kind(name)
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: Sequence[object]) -> _Storage:
        """The storage that a tensor is a view of."""
        word, kind, key, _, size, view = pid
        if word != "storage" or view is not None or not isinstance(kind, type):
            raise pickle.UnpicklingError("it holds storages of another kind")
        return _Storage(str(key), STORAGES[kind.__name__], int(str(size)))


def _kind(name: str) -> type:
    return type(name, (), {})


def _rebuilt(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _View:
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError("it makes a tensor of something else")
    return _View(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))
