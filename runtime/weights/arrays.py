"""Reads weights kept as named arrays: safetensors and `.npz`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...compiler.ops.base.backend import Array, Tensor
from ..errors import UserError
from ..files.npz import npz_tensors
from .file import WeightFile, layers_of
from .own_graph import read_graph

FORMAT = "netc"
"""What the metadata of netc's own files say."""
KEPT = "netc."
"""What the keys of metadata begin with that a run keeps of its data."""

SAFETENSORS_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "BF16": "bfloat16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
}
DTYPE_WORDS = {name: word for word, name in SAFETENSORS_DTYPES.items()}


def open_safetensors(path: Path) -> WeightFile:
    """A safetensors file, mapped into memory; each tensor is copied when it is read."""
    from safetensors import SafetensorError, safe_open

    try:
        # The handle lives as long as the tensors that read from it.
        handle: Any = safe_open(str(path), framework="numpy")
        tensors = [(name, _tensor(path, handle, name)) for name in handle.keys()]  # noqa: SIM118
        told: Mapping[str, str] = handle.metadata() or {}
    except (SafetensorError, OSError) as error:
        reason = str(error).removeprefix("Error while deserializing header: ")
        raise UserError(f"{path}: is a damaged or cut-short safetensors file ({reason})") from error
    own = told.get("format") == FORMAT
    return WeightFile(
        path,
        "safetensors",
        layers_of(path, tensors),
        ordered=False,
        graph=read_graph(told["graph"]) if own and "graph" in told else None,
        own=own,
    )


def kept_metadata(path: Path) -> dict[str, str]:
    """What a file of netc's own keeps of the data of its run; nothing where it is another file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as handle:
            told: Mapping[str, str] = handle.metadata() or {}
    except (SafetensorError, OSError):
        return {}
    own = told.get("format") == FORMAT
    return {key: value for key, value in told.items() if own and key.startswith(KEPT)}


def _tensor(path: Path, handle: Any, name: str) -> Tensor:
    view = handle.get_slice(name)
    dtype = SAFETENSORS_DTYPES.get(view.get_dtype())
    if dtype is None:
        raise UserError(f"{path}: `{name}` holds {view.get_dtype()}, which netc does not read")

    def read() -> Array:
        if dtype == "bfloat16":
            import ml_dtypes  # noqa: F401  (registers the dtype with NumPy)
        array: Array = handle.get_tensor(name)
        return array

    return Tensor(tuple(view.get_shape()), dtype, read)


def open_npz(path: Path) -> WeightFile:
    """An `.npz` file of arrays named `<layer path>/<weight name>`."""
    tensors = npz_tensors(path)
    unnamed = [name for name, _ in tensors if "/" not in name and "." not in name]
    if unnamed:
        raise UserError(
            f"{path}: the array `{unnamed[0]}` is not named `<layer>/<weight>`, "
            "such as `dense/kernel`"
        )
    return WeightFile(path, "npz", layers_of(path, tensors), ordered=True)
