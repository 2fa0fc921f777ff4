"""The checkpoint of an unfinished run: one safetensors file, replaced at each epoch's end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.write import replacing
from ..runs.history import Ending, Epoch
from ..weights.arrays import SAFETENSORS_DTYPES
from .position import Best, Position

VERSION = 2
WORDS = {name: word for word, name in SAFETENSORS_DTYPES.items()}


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
    """Writes a checkpoint, whole or not at all. Raises OSError where the disk does not take it."""
    arrays = {
        name: np.require(array, requirements="C") for name, array in checkpoint.arrays.items()
    }
    # Wide elements first, so that every array is aligned to its own element size.
    names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    text = json.dumps({"version": VERSION, **asdict(checkpoint.position)})
    header: dict[str, Any] = {"__metadata__": {"format": "netc run", "position": text}}
    offset = 0
    for name in names:
        array = arrays[name]
        end = offset + array.nbytes
        header[name] = {
            "dtype": WORDS[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for name in names:
            file.write(arrays[name].reshape(-1).view(np.uint8).data)


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint. Raises UserError where the file is not one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            found = json.loads((file.metadata() or {})["position"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return Checkpoint(_position(found), arrays)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise UserError(f"{path}: is not the state of a run ({reason})") from error


def _position(found: dict[str, Any]) -> Position:
    if found.pop("version") != VERSION:
        raise ValueError("written by another version of netc")
    position = Position(**found)
    position.epochs = [Epoch(**row) for row in found["epochs"]]
    position.endings = [Ending(**row) for row in found["endings"]]
    position.kept = Best(**found["kept"]) if found["kept"] else None
    position.winner = Best(**found["winner"]) if found["winner"] else None
    return position
