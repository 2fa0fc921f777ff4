"""Sequences of unequal lengths as arrays: padded, cut to a batch, and back to their real steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ...compiler.ir.sequences import Sequences
from ...compiler.ops.base.backend import Array
from ..errors import UserError
from .decode import free_memory


def real_steps(lengths: Array, longest: int) -> Array:
    """Which steps are real, `[samples, longest]` bool."""
    return np.arange(longest) < np.asarray(lengths)[:, None]


def of_real_steps(array: Array, lengths: Array) -> Array:
    """The real steps of `[samples, steps, …]` behind one another: `[all steps, …]`."""
    return array[real_steps(lengths, array.shape[1])]


def padded(rows: Array, lengths: Array) -> Array:
    """Steps that lie behind one another, `[all steps, …]`, as `[samples, longest, …]`.

    Raises UserError where that takes more memory than is free.
    """
    longest = int(lengths.max(initial=1))
    size = len(lengths) * longest * math.prod(rows.shape[1:]) * rows.dtype.itemsize
    if size > free_memory():
        raise UserError(
            f"{len(lengths):,} sequences take {size / 2**20:,.0f} MiB as long as the longest, of "
            f"{longest:,} steps, more than the free memory; `length` cuts them"
        )
    made = np.zeros((len(lengths), longest, *rows.shape[1:]), rows.dtype)
    made[real_steps(lengths, made.shape[1])] = rows
    return made


def stacked(sequences: Sequence[Array]) -> tuple[Array, Array]:
    """Arrays `[steps, …]` that differ in their steps alone: padded, and their lengths."""
    lengths = np.array([len(one) for one in sequences], np.int32)
    return padded(np.concatenate(sequences), lengths), lengths


def resized(array: Array, steps: int) -> Array:
    """`[samples, steps, …]` with so many steps: further ones are cut off, missing ones are 0."""
    have = array.shape[1]
    if have >= steps:
        return array[:, :steps]
    return np.pad(array, [(0, 0), (0, steps - have), *[(0, 0)] * (array.ndim - 2)])


def filled(array: Array, lengths: Array, value: float) -> Array:
    """`[samples, steps, …]` with a value at the steps that are no real ones."""
    real = real_steps(lengths, array.shape[1])
    return np.where(
        real.reshape(*real.shape, *[1] * (array.ndim - 2)), array, array.dtype.type(value)
    )


def batch_steps(lengths: Array, made: Sequences) -> int:
    """How many steps a batch of some lengths has."""
    return made.length or max(1, int(lengths.max(initial=1)))


def fed(inputs: Mapping[str, Array], lengths: Array, made: Sequences) -> dict[str, Array]:
    """The inputs of a batch as the net gets them: padded, with the mask if it takes one."""
    steps = batch_steps(lengths, made)
    found = {
        name: filled(resized(array, steps), lengths, made.padding[name])
        if name in made.padding
        else array
        for name, array in inputs.items()
    }
    if made.mask is not None:
        found[made.mask] = real_steps(lengths, steps)
    return found


def of_sample(
    outputs: Mapping[str, Array], index: int, steps: int, made: Sequences
) -> dict[str, Array]:
    """The outputs for one sample of a batch, `[1, …]`, without its padded steps."""
    return {
        name: array[index : index + 1, :steps] if name in made.steps else array[index : index + 1]
        for name, array in outputs.items()
    }
