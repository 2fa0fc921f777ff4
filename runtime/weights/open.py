"""Opens a weights file by what is in it; a pickle is refused, whatever it is called.

PyTorch's files are the exception: PyTorch itself reads them, and of them only tensors.
"""

from __future__ import annotations

import pickletools
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

from ..errors import UserError, require_file, unreadable
from .arrays import open_npz, open_safetensors
from .file import WeightFile
from .hdf5 import Window, h5_faults, open_h5
from .keras_config import listed_layers
from .keras_graph import keras_graph
from .keras_legacy import read_legacy
from .keras_v3 import read_v3
from .torch_file import LEGACY_HEAD, is_torch_zip, open_torch

READS = "safetensors, .npz, Keras's .h5, .weights.h5 and .keras, and PyTorch's .pt and .pth"
KERAS_WEIGHTS, KERAS_CONFIG = "model.weights.h5", "config.json"


def open_weights(path: Path) -> WeightFile:
    """The layers of a weights file; no array is read. Raises UserError with the exact reason."""
    size = require_file(path, "a weights file")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise unreadable(path, error) from error
    if is_safetensors(head, size):
        return open_safetensors(path)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return _open_h5(path)
    if head.startswith(b"PK\x03\x04"):
        return _open_zip(path)
    if head.startswith(b"\x93NUMPY"):
        raise UserError(f"{path}: is one array without a name; weights go in an .npz")
    if head.startswith(LEGACY_HEAD):
        return open_torch(path)
    if _is_pickle(head):
        raise _pickle(path)
    if path.suffix == ".safetensors" or head[8:9] == b"{":
        return _open_safetensors(path, head, size)
    if path.suffix in (".h5", ".hdf5", ".keras", ".npz"):
        kind = "a zip archive" if path.suffix in (".keras", ".npz") else "an HDF5 file"
        raise UserError(
            f"{path}: is not {kind}, as {path.suffix} should be: it begins {head[:8]!r}"
        )
    raise UserError(f"{path}: is no weights file that netc knows; it reads {READS}")


def _open_safetensors(path: Path, head: bytes, size: int) -> WeightFile:
    if size < 8 or head[8:9] not in (b"{", b""):
        raise UserError(f"{path}: is not a safetensors file: it begins {head[:8]!r}")
    (length,) = struct.unpack("<Q", head[:8])
    if length + 8 > size:
        raise UserError(
            f"{path}: is cut short: its header should have {length:,} bytes, the file has {size:,}"
        )
    return open_safetensors(path)


def _open_h5(path: Path) -> WeightFile:
    with h5_faults(path):
        root = open_h5(path, path)
        if root.has_list("layer_names") or "model_weights" in root.names():
            return read_legacy(path, root)
        return read_v3(path, root, None)


def _open_zip(path: Path) -> WeightFile:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            if KERAS_WEIGHTS in entries:
                weights = entries[KERAS_WEIGHTS]
                if weights.compress_type != zipfile.ZIP_STORED:
                    raise UserError(
                        f"{path}: its weights are compressed, which Keras never does; "
                        "save it with Keras again"
                    )
                window = Window(path, _data_offset(path, weights), weights.file_size)
                config = archive.read(KERAS_CONFIG) if KERAS_CONFIG in entries else None
                layers = listed_layers(path, config) if config is not None else None
                with h5_faults(path):
                    file = read_v3(path, open_h5(path, window), layers)
                names = [layer.name for layer in file.layers]
                graph = None if config is None else keras_graph(config, names)
                return replace(file, graph=graph)
    except zipfile.BadZipFile as error:
        raise UserError(f"{path}: is a cut-short or damaged zip archive ({error})") from error
    except (OSError, RuntimeError, ValueError, struct.error) as error:
        raise UserError(f"{path}: is a damaged zip archive ({error})") from error
    if is_torch_zip(entries):
        return open_torch(path)
    if any(name.endswith(".pkl") for name in entries):
        raise _pickle(path)
    if any(name.endswith(".npy") for name in entries):
        return open_npz(path)
    if KERAS_CONFIG in entries:
        raise UserError(f"{path}: is a Keras file without `{KERAS_WEIGHTS}`")
    raise UserError(f"{path}: is a zip archive without weights; netc reads {READS}")


def _data_offset(path: Path, entry: zipfile.ZipInfo) -> int:
    with path.open("rb") as file:
        file.seek(entry.header_offset + 26)
        name, extra = struct.unpack("<HH", file.read(4))
    return entry.header_offset + 30 + int(name) + int(extra)


def is_safetensors(head: bytes, size: int) -> bool:
    """Whether a file of that size begins with a length that it has, and an object of JSON.

    That length can begin as other formats do: 640 as a pickle. Theirs is never one that fits.
    """
    return head[8:9] == b"{" and struct.unpack("<Q", head[:8])[0] + 8 <= size


def _is_pickle(head: bytes) -> bool:
    """Whether the bytes begin as a pickle does; they are looked at, never run.

    A pickle is a program: behind its first step there are others that mean something.
    """
    if head[:1] not in (b"\x80", b"(", b"]", b"}", b"c"):
        return False
    steps = 0
    try:
        for _ in pickletools.genops(head):
            steps += 1
    except Exception:
        pass
    return steps > (1 if head[:1] == b"\x80" else 3)


def _pickle(path: Path) -> UserError:
    return UserError(
        f"{path}: is a pickle, which can run any program when "
        f"opened; netc opens none. Save the weights as safetensors"
    )
