"""Whatever NumPy makes an array of, as the inputs of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.tensors import TensorSpec

KINDS = {"b": "truth values", "i": "integers", "u": "integers", "f": "numbers"}


def as_inputs(
    given: ArrayLike | Mapping[str, ArrayLike], specs: Sequence[TensorSpec]
) -> dict[str, Array]:
    """Arrays by the names of inputs, in the dtypes that the model declares.

    A value that is no mapping is the only input. Numbers are converted where the declared dtype
    holds each of them; floats are rounded to float32 and below. Raises UserError that names the
    input which does not fit.
    """
    known = {spec.name: spec for spec in specs}
    if not isinstance(given, Mapping):
        if len(specs) != 1:
            listed = ", ".join(f"`{spec.name}` {spec}" for spec in specs)
            raise UserError(f"the net has {len(specs)} inputs, give a dict of arrays: {listed}")
        given = {specs[0].name: given}
    for name in given:
        if name not in known:
            listed = ", ".join(f"`{spec.name}` {spec}" for spec in specs)
            raise UserError(f"the net has no input `{name}`; it takes {listed}")
    return {name: _as_input(value, known[name]) for name, value in given.items()}


def _as_input(value: ArrayLike, spec: TensorSpec) -> Array:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise UserError(f"the input `{spec.name}` {spec} is no array: {error}") from error
    shown = f"{array.dtype}[{', '.join(map(str, array.shape))}]"
    if array.dtype.kind not in KINDS:
        raise UserError(f"the input `{spec.name}` is {spec}, got {shown}, which holds no numbers")
    wanted = np.dtype(spec.dtype)
    if array.dtype == wanted:
        return array
    with np.errstate(over="ignore", invalid="ignore"):
        cast = array.astype(wanted)
        lost = np.isinf(cast) & ~np.isinf(array) if wanted.kind == "f" else cast != array
    if lost.any():
        held = array[tuple(np.argwhere(lost)[0])]
        raise UserError(
            f"the input `{spec.name}` is {spec}, got {shown} with {held}, "
            f"which {spec.dtype} cannot hold"
        )
    return cast
