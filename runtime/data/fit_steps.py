"""Fits arrays of sequences to a net: lengths, steps, and what would be taken for padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ir.sequences import Sequences, sequences_of, told_by_value
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.sources import csv
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from ..infer.preprocess import prepared
from .arrays import changing
from .dataset import Part
from .fit import shown
from .steps import padded, real_steps, resized


@dataclass(frozen=True)
class Raw:
    """The arrays of a part as they were found, by the names of the net's inputs and outputs."""

    who: str
    """Where they are from, for messages."""
    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    names: Sequence[str]
    copies: Mapping[str, str] = field(default_factory=dict)
    """Targets that are the array of an input: `y="x"` teaches a net what it gets."""
    weights: Array | None = None
    """How much each sample counts."""
    lengths: Array | None = None
    """How many steps each sample has, where their arrays are padded behind them."""


@dataclass(frozen=True)
class Fitted:
    """The arrays of a part with as many steps as the net takes of the longest sample."""

    raw: Raw
    sequences: Sequences


def fitted_steps(recipe: Recipe, raw: Raw) -> Fitted:
    """The arrays of steps padded alike, and lengths that none of them is shorter than.

    Arrays of steps are `[samples, steps, …]`, or have the steps of all samples behind one another.
    The mask that the net takes is made later. Raises UserError.
    """
    made = recipe.sequences or sequences_of(recipe.checked)
    assert raw.lengths is not None
    if made is None:
        raise UserError(
            f"{raw.who}: the samples differ in length, and `{recipe.net}` takes no sequences, "
            "such as float32[N, T, 6]"
        )
    # A text may be without words.
    least = 0 if isinstance(recipe.data, csv) else 1
    lengths = _lengths(raw.who, raw.lengths, raw.names, least)
    longest = made.length or max(1, int(lengths.max()))
    inputs = {
        name: _of_steps(f"{raw.who}: `{name}`", array, lengths, longest)
        if name in made.padding
        else array
        for name, array in raw.inputs.items()
        if name != made.mask
    }
    targets = {
        name: _of_steps(f"{raw.who}: `{name}`", array, lengths, longest)
        if name in made.steps
        else array
        for name, array in raw.targets.items()
    }
    cut = np.minimum(lengths, longest).astype(np.int32)
    return Fitted(replace(raw, inputs=inputs, targets=targets, lengths=cut), made)


def _lengths(who: str, given: Array, names: Sequence[str], least: int) -> Array:
    if given.dtype.kind not in "iu" or given.shape != (len(names),):
        raise UserError(
            f"{who}: the lengths are {shown(given)}; they are a whole number for each of "
            f"{len(names)} samples"
        )
    if (given < least).any():
        at = int(np.argmax(given < least))
        raise UserError(f"{who}: {names[at]} has {given[at]} steps; a sequence has at least one")
    return given.astype(np.int64)


def _of_steps(who: str, array: Array, lengths: Array, longest: int) -> Array:
    """`[samples, longest, …]` with 0 behind the lengths."""
    total = int(lengths.sum())
    if array.ndim and len(array) == total and len(array) != len(lengths):
        return resized(padded(array, lengths), longest)
    if array.ndim < 2 or len(array) != len(lengths):
        held = f"{len(lengths)} samples, or {total:,} steps behind one another"
        raise UserError(f"{who} is {shown(array)}, but the lengths say {held}")
    if array.shape[1] < lengths.max():
        raise UserError(
            f"{who} is {shown(array)}, with fewer steps than the longest sample has, "
            f"{lengths.max()}"
        )
    real = real_steps(lengths, array.shape[1])
    real = real.reshape(*real.shape, *[1] * (array.ndim - 2))
    return resized(np.where(real, array, array.dtype.type(0)), longest)


def require_no_padding(who: str, part: Part, checked: CheckedGraph) -> None:
    """Raises UserError for a real step that the net would take for padding, by what it holds."""
    made, lengths = part.sequences, part.lengths
    assert made is not None
    assert lengths is not None
    for name, value in made.padding.items():
        array = np.asarray(part.inputs[name])
        if not told_by_value(checked, name):
            continue
        same = prepared(array, changing(part, name), part.dtypes[name]) == value
        same = same.reshape(*array.shape[:2], -1).all(axis=2)
        bad = same & real_steps(lengths, array.shape[1])
        if bad.any():
            sample, step = np.argwhere(bad)[0]
            ids = array.ndim == 2
            what = f"the id {value:g}" if ids else f"{value:g} in all features"
            way_out = "" if ids else "; say another: `Masking(mask_value=-1)`"
            raise UserError(
                f"{who}: step {step + 1} of {part.names[sample]} holds {what}, which `{name}` has "
                f"for padding{way_out}"
            )
