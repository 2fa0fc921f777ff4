"""Makes raw arrays into the inputs and targets that a net declares, or says why they do not fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.tensors import TensorSpec
from .specs import TargetSpec


def fit_input(who: str, raw: Array, spec: TensorSpec, names: Sequence[str]) -> Array:
    """The array as the input `spec` takes it: `[samples, …]`.

    A sample may come flat, or without axes of size 1. Values keep a dtype narrower than the
    input's where that holds them all. `who` says in messages where the array is from, and `names`
    what its samples are called. Raises UserError.
    """
    array = _numbers(who, raw)
    shape = spec.shape[1:]
    made = _shaped(array, shape)
    if made is None:
        raise UserError(
            f"{who} is {shown(array)}, but the input `{spec.name}` takes samples of {spec}"
        )
    if len(made) != len(names):
        raise UserError(f"{who} holds {len(made)} samples, but there are {len(names)} of others")
    require_finite(who, made, names)
    # NumPy has no bfloat16; TensorFlow makes it of float32 batch by batch.
    wanted = np.dtype("float32" if spec.dtype == "bfloat16" else spec.dtype)
    if made.dtype == wanted or (made.dtype == np.uint8 and wanted.kind == "f"):
        return np.ascontiguousarray(made)
    with np.errstate(over="ignore", invalid="ignore"):
        cast = made.astype(wanted)
    if wanted.kind != "f" and not np.array_equal(cast, made):
        at = int(np.argwhere((cast != made).reshape(len(made), -1).any(axis=1))[0, 0])
        raise UserError(
            f"{who}: {names[at]} has a value that {spec.dtype} cannot hold, "
            f"the dtype of the input `{spec.name}`"
        )
    require_finite(who, cast, names)
    return np.ascontiguousarray(cast)


def fit_target(who: str, raw: Array, target: TargetSpec, names: Sequence[str]) -> Array:
    """The array as targets of an output: class indices (int32) or values (float32).

    Indices, one-hot rows, 0 and 1, -1 and 1, probabilities or any values: which of them are right
    is what the output's losses say. Raises UserError.
    """
    array = _numbers(who, raw)
    if len(array) != len(names) or array.ndim == 0:
        held = len(array) if array.ndim else 0
        raise UserError(f"{who} holds {held} targets for {len(names)} samples")
    require_finite(who, array, names)
    if target.is_class:
        return _classes(who, array, target, names)
    if target.is_side:
        return _sides(who, array, target, names)
    values = _shaped(array, target.shape)
    if values is not None:
        return np.ascontiguousarray(values, np.float32)
    if _holds_indices(array, target) and array.dtype.kind != "f":
        return _indices(who, array, target, names)
    raise _misfit(who, array, target)


def require_below(who: str, array: Array, rows: int, names: Sequence[str]) -> None:
    """Raises UserError that names the first sample with an index that a table of rows lacks."""
    if not array.size or (array.min() >= 0 and array.max() < rows):
        return
    flat = array.reshape(len(array), -1)
    bad = (flat < 0) | (flat >= rows)
    at = int(np.argmax(bad.any(axis=1)))
    raise UserError(
        f"{who}: {names[at]} holds {flat[at][np.argmax(bad[at])]}, but goes into an Embedding of "
        f"{rows} rows, 0 to {rows - 1}"
    )


def require_finite(who: str, array: Array, names: Sequence[str]) -> None:
    """Raises UserError that names the first sample with a NaN or an infinity."""
    if array.dtype.kind != "f":
        return
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(array.sum(dtype=np.float64)):
            return
    bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    if bad.any():
        at = int(np.argmax(bad))
        value = array[at].ravel()[~np.isfinite(array[at].ravel())][0]
        more = f", and {int(bad.sum()) - 1} more samples" if bad.sum() > 1 else ""
        what = "NaN" if np.isnan(value) else "an infinite value"
        raise UserError(f"{who}: {names[at]} holds {what}{more}")


def shown(array: Array) -> str:
    """`float32[60000, 28, 28]`."""
    return f"{array.dtype}[{', '.join(map(str, array.shape))}]"


def check_count(who: str, classes: Sequence[str], target: TargetSpec) -> None:
    """Raises UserError where an output cannot tell that many named classes apart."""
    units = target.units
    sides = target.is_side and units == 1
    if not (target.is_class or target.is_side) or units is None:
        return
    if len(classes) != (2 if sides else units):
        has = "one unit, which tells 2 classes" if sides else f"{units} units"
        listed = ", ".join(classes[:4]) + (", …" if len(classes) > 4 else "")
        raise UserError(
            f"{who}: has {len(classes)} class{'es' * (len(classes) != 1)} ({listed}), "
            f"but the output `{target.name}` has {has}"
        )


def _classes(who: str, array: Array, target: TargetSpec, names: Sequence[str]) -> Array:
    if _holds_indices(array, target):
        return _indices(who, array, target, names)
    if not _same(array.shape[1:], target.shape):
        raise _misfit(who, array, target)
    rows = array.reshape(len(array), -1, array.shape[-1])
    if ((rows == 0) | (rows == 1)).all() and (rows.sum(axis=-1) == 1).all():
        return np.asarray(array.argmax(axis=-1), np.int32)
    bad = (rows < 0).any(axis=(1, 2)) | (np.abs(rows.sum(axis=-1) - 1) > 1e-3).any(axis=1)
    if bad.any():
        at = int(np.argmax(bad))
        raise UserError(
            f"{who}: the target of {names[at]} is neither one-hot nor a row of probabilities, "
            f"for the output `{target.name}`"
        )
    if "classes" in target.kinds:
        raise UserError(
            f"{who} holds probabilities, but the loss of `{target.name}` takes one class a "
            "sample; use categorical_crossentropy"
        )
    return np.ascontiguousarray(array, np.float32)


def _sides(who: str, array: Array, target: TargetSpec, names: Sequence[str]) -> Array:
    several = target.units != 1
    if several and _holds_indices(array, target) and not _same(array.shape[1:], target.shape):
        return _indices(who, array, target, names)
    values = _shaped(array, target.shape)
    if values is None:
        raise _misfit(who, array, target)
    signs = "signs" in target.kinds
    if signs and np.isin(values, (-1, 1)).all():
        values = (values > 0).astype(np.float32)
    bad = ((values < 0) | (values > 1)).reshape(len(values), -1).any(axis=1)
    if bad.any():
        at = int(np.argmax(bad))
        value = values[at].ravel()[np.argmax((values[at].ravel() < 0) | (values[at].ravel() > 1))]
        raise UserError(
            f"{who}: the target of {names[at]} is {value:g}, but those of `{target.name}` are "
            + ("-1 or 1, or 0 or 1" if signs else "from 0 to 1")
        )
    if not several and ((values == 0) | (values == 1)).all():
        return values.reshape(values.shape[:-1] if target.shape else values.shape).astype(np.int32)
    return np.ascontiguousarray(values, np.float32)


def _holds_indices(array: Array, target: TargetSpec) -> bool:
    """Whether the array has one number where the output has a row of units."""
    inner = target.shape[:-1]
    return _same(array.shape[1:], inner) or (
        target.units != 1 and _same(array.shape[1:], (*inner, 1))
    )


def _indices(who: str, array: Array, target: TargetSpec, names: Sequence[str]) -> Array:
    flat = array.reshape(len(array), -1)
    bad = (flat < 0) | (flat != np.floor(flat))
    if target.units is not None:
        bad |= flat >= target.units
    if bad.any():
        at = int(np.argmax(bad.any(axis=1)))
        value = flat[at][np.argmax(bad[at])]
        last = "" if target.units is None else f"0 to {target.units - 1}"
        hint = "; they count from 0" if flat.min() == 1 and flat.max() == target.units else ""
        raise UserError(
            f"{who}: the label of {names[at]} is {value:g}, but the classes of the output "
            f"`{target.name}` are {last or 'whole numbers from 0'}{hint}"
        )
    return np.ascontiguousarray(
        array.reshape(len(array), *array.shape[1 : len(target.shape)])
    ).astype(np.int32)


def _numbers(who: str, array: Array) -> Array:
    if array.dtype.kind not in "biuf":
        raise UserError(f"{who} holds {array.dtype}, not numbers")
    return array


def _same(shape: Sequence[int], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        size is None or size == have for have, size in zip(shape, wanted, strict=True)
    )


def _shaped(array: Array, wanted: Sequence[int | None]) -> Array | None:
    """The samples in a shape, where only axes of size 1 are amiss or each sample is flat."""
    have = array.shape[1:]
    if _same(have, wanted):
        return array
    sizes = tuple(size for size in wanted if size is not None)
    if len(sizes) != len(wanted) or array.ndim == 0:
        return None
    flat = len(have) == 1 and have[0] == int(np.prod(sizes))
    ones = [size for size in have if size != 1] == [size for size in sizes if size != 1]
    return array.reshape(len(array), *sizes) if flat or ones else None


def _misfit(who: str, array: Array, target: TargetSpec) -> UserError:
    inner = ", ".join("?" if d is None else str(d) for d in target.shape[:-1])
    takes = {
        True: f"one class for each sample{f' of [{inner}]' if inner else ''}, or one-hot rows",
        False: "values of its own shape",
    }[target.is_class]
    return UserError(
        f"{who} is {shown(array)}, but the output `{target.name}` {target.spec} takes {takes}"
    )
