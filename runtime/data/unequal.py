"""Lists of arrays that differ in length, as Python gives sequences, made into padded arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ...compiler.ir.sequences import sequences_of
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from .steps import stacked

Arrays: TypeAlias = "ArrayLike | Mapping[str, ArrayLike]"
"""An array, or arrays by the names of inputs or outputs where a net has several."""


class Unequal:
    """The inputs of a part, of which lists of arrays that differ in length become padded ones."""

    def __init__(self, who: str, recipe: Recipe, given: Arrays) -> None:
        self.x: Arrays = given
        self.mask: str | None = None
        self.lengths: Array | None = None
        self._steps: tuple[str, ...] = ()
        made = sequences_of(recipe.checked)
        if made is None or made.length is not None:
            return
        by_name = dict(given) if isinstance(given, Mapping) else {made.input: given}
        for name in made.padding:
            found = _unequal(who, by_name.get(name))
            if found is None:
                continue
            by_name[name], lengths = found
            if self.lengths is not None and not np.array_equal(self.lengths, lengths):
                raise UserError(f"{who} `{name}` and others differ in the steps of their samples")
            self.lengths = lengths
        if self.lengths is not None:
            self.x, self.mask, self._steps = by_name, made.mask, made.steps

    def targets(self, given: Arrays) -> Arrays:
        """The targets; those of each step as arrays, too."""
        if self.lengths is None:
            return given
        if not isinstance(given, Mapping):
            found = _unequal("the targets", given) if self._steps else None
            return given if found is None else self._alike(*found)
        pairs = {name: _unequal("the targets", each) for name, each in given.items()}
        return {
            name: given[name] if pair is None or name not in self._steps else self._alike(*pair)
            for name, pair in pairs.items()
        }

    def _alike(self, array: Array, lengths: Array) -> Array:
        if self.lengths is None or not np.array_equal(self.lengths, lengths):
            raise UserError("the targets have other steps than the inputs")
        return array


def _unequal(who: str, given: object) -> tuple[Array, Array] | None:
    """A list of arrays `[steps, …]`, one a sample, padded, with how many steps each has."""
    if not isinstance(given, list | tuple) or not len(given):
        return None
    try:
        arrays = [np.asarray(each) for each in given]
        return stacked(arrays) if all(each.ndim for each in arrays) else None
    except ValueError as error:
        raise UserError(f"{who} are no sequences of one shape a step: {error}") from error
