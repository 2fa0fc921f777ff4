"""Some samples of a part as NumPy arrays: inputs as the net takes them, and their targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.ops.base.backend import Array
from ..infer.preprocess import prepared
from .dataset import Part
from .decode import Pictures, decode
from .steps import fed, of_real_steps
from .stored import Rows
from .targets import Copied, Masks


def numpy_batches(part: Part, batch: int | None) -> Iterator[dict[str, Array]]:
    """The inputs of all samples by name, in order and batch by batch, as the net takes them.

    Needs no TensorFlow. Raises UserError where a picture is damaged.
    """
    size = len(part) if batch is None else batch
    for start in range(0, len(part), size):
        yield input_arrays(part, range(start, min(start + size, len(part))))


def input_arrays(part: Part, indices: Sequence[int]) -> dict[str, Array]:
    """The inputs of some samples by name, as the net takes them. Raises UserError."""
    made: dict[str, Array] = {}
    for name, column in part.inputs.items():
        if isinstance(column, Pictures):
            array, dtype = decode(column, indices), column.layout.dtype
        elif isinstance(column, Rows):
            array, dtype = column.read(indices), column.dtype.name
        else:
            array = column[np.asarray(indices, np.int64)]
            dtype = part.dtypes.get(name, array.dtype.name)
        made[name] = prepared(array, changing(part, name), dtype)
    if part.lengths is None or part.sequences is None:
        return made
    return fed(made, part.lengths[np.asarray(indices, np.int64)], part.sequences)


def target_array(part: Part, name: str, indices: Sequence[int] | None = None) -> Array:
    """The targets of an output: of some samples, or of all; int32 classes or float32 values.

    Raises UserError where a mask, or a picture that teaches itself, is damaged.
    """
    targets = part.targets[name]
    at = range(len(part)) if indices is None else indices
    if isinstance(targets, Masks):
        return targets.take(at).astype(np.int32)
    if isinstance(targets, Copied):
        return input_arrays(part, at)[targets.input].astype(np.float32)
    return targets if indices is None else targets[np.asarray(indices, np.int64)]


def real_targets(part: Part, name: str, indices: Sequence[int] | None = None) -> Array:
    """As `target_array`; of sequences of unequal lengths the real steps, behind one another."""
    found = target_array(part, name, indices)
    if part.lengths is None or name not in part.with_steps:
        return found
    lengths = part.lengths if indices is None else part.lengths[np.asarray(indices, np.int64)]
    return of_real_steps(found, lengths)


def changing(part: Part, name: str) -> Preprocessing | None:
    """What is done to the values of an input; None where nothing is."""
    made = part.preprocessing
    return made if made is not None and made.input == name and made.changes_values else None
