"""The checkpoint of a run: a safetensors file that holds a checksum of itself.

It is replaced at each epoch's end, and the one before is kept: where a file is damaged, the run
goes on from there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.write import replacing
from ..runs.files import OLDER_STATE
from ..runs.history import Ending, Epoch
from ..weights.arrays import DTYPE_WORDS
from .position import Best, Position

VERSION = 2
CHECKSUM = "checksum"
NO_CHECKSUM = b"0" * 64
"""What stands for the checksum while it is computed."""
LONGEST_HEADER = 100_000_000
"""Bytes; safetensors reads no longer one."""
CHUNK = 1 << 22


@dataclass(frozen=True)
class Checkpoint:
    """A position, and the arrays of that moment by name."""

    position: Position
    arrays: Mapping[str, Array]

    def group(self, prefix: str) -> dict[str, Array]:
        """The arrays below a prefix, by the rest of their names."""
        start = prefix + "/"
        return {k[len(start) :]: v for k, v in self.arrays.items() if k.startswith(start)}


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint, whole or not at all; the one before is kept beside it.

    It is on the disk when this returns. Raises OSError where the disk does not take it.
    """
    arrays = {
        name: np.require(array, requirements="C") for name, array in checkpoint.arrays.items()
    }
    # Wide elements first, so that every array is aligned to its own element size.
    names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    text = json.dumps({"version": VERSION, **asdict(checkpoint.position)})
    metadata = {CHECKSUM: NO_CHECKSUM.decode(), "format": "netc run", "position": text}
    header: dict[str, Any] = {"__metadata__": metadata}
    offset = 0
    for name in names:
        array = arrays[name]
        end = offset + array.nbytes
        header[name] = {
            "dtype": DTYPE_WORDS[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    start = len(head).to_bytes(8, "little")
    flat = [arrays[name].reshape(-1).view(np.uint8).data for name in names]
    digest = sha256(start + head)
    for data in flat:
        digest.update(data)
    head = head.replace(NO_CHECKSUM, digest.hexdigest().encode(), 1)
    with replacing(path) as temporary:
        with temporary.open("wb") as file:
            file.write(start + head)
            for data in flat:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            path.replace(path.with_name(OLDER_STATE))
    _sync(path.parent)


def sound_checkpoint(path: Path) -> str | None:
    """Makes sure that what is at `path` is a sound checkpoint, if there is any.

    Where it is damaged or missing the one before takes its place; then it is said why. Raises
    UserError where that one is no better.
    """
    older = path.with_name(OLDER_STATE)
    if not path.exists():
        if older.exists():
            load_checkpoint(older)
            older.replace(path)
        return None
    try:
        load_checkpoint(path)
    except UserError as error:
        if not older.exists():
            raise
        load_checkpoint(older)
        older.replace(path)
        return f"{error}; going on from the one before"
    return None


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint. Raises UserError where the file is not one, or was damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with path.open("rb") as raw:
            _check(raw)
        with safe_open(path, framework="numpy") as file:
            found = json.loads((file.metadata() or {})["position"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return Checkpoint(_position(found), arrays)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise UserError(f"{path}: is not the state of a run ({reason})") from error


def _check(file: BinaryIO) -> None:
    """Raises ValueError where the bytes of a file do not fit its checksum."""
    start = file.read(8)
    length = int.from_bytes(start, "little")
    head = file.read(min(length, LONGEST_HEADER))
    written = json.loads(head).get("__metadata__", {}).get(CHECKSUM)
    if not isinstance(written, str):
        raise ValueError("it holds no checksum")
    digest = sha256(start + head.replace(written.encode(), NO_CHECKSUM, 1))
    while data := file.read(CHUNK):
        digest.update(data)
    if digest.hexdigest() != written:
        raise ValueError("it is damaged: its checksum does not fit")


def _sync(folder: Path) -> None:
    """Lets the names in a folder be on the disk, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _position(found: dict[str, Any]) -> Position:
    if found.pop("version") != VERSION:
        raise ValueError("written by another version of netc")
    position = Position(**found)
    position.epochs = [Epoch(**row) for row in found["epochs"]]
    position.endings = [Ending(**row) for row in found["endings"]]
    position.kept = Best(**found["kept"]) if found["kept"] else None
    position.winner = Best(**found["winner"]) if found["winner"] else None
    return position
