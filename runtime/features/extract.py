"""Runs the frozen part of a net over samples: batch by batch in onnxruntime, decoded ahead."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.declare import Refusal
from ...compiler.recipe.recipe import Phase, Recipe
from ..data.ahead import ahead
from ..data.arrays import input_arrays
from ..data.augment import Augmenter
from ..data.dataset import Part
from ..errors import UserError
from ..infer.session import Session
from ..infer.verify import difference

BATCH = 32
AHEAD = 4
"""Batches that are decoded before they are asked for."""
ALIKE = 1e-3
"""How far what a sample gives may be apart in two batches: kernels round otherwise."""

Inputs = Callable[[Sequence[int]], Mapping[str, Array]]
"""What gives the inputs of some samples, as the net takes them."""


class Unkept(Exception):
    """Why no features can be kept."""


class Extractor:
    """The frozen part of a net, loaded in onnxruntime."""

    def __init__(self, lower: CheckedGraph, weights: WeightSource) -> None:
        """Raises Unkept where onnxruntime cannot run it."""
        try:
            self.session = Session.from_checked(lower, weights)
        except Refusal as fault:
            raise Unkept(fault.message) from fault
        except UserError as error:
            raise Unkept(str(error)) from error
        self._dtypes = {spec.name: spec.dtype for spec in self.session.inputs}

    def batches(
        self, inputs: Inputs, wanted: Sequence[int], threads: int | None = None
    ) -> Iterator[dict[str, Array]]:
        """What it makes of some samples, in order and batch by batch.

        With one of `threads`, inputs are asked for in order. Raises UserError where a picture is
        damaged, Unkept where what a sample gives depends on the others of its batch.
        """
        starts = range(0, len(wanted), BATCH)
        checked = False
        parts = [wanted[start : start + BATCH] for start in starts]
        for given in ahead(inputs, parts, threads or os.cpu_count() or 1, AHEAD):
            made = self._run(given)
            if not checked:
                self._check(given, made)
                checked = True
            yield made

    def _run(self, given: Mapping[str, Array]) -> dict[str, Array]:
        return self.session.run(
            {name: given[name].astype(dtype, copy=False) for name, dtype in self._dtypes.items()}
        )

    def _check(self, given: Mapping[str, Array], made: Mapping[str, Array]) -> None:
        """Raises Unkept where samples give other features beside others."""
        count = len(next(iter(given.values())))
        some = np.arange(count)[::-1][: max(1, count // 2)]
        again = self._run({name: array[some] for name, array in given.items()})
        for name, array in made.items():
            if len(array) != count or difference(again[name], array[some]).scaled > ALIKE:
                raise Unkept(
                    f"what `{name}` gives for a sample depends on the other samples of its batch"
                )


def part_inputs(part: Part, names: Sequence[str]) -> Inputs:
    """The inputs of a part's samples, prepared for the net."""

    def inputs(indices: Sequence[int]) -> Mapping[str, Array]:
        made = input_arrays(part, indices)
        return {name: made[name] for name in names}

    return inputs


def augmented_inputs(
    recipe: Recipe, phase: Phase, part: Part, names: Sequence[str], number: int
) -> Inputs:
    """The inputs of a part's samples as a phase augments them in the pass of a number, from 1.

    What is drawn depends on the order in which samples are asked for. Raises UserError where the
    net cannot be augmented.
    """
    import tensorflow as tf

    augmenter = Augmenter(recipe, phase, number, part.preprocessing)
    raw = replace(part, preprocessing=None)

    def inputs(indices: Sequence[int]) -> Mapping[str, Array]:
        given = {name: tf.constant(array) for name, array in input_arrays(raw, indices).items()}
        made, _ = augmenter(given, {})
        return {name: np.asarray(made[name]) for name in names}

    return inputs
