"""Opens PyTorch's files of weights: tensors only, by `torch.load(weights_only=True)`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...compiler.ops.base.backend import Array, Tensor
from ..errors import UserError
from .file import WeightFile
from .torch_state import layers_of_state

FORMAT = "PyTorch"
LEGACY_HEAD = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""How files begin that PyTorch before 1.6 wrote: one number, pickled."""
FLOATS = ("float16", "bfloat16", "float32", "float64")
DTYPES = frozenset((*FLOATS, "bool", "uint8", "int8", "int16", "int32", "int64"))
NESTED = ("state_dict", "model_state_dict", "model")
"""Where checkpoints keep the state dict beside an optimizer's state."""


def is_torch_zip(names: Mapping[str, object]) -> bool:
    """Whether the entries of a zip archive are those that `torch.save` writes."""
    return any(
        name.endswith("/data.pkl") and f"{name.removesuffix('data.pkl')}version" in names
        for name in names
    )


def open_torch(path: Path) -> WeightFile:
    """The layers of a `.pt` or `.pth` file, mapped into memory where PyTorch can.

    Raises UserError without PyTorch, and where the file holds more than tensors, is damaged or
    has no state dict.
    """
    torch = _torch(path)
    tensors = {
        name: value
        for name, value in _state(path, _load(torch, path)).items()
        if isinstance(name, str) and isinstance(value, torch.Tensor)
    }
    if not tensors:
        raise UserError(f"{path}: has no state dict, which names each tensor")
    return WeightFile(
        path, FORMAT, layers_of_state({n: _tensor(path, n, t) for n, t in tensors.items()}), True
    )


def _torch(path: Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise UserError(
            f"{path}: is a PyTorch file, and PyTorch is not installed; "
            "`pip install 'netc[torch]'` brings it, or save the weights as safetensors"
        ) from error
    return torch


def _load(torch: Any, path: Path) -> object:
    import pickle
    import warnings
    import zipfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Files of PyTorch before 1.6 are no zip archives, and cannot be mapped.
            return torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except pickle.UnpicklingError as error:
        raise UserError(
            f"{path}: holds Python objects and not tensors alone, which netc does not open; "
            "save `model.state_dict()`"
        ) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise UserError(f"{path}: is a damaged or cut-short PyTorch file ({reason})") from error


def _state(path: Path, loaded: object) -> Mapping[object, object]:
    if not isinstance(loaded, Mapping):
        raise UserError(f"{path}: has no state dict, which names each tensor")
    for name in NESTED:
        inner = loaded.get(name)
        if isinstance(inner, Mapping):
            return inner
    return loaded


def _tensor(path: Path, name: str, value: Any) -> Tensor:
    dtype = str(value.dtype).removeprefix("torch.")
    if dtype not in DTYPES or value.is_sparse or value.is_quantized:
        raise UserError(f"{path}: `{name}` is a tensor of {dtype}, which netc does not read")

    def read() -> Array:
        plain = value.detach()
        if dtype == "bfloat16":
            plain = plain.float()
        array: Array = plain.numpy()
        return array

    return Tensor(tuple(value.shape), dtype, read)
