"""Opens PyTorch's files of weights: tensors only, by `torch.load(weights_only=True)`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.shapes.types import FLOATS
from ..errors import UserError
from .file import WeightFile
from .torch_state import layers_of_state

FORMAT = "PyTorch"
LEGACY_HEAD = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""How files begin that PyTorch before 1.6 wrote: one number, pickled."""
DTYPES = frozenset((*FLOATS, "bool", "uint8", "int8", "int16", "int32", "int64"))
NESTED = (
    *("state_dict", "model_state_dict", "model_state", "model", "net", "network", "module"),
    *("net_state_dict", "network_state_dict", "weights", "params"),
)
"""Where checkpoints keep the state dict beside an optimizer's state."""
TRAINING = ("optim", "sched", "lr_", "scaler", "ema", "loss", "rng", "hyper", "args", "config")
"""How what else checkpoints hold begins."""
DEEPEST = 4
"""How deep in a checkpoint a state dict is looked for."""


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
        for name, value in _state(torch, path, _load(torch, path)).items()
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


def _state(torch: Any, path: Path, loaded: object) -> Mapping[object, object]:
    """The state dict of what a file holds: itself, or the only one in a checkpoint.

    Raises UserError where there is none, or more than one.
    """
    found = _states(torch, loaded, 0)
    if not found:
        raise UserError(f"{path}: has no state dict, which names each tensor")
    if len(found) > 1:
        names = " and ".join(f"`{name}`" for name in found)
        raise UserError(
            f"{path}: has more than one state dict, {names}; save the one of the net alone"
        )
    return next(iter(found.values()))


def _states(torch: Any, value: object, depth: int) -> dict[str, Mapping[object, object]]:
    """The state dicts in a checkpoint, by where they are in it."""
    if not isinstance(value, Mapping) or depth > DEEPEST:
        return {}
    for name in NESTED:
        inner = _states(torch, value.get(name), depth + 1)
        if inner:
            return {f"{name}/{key}".rstrip("/"): state for key, state in inner.items()}
    if any(isinstance(n, str) and isinstance(v, torch.Tensor) for n, v in value.items()):
        return {"": value}
    return {
        f"{name}/{key}".rstrip("/"): state
        for name, inner in value.items()
        if isinstance(name, str) and not name.lower().startswith(TRAINING)
        for key, state in _states(torch, inner, depth + 1).items()
    }


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
