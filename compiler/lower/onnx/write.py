"""Writes an ONNX model file tensor by tensor, so that memory holds one large weight at a time."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx

from ....dsl.text.files import Temporary, check_target, naming, target_of
from ...ops.base.backend import Array
from ..dtypes import numpy_dtype
from .declared import ONNX_DTYPES, Initializer, elements
from .lower import LoweredOnnx
from .readahead import read_ahead

PROTOBUF_LIMIT = (1 << 31) - 1
"""The largest message protobuf reads, in bytes."""
INLINE = 1 << 10
"""Tensors up to this many bytes stay in the model: shape inference needs axes and shapes."""
ALIGNMENT = 1 << 12
"""Tensors of external data start on a page, so that they can be mapped into memory."""
CHUNK = 1 << 22
"""How many bytes of a transposed tensor are put in order at a time."""

GRAPH_TAG = b"\x3a"
INITIALIZER_TAG = b"\x2a"
RAW_DATA_TAG = b"\x4a"
"""Field numbers 7 of ModelProto, 5 of GraphProto and 9 of TensorProto, each with a length."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An initializer's place: its message up to the data, and where the data goes."""

    item: Initializer
    head: bytes
    size: int
    offset: int | None
    """Where the data starts in the external file; None where it is inline."""


def write_onnx(lowered: LoweredOnnx, path: Path, external: bool | None = None) -> None:
    """Writes the model to `path`, whole or not at all.

    With `external`, or by default where protobuf could not read a single file (2 GB), tensors
    over 1 KiB go into `<name>.data` beside it, as ONNX external data. Raises OSError where the
    folder or the disk does not take the files, and without `external` for a model past the limit;
    what was there before is then still there.
    """
    linked, path = path, target_of(path)
    data_path = path.with_name(f"{path.name}.data")
    pieces = _inline(lowered.initializers)
    prefix, suffix, total = _frame(lowered.skeleton, pieces)
    if external is None:
        external = total > PROTOBUF_LIMIT
    if external:
        pieces = _external(lowered.initializers, data_path.name)
        prefix, suffix, total = _frame(lowered.skeleton, pieces)
    if total > PROTOBUF_LIMIT:
        raise OSError(errno.EFBIG, "Past the 2 GB of one ONNX file", str(path))
    if external:
        if linked.is_symlink():
            # Whoever opens the link looks for the data beside it.
            raise OSError(errno.EINVAL, f"A link, and the data lie beside {path}", str(linked))
        check_target(data_path)
    tensors = read_ahead(pieces, lambda piece: elements(piece.item.tensor), _size)
    with naming(path), closing(tensors), _Replacing(path, data_path) as files:
        model = files.open(path)
        model.write(prefix)
        data = files.open(data_path) if external else None
        for piece, array in tensors:
            model.write(piece.head)
            if piece.offset is None:
                _write_array(model, array)
            elif data is not None:
                data.seek(piece.offset)
                _write_array(data, array)
            # A large tensor has to go before the next one is read.
            del array
        model.write(suffix)


def _size(piece: Piece) -> int:
    return piece.size


def _inline(items: Sequence[Initializer]) -> list[Piece]:
    return [_inline_piece(item) for item in items]


def _inline_piece(item: Initializer) -> Piece:
    size = _data_size(item)
    message = _message(item).SerializeToString() + RAW_DATA_TAG + _varint(size)
    head = INITIALIZER_TAG + _varint(len(message) + size) + message
    return Piece(item, head, size, None)


def _external(items: Sequence[Initializer], location: str) -> list[Piece]:
    pieces: list[Piece] = []
    end = 0
    for item in items:
        size = _data_size(item)
        if size <= INLINE:
            pieces.append(_inline_piece(item))
            continue
        offset = -(-end // ALIGNMENT) * ALIGNMENT
        end = offset + size
        proto = _message(item)
        proto.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", size)):
            proto.external_data.add(key=key, value=str(value))
        message = proto.SerializeToString()
        head = INITIALIZER_TAG + _varint(len(message)) + message
        pieces.append(Piece(item, head, size, offset))
    return pieces


def _message(item: Initializer) -> onnx.TensorProto:
    tensor = item.tensor
    return onnx.TensorProto(dims=tensor.shape, data_type=ONNX_DTYPES[tensor.dtype], name=item.name)


def _data_size(item: Initializer) -> int:
    return prod(item.tensor.shape) * numpy_dtype(item.tensor.dtype).itemsize


def _frame(skeleton: onnx.ModelProto, pieces: Sequence[Piece]) -> tuple[bytes, bytes, int]:
    """What comes before and after the initializers, and the size of the whole file."""
    graph = skeleton.graph.SerializeToString()
    around = onnx.ModelProto()
    around.CopyFrom(skeleton)
    around.ClearField("graph")
    weights = sum(len(p.head) + (p.size if p.offset is None else 0) for p in pieces)
    prefix = around.SerializeToString() + GRAPH_TAG + _varint(len(graph) + weights)
    return prefix, graph, len(prefix) + len(graph) + weights


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _write_array(file: BinaryIO, array: Array) -> None:
    """The elements in C order and little-endian, a transposed array in chunks."""
    little = array.dtype.newbyteorder("<")
    for part in _chunks(array):
        ordered: Array = np.ascontiguousarray(part, dtype=little)
        file.write(ordered.reshape(-1).view(np.uint8).data)


def _chunks(array: Array) -> Iterator[Array]:
    if array.flags.c_contiguous or array.nbytes <= CHUNK or array.ndim == 0:
        yield array
        return
    rows = max(1, CHUNK * len(array) // array.nbytes)
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


class _Replacing:
    """Files that appear under their names together when the block ends well, or not at all."""

    def __init__(self, path: Path, data_path: Path) -> None:
        self.path, self.data_path = path, data_path
        self.open_files: dict[Path, tuple[Temporary, BinaryIO]] = {}

    def __enter__(self) -> _Replacing:
        return self

    def open(self, path: Path) -> BinaryIO:
        """A new file that will be `path`."""
        temporary = Temporary(path)
        file = temporary.path.open("wb")
        self.open_files[path] = temporary, file
        return file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            for _temporary, file in self.open_files.values():
                file.close()
            if kind is None:
                self._publish()
        finally:
            for temporary, file in self.open_files.values():
                with suppress(OSError):
                    file.close()
                temporary.discard()

    def _publish(self) -> None:
        new_data = self.open_files.get(self.data_path)
        stale = new_data is None and self.data_path.exists() and _refers(self.path, self.data_path)
        undo: Callable[[], object] | None = None
        if new_data is not None:
            undo = self._set_aside() if self.data_path.exists() else self.data_path.unlink
            new_data[0].publish()
        try:
            self.open_files[self.path][0].publish()
        except BaseException:
            if undo is not None:
                undo()
            raise
        self._aside().unlink(missing_ok=True)
        if stale:
            self.data_path.unlink()

    def _aside(self) -> Path:
        return self.data_path.with_name(f".{self.data_path.name}.{os.getpid()}.old")

    def _set_aside(self) -> Callable[[], object]:
        os.replace(self.data_path, self._aside())
        return lambda: os.replace(self._aside(), self.data_path)


def _refers(path: Path, data_path: Path) -> bool:
    """Whether the model file at `path` keeps its tensors in the other file."""
    name = data_path.name.encode()
    try:
        with path.open("rb") as file:
            overlap = b""
            while part := file.read(CHUNK):
                if name in overlap + part:
                    return True
                overlap = part[-len(name) :]
    except OSError:
        return False
    return False
