"""Where the numbers of an ONNX file lie, found without reading them.

The wire format of protocol buffers: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

Buffer: TypeAlias = "mmap.mmap | bytes"
Numbers: TypeAlias = "dict[int, tuple[int, int]]"
"""Offset and length in bytes of the numbers of initializers, by their places in the graph."""

GRAPH, INITIALIZER, DATA_TYPE, RAW_DATA = 7, 5, 2, 9
"""Fields of ModelProto, GraphProto and TensorProto in onnx.proto."""
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
LEAST = 1024
"""The least numbers in bytes that are left in the file."""
PACKED = range(21, 30)
"""Types of less than a byte, and others that NumPy has not."""


def without_numbers(path: Path) -> tuple[bytes, Numbers]:
    """The file's message without the numbers of its large initializers, and where those are.

    Raises ValueError for what is no message.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found: Numbers = {}
        parts: list[bytes] = []
        for field, start, begun, end in _fields(data, 0, len(data)):
            if field == GRAPH:
                graph = _graph(data, begun, end, found)
                parts += [_key(GRAPH), _varint(len(graph)), graph]
            else:
                parts.append(bytes(data[start:end]))
        return b"".join(parts), found


def _graph(data: Buffer, begun: int, end: int, found: Numbers) -> bytes:
    parts: list[bytes] = []
    place = 0
    for field, start, inner, stop in _fields(data, begun, end):
        if field == INITIALIZER:
            tensor = _tensor(data, inner, stop, place, found)
            parts += [_key(INITIALIZER), _varint(len(tensor)), tensor]
            place += 1
        else:
            parts.append(bytes(data[start:stop]))
    return b"".join(parts)


def _tensor(data: Buffer, begun: int, end: int, place: int, found: Numbers) -> bytes:
    if end - begun < LEAST:
        return bytes(data[begun:end])
    parts: list[bytes] = []
    for field, start, inner, stop in _fields(data, begun, end):
        if field == DATA_TYPE and _number(data, inner, stop)[0] in PACKED:
            found.pop(place, None)
            return bytes(data[begun:end])
        if field == RAW_DATA and stop - inner >= LEAST:
            found[place] = inner, stop - inner
        else:
            parts.append(bytes(data[start:stop]))
    return b"".join(parts)


def _fields(data: Buffer, begun: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Each field of a message: its number, where it starts, its content, where it ends."""
    at = begun
    while at < end:
        start = at
        key, at = _number(data, at, end)
        kind = key & 7
        inner = at
        if kind == VARINT:
            _, at = _number(data, at, end)
        elif kind == LENGTH:
            length, inner = _number(data, at, end)
            at = inner + length
        elif kind in (FIXED64, FIXED32):
            at += 8 if kind == FIXED64 else 4
        else:
            raise ValueError("a group, or no field")
        if at > end:
            raise ValueError("a field goes past the end")
        yield key >> 3, start, inner, at


def _number(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("a number without an end")


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)


def _key(field: int) -> bytes:
    return _varint(field << 3 | LENGTH)
