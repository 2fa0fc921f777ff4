"""Sequences that come one by one, from files or lines, made into the parts of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.source_sequences import jsonl, sequence_folder
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from ..files.tensors import TensorSpec
from .dataset import Dataset, Part
from .decode import SHARE, free_memory
from .fit import check_count, shown
from .fit_steps import Raw
from .labels import class_indices, class_words
from .parts import Shares, dataset, divided, fitted
from .specs import TargetSpec, only_input, target_specs
from .steps import stacked

Source: TypeAlias = sequence_folder | jsonl
Label: TypeAlias = "str | Array"
"""What a sequence teaches: a word, a number, or an array of either."""


@dataclass(frozen=True)
class Listed:
    """The sequences of a part."""

    who: str
    arrays: Sequence[Array]
    """`[steps, …]` each."""
    names: Sequence[str]
    """What each is called."""
    labels: Sequence[Label]
    """What each teaches; where the output has steps one for each of them."""
    where: Callable[[int], str]
    """Says where the label of a sequence is."""
    weights: Array | None = None


class Taking:
    """The input that sequences go into, and the output that they teach."""

    def __init__(self, recipe: Recipe, source: Source) -> None:
        """Raises UserError for a net of several."""
        made, name = recipe.sequences, type(source).__name__
        self.recipe, self.source = recipe, source
        self.input = only_input(recipe, name, None if made is None else made.mask)
        targets = target_specs(recipe)
        if made is None:
            raise UserError(
                f"{name} brings sequences, [steps, …], and the input `{self.input.name}` is "
                f"{self.input}"
            )
        if len(targets) != 1:
            listed = ", ".join(f"`{target.name}`" for target in targets)
            raise UserError(
                f"{name} teaches one output; `{recipe.name}` teaches {len(targets)} ({listed})"
            )
        self.target: TargetSpec = targets[0]
        self.by_step = self.target.name in made.steps
        self._length = made.length
        self._held = 0

    def steps(self, who: str, array: Array) -> Array:
        """An array as the steps of one sequence, no more of them than the net takes.

        Raises UserError where it is none, or all so far take too much memory.
        """
        made = as_steps(who, array, self.input)[: self._length]
        self._held += made.nbytes
        if self._held > free_memory() // SHARE:
            raise UserError(
                f"{who}: the sequences up to here take {self._held / 2**20:,.1f} MiB, more than a "
                "quarter of the free memory; give fewer, or a smaller dtype such as uint8"
            )
        return np.array(made)

    def dataset(self, given: Mapping[str, Listed]) -> Dataset:
        """The parts as a dataset. Raises UserError where they do not fit the net."""
        source, target = self.source, self.target
        words = self._words(given["train"])
        classes = words or source.classes
        if classes:
            check_count(given["train"].who, classes, target)
        parts = {name: self._part(name, one, words) for name, one in given.items()}
        shares = Shares(source.validation_split, source.test_split, source.seed)
        return dataset(divided(self.recipe, source.path, parts, shares, classes), classes)

    def _words(self, train: Listed) -> tuple[str, ...]:
        cells = [word for label in train.labels for word in _words_in(label)]
        if not cells:
            return ()
        _require_words(train, True)
        words = class_words(train.who, cells, self.target, self.source.classes)
        if not words and not (self.target.is_class or self.target.is_side):
            raise UserError(
                f"{train.where(0)}: `{cells[0][:40]}` is a word, and `{self.target.name}` learns "
                "numbers"
            )
        return words

    def _part(self, name: str, one: Listed, words: Sequence[str]) -> Part:
        values, lengths = stacked(one.arrays)
        labels = self._numbers(one, words)
        if self.by_step:
            whole = [label[: len(steps)] for label, steps in zip(labels, one.arrays, strict=True)]
            targets = stacked(whole)[0]
        else:
            targets = _alike(one, labels)
        raw = Raw(
            one.who,
            {self.input.name: values},
            {self.target.name: targets},
            one.names,
            weights=one.weights,
            lengths=lengths,
        )
        return fitted(self.recipe, name, raw)

    def _numbers(self, one: Listed, words: Sequence[str]) -> list[Array]:
        """The labels as numbers. Raises UserError."""
        _require_words(one, bool(words))
        found: list[Array] = []
        for at, label in enumerate(one.labels):
            cells = _words_in(label)
            if cells:
                indices = class_indices(cells, words, _at(one.where(at)))
                found.append(indices[0] if isinstance(label, str) else indices)
            else:
                found.append(np.asarray(label))
        return found


def _require_words(listed: Listed, are_words: bool) -> None:
    """Raises UserError for a sequence that teaches a number where others teach words."""
    for at, label in enumerate(listed.labels):
        if bool(_words_in(label)) != are_words:
            has, other = ("numbers", "words") if are_words else ("words", "numbers")
            raise UserError(f"{listed.where(at)}: holds {has}, and others hold {other}")


def _words_in(label: Label) -> list[str]:
    if isinstance(label, str):
        return [label]
    return [str(each) for each in label.reshape(-1)] if label.dtype.kind == "U" else []


def _at(place: str) -> Callable[[int], str]:
    return lambda _: place


def _alike(one: Listed, labels: Sequence[Array]) -> Array:
    """The labels of all samples as one array. Raises UserError where they differ in shape."""
    for at, label in enumerate(labels):
        if label.shape != labels[0].shape:
            raise UserError(
                f"{one.where(at)}: has {shown(label)}, and the first sequence "
                f"{shown(labels[0])}; a sequence has one target"
            )
    return np.stack(labels)


def as_steps(who: str, array: Array, spec: TensorSpec) -> Array:
    """An array as the steps of one sequence, `[steps, …]`, of the sizes that an input has.

    A step may come flat, or without axes of size 1. Raises UserError.
    """
    inner = spec.shape[2:]
    wanted = f"steps of [{', '.join('?' if size is None else str(size) for size in inner)}]"
    if not inner:
        wanted = "one number a step"
    if array.dtype.kind not in "biuf":
        raise UserError(f"{who} holds {array.dtype}, not numbers")
    if array.ndim and not len(array):
        raise UserError(f"{who} has 0 steps; a sequence has at least one")
    fits = array.ndim == len(inner) + 1 and all(
        size in (None, own) for size, own in zip(inner, array.shape[1:], strict=True)
    )
    if fits:
        return array
    sizes = [size for size in inner if size is not None]
    if array.ndim and len(sizes) == len(inner) and array.size == len(array) * prod(sizes):
        return array.reshape(len(array), *sizes)
    raise UserError(f"{who} is {shown(array)}, but a sequence of `{spec.name}` {spec} is {wanted}")
