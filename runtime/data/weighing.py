"""How much each sample counts: the weights that data bring, and those of classes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.base import NONE
from ...compiler.recipe.recipe import Head, Phase, Recipe
from ..errors import UserError
from .arrays import real_targets
from .dataset import Part
from .encode import encoders
from .fit import require_finite, shown
from .text_table import read_table

Tensor: TypeAlias = Any


def fit_weights(who: str, raw: Array, names: Sequence[str]) -> Array:
    """The array as weights of samples: `[samples]` float32, at least 0, and not all of them 0.

    Raises UserError that names the first sample at fault.
    """
    if raw.dtype.kind not in "biuf":
        raise UserError(f"{who} holds {raw.dtype}, not numbers")
    if raw.size != len(names) or raw.shape[:1] != (len(names),):
        raise UserError(
            f"{who} is {shown(raw)}, but there are {len(names)} samples, each weighed by one number"
        )
    array = raw.reshape(len(names))
    require_finite(who, array, names)
    if (array < 0).any():
        at = int(np.argmax(array < 0))
        raise UserError(f"{who}: {names[at]} weighs {array[at]:g}; a weight is at least 0")
    with np.errstate(over="ignore"):
        made = np.asarray(array, np.float32)
    require_finite(who, made, names)
    return require_some(who, made)


def require_some(who: str, weights: Array) -> Array:
    """The weights of a part. Raises UserError where all are 0."""
    if not weights.any():
        raise UserError(f"{who}: all sample weights are 0, so no sample counts")
    return weights


def picture_weights(table: Path, files: Sequence[Path]) -> Array:
    """The weights that a table gives pictures, `[pictures]` float64.

    Its first column names them by their paths from its own folder, its second is the weight.
    Raises UserError where the table is damaged or misses a picture.
    """
    read = read_table(table, ",", None)
    if len(read.columns) != 2:
        raise UserError(
            f"{table}: has {len(read.columns)} columns; weights of pictures are in two, the path "
            "of a picture and its weight"
        )
    weights = read.values([1])[:, 0]
    given: dict[str, float] = {}
    for row, path in enumerate(read.text(0)):
        if path in given:
            raise UserError(f"{read.where(row, 0)}: `{path}` is there twice")
        given[path] = float(weights[row])
    found = []
    for file in files:
        path = Path(os.path.relpath(file, table.parent)).as_posix()
        if path not in given:
            raise UserError(f"{table}: gives no weight for `{path}`")
        found.append(given[path])
    return np.array(found, np.float64)


class Weighing:
    """Makes the weights of a batch: those of its samples times those of their classes."""

    def __init__(
        self,
        tf: Any,
        part: Part,
        recipe: Recipe,
        heads: Sequence[Head],
        classes: Mapping[str, Array],
    ) -> None:
        """`classes` are the weights of classes by output."""
        self.tf = tf
        self.samples = None if part.weights is None else tf.constant(part.weights)
        self.classes = {name: tf.constant(weights) for name, weights in classes.items()}
        graph = recipe.trained.graph
        ranks = {output.name: graph.type(output.ref).rank for output in graph.outputs}
        self.ranks = {head.output: ranks[head.output] - (head.targets != NONE) for head in heads}
        """The axes that the loss of each output has before its mean is taken."""

    def of(self, at: Tensor, targets: Mapping[str, Tensor]) -> Tensor | dict[str, Tensor] | None:
        """The weights at some positions, of targets as a `Part` holds them; None: all alike.

        Bare for one output; by name for several.
        """
        if self.samples is None and not self.classes:
            return None
        made = {name: self._of(at, name, targets.get(name)) for name in self.ranks}
        return made if len(made) > 1 else next(iter(made.values()))

    def _of(self, at: Tensor, name: str, targets: Tensor | None) -> Tensor:
        tf, rank = self.tf, max(self.ranks[name], 1)
        own = tf.ones(tf.shape(at)) if self.samples is None else tf.gather(self.samples, at)
        own = tf.reshape(own, (-1, *(1,) * (rank - 1)))
        if targets is None:
            return own
        if name in self.classes:
            # An index past the classes is one that the loss leaves out.
            last = len(self.classes[name]) - 1
            return own * tf.gather(self.classes[name], tf.minimum(targets, last))
        # Of pixels and steps, one for each: a mean over weights counts them all.
        return tf.broadcast_to(own, tf.shape(targets)[:rank])


def class_weights(part: Part, recipe: Recipe, phase: Phase) -> Mapping[str, Array]:
    """The weight of each class, float32, for each output whose classes a phase weighs.

    Raises UserError where they do not fit the classes.
    """
    found: dict[str, Array] = {}
    known = {each.name: each for each in encoders(recipe, phase.heads)}
    for head in phase.heads:
        weights = head.class_weight
        if weights is None and head.output in known:
            weights = phase.class_weight
        if weights is None:
            continue
        encoder = known.get(head.output)
        classes = None if encoder is None else encoder.classes(part)
        if encoder is None or classes is None:
            raise UserError(
                f"class_weight weighs the classes of outputs that learn classes; `{head.output}` "
                f"of `{recipe.name}` does not"
            )
        labels = real_targets(part, encoder.source)
        found[head.output] = _weights(head.output, weights, labels, classes)
    return found


def _weights(output: str, weights: tuple[float, ...] | str, labels: Array, classes: int) -> Array:
    # An index that does not count, of a mask's border, is no class.
    counts = np.bincount(labels[labels < classes], minlength=classes)
    if isinstance(weights, str):
        missing = np.flatnonzero(counts == 0)
        if len(missing):
            raise UserError(
                f'class_weight = "balanced": the class {missing[0]} has no training sample'
            )
        return np.asarray(counts.sum() / (len(counts) * counts), np.float32)
    if len(weights) != len(counts):
        raise UserError(
            f"class_weight has {len(weights)} values, but the output `{output}` has "
            f"{len(counts)} classes"
        )
    return np.array(weights, np.float32)
