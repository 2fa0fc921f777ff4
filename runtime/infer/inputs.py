"""Turns files into the arrays a model runs on: pictures, `.npy`, `.npz`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.lower.dtypes import holds_fractions, numpy_dtype
from ...compiler.ops.base.backend import Array
from ..errors import UserError, require_file
from ..files.npz import npz_tensors, read_npy
from ..files.tensors import TensorSpec
from .preprocess import prepared

ARRAYS = (".npy", ".npz")


@dataclass(frozen=True)
class Batch:
    """The inputs of one run by name, and for each sample the file it came from."""

    arrays: Mapping[str, Array]
    files: tuple[Path, ...]


def read_inputs(
    paths: Sequence[Path], inputs: Sequence[TensorSpec], made: Preprocessing | None = None
) -> list[Batch]:
    """The runs that some files make of a model's inputs, in the order of the files.

    Pictures become one batch, or batches of the declared size where that is fixed. An `.npy`
    is one sample or a batch; an `.npz` holds every input by name. What the files hold is then
    prepared as `made` says. Raises UserError.
    """
    dtypes = {spec.name: spec.dtype for spec in inputs}
    found = []
    for batch in _read(paths, inputs, made):
        arrays = dict(batch.arrays)
        if made is not None and made.input in arrays:
            arrays[made.input] = prepared(arrays[made.input], made, dtypes[made.input])
        found.append(replace(batch, arrays=arrays))
    return found


def _read(
    paths: Sequence[Path], inputs: Sequence[TensorSpec], made: Preprocessing | None
) -> list[Batch]:
    if not paths:
        raise UserError("there is nothing to run on; give pictures, an .npy or an .npz file")
    kinds = {path.suffix.lower() if path.suffix.lower() in ARRAYS else "picture" for path in paths}
    if len(kinds) > 1:
        raise UserError("give either pictures, or .npy files, or one .npz file, not a mixture")
    (kind,) = kinds
    if kind == ".npz":
        if len(paths) > 1:
            raise UserError("give one .npz file: it holds every input by name")
        return [_read_npz(paths[0], inputs)]
    if len(inputs) != 1:
        names = ", ".join(f"`{spec.name}` {spec}" for spec in inputs)
        raise UserError(f"the model takes {len(inputs)} inputs ({names}); give one .npz of them")
    if kind == ".npy":
        return _batches(inputs[0], [(path, _read_npy(path, inputs[0])) for path in paths])
    return _read_pictures(paths, inputs[0], made)


def _read_pictures(
    paths: Sequence[Path], spec: TensorSpec, made: Preprocessing | None
) -> list[Batch]:
    from ..files.pictures import picture_layout, read_picture

    layout = picture_layout(spec, made)
    samples: list[tuple[Path, Array]] = []
    for path in paths:
        picture = read_picture(path, layout)
        if layout.height is None or layout.width is None:
            # The first picture decides the sizes that the model leaves open.
            axis = 1 if layout.channels_axis == 0 else 0
            layout = replace(layout, height=picture.shape[axis], width=picture.shape[axis + 1])
        samples.append((path, picture[None] if layout.batched else picture))
    if not layout.batched:
        return [Batch({spec.name: picture}, (path,)) for path, picture in samples]
    return _batches(spec, samples)


def _batches(spec: TensorSpec, parts: Sequence[tuple[Path, Array]]) -> list[Batch]:
    """Parts with a batch axis, put together and cut to the size of a fixed batch."""
    if spec.rank == 0 or len(parts) == 1:
        made = [Batch({spec.name: part}, (path,) * _samples(part)) for path, part in parts]
        if spec.rank == 0 or spec.shape[0] in (None, _samples(made[0].arrays[spec.name])):
            return made
    for path, part in parts[1:]:
        if part.shape[1:] != parts[0][1].shape[1:]:
            raise UserError(
                f"{path}: its samples have the shape {part.shape[1:]}, "
                f"those of {parts[0][0]} {parts[0][1].shape[1:]}"
            )
    whole = np.concatenate([part for _, part in parts])
    files = tuple(path for path, part in parts for _ in range(len(part)))
    size = spec.shape[0]
    if size is None:
        return [Batch({spec.name: whole}, files)]
    if size == 0 or len(whole) % size:
        raise UserError(
            f"the input `{spec.name}` is {spec}: {len(whole)} samples make no whole batches "
            f"of {size}"
        )
    return [
        Batch({spec.name: whole[at : at + size]}, files[at : at + size])
        for at in range(0, len(whole), size)
    ]


def _samples(array: Array) -> int:
    return len(array) if array.ndim else 1


def _read_npy(path: Path, spec: TensorSpec) -> Array:
    require_file(path, "an .npy file")
    return fitted(f"{path}", read_npy(path), spec)


def _read_npz(path: Path, inputs: Sequence[TensorSpec]) -> Batch:
    require_file(path, "an .npz file")
    tensors = dict(npz_tensors(path))
    arrays: dict[str, Array] = {}
    for spec in inputs:
        tensor = tensors.get(spec.name)
        if tensor is None and len(inputs) == 1 and len(tensors) == 1:
            (tensor,) = tensors.values()
        if tensor is None:
            held = ", ".join(f"`{name}`" for name in tensors) or "nothing"
            raise UserError(f"{path}: lacks the input `{spec.name}` {spec}; it holds {held}")
        arrays[spec.name] = fitted(f"{path}: `{spec.name}`", tensor.read(), spec)
    count = _samples(arrays[inputs[0].name]) if inputs else 0
    return Batch(arrays, (path,) * count)


def fitted(who: str, array: Array, spec: TensorSpec) -> Array:
    """The array in the input's dtype, with a batch axis added where only that is missing.

    `who` says in messages where it is from. Raises UserError.
    """
    if array.dtype.kind not in "biuf":
        raise UserError(f"{who} holds {array.dtype}, not numbers")
    made = array[None] if array.ndim == spec.rank - 1 else array
    got = f"{array.dtype}[{', '.join(map(str, array.shape))}]"
    fits = made.ndim == spec.rank and all(
        dim is None or dim == size for dim, size in zip(spec.shape[1:], made.shape[1:], strict=True)
    )
    if not fits:
        raise UserError(f"{who} is {got}, but the input `{spec.name}` is {spec}")
    wanted, fractions = numpy_dtype(spec.dtype), holds_fractions(spec.dtype)
    if made.dtype == wanted:
        return np.ascontiguousarray(made)
    if made.dtype.kind == "f" and not fractions:
        raise UserError(f"{who} is {got}, but the input `{spec.name}` is {spec}: not whole numbers")
    with np.errstate(over="ignore"):
        cast = made.astype(wanted)
    if not fractions and not np.array_equal(cast, made):
        raise UserError(f"{who} is {got}, with values that {spec.dtype} cannot hold")
    return np.ascontiguousarray(cast)
