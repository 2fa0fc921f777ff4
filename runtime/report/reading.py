"""Reads a head's outputs: as classes with their probabilities, or as values next to the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.base import CLASSES, SIDES
from ...compiler.recipe.objects.formulas import log_softmax, sigmoid
from ...compiler.recipe.recipe import Head, Recipe
from ..data.dataset import Part
from .measures import encoded_targets


@dataclass(frozen=True)
class Classified:
    """What a head that tells classes apart said of every sample.

    `truth` and `predicted` are class indices `[samples]`, `scores` is `[samples, classes]`.
    A net that classifies every pixel or step gives a sample for each; `single` says that it
    gives one class a sample of the data.
    """

    output: str
    classes: tuple[str, ...]
    truth: Array
    predicted: Array
    scores: Array
    single: bool

    @property
    def accuracy(self) -> float:
        """The share that is right."""
        return float((self.truth == self.predicted).mean()) if len(self.truth) else 0.0


@dataclass(frozen=True)
class Estimated:
    """What a head of values said: targets and outputs, `[samples, …]`."""

    output: str
    truth: Array
    predicted: Array


def classified(
    recipe: Recipe, part: Part, outputs: Mapping[str, Array], names: Sequence[str]
) -> Classified | None:
    """The first head that tells classes apart, read; None where there is no such head.

    Classes without names are called by their numbers.
    """
    for head in _given(recipe):
        y, p = _pair(recipe, head, part, outputs)
        if p.ndim < 2 or not len(p):
            continue
        if head.targets in CLASSES and p.shape[-1] > 1:
            scores = np.asarray(p, np.float64)
            if _from_logits(head):
                scores = np.exp(log_softmax(np, scores))
            truth = y if y.ndim == p.ndim - 1 else y.argmax(axis=-1)
        elif head.targets in SIDES and p.shape[-1] == 1 and _two_sided(y):
            one = _side(head, np.asarray(p[..., 0], np.float64))
            scores = np.stack([1 - one, one], axis=-1)
            truth = (y[..., 0] > (0.5 if head.targets == "binary" else 0)).astype(np.int32)
        else:
            continue
        count = scores.shape[-1]
        scores = scores.reshape(-1, count)
        steps = head.source in part.with_steps or head.output in part.masks
        single = len(scores) == len(part) and not steps
        called = tuple(names) if len(names) == count else tuple(map(str, range(count)))
        truth = np.asarray(truth, np.int32).reshape(-1)
        return Classified(head.output, called, truth, _highest(scores), scores, single)
    return None


def estimated(recipe: Recipe, part: Part, outputs: Mapping[str, Array]) -> Estimated | None:
    """The first head of values; None where there is no such head.

    Shares between 0 and 1, as the pixels that an autoencoder gives back, are values too.
    """
    for head in _given(recipe):
        y, p = _pair(recipe, head, part, outputs)
        values = head.targets == "values" or (head.targets == "binary" and not _two_sided(y))
        if values and y.shape == p.shape and len(p):
            p = np.asarray(p, np.float64)
            found = sigmoid(np, p) if _from_logits(head) else p
            return Estimated(head.output, np.asarray(y, np.float64), found)
    return None


def _given(recipe: Recipe) -> list[Head]:
    """The heads whose output the model gives."""
    return [head for head in recipe.phases[-1].heads if not head.inner]


def _pair(
    recipe: Recipe, head: Head, part: Part, outputs: Mapping[str, Array]
) -> tuple[Array, Array]:
    return encoded_targets(recipe, [head], part)[head.output], outputs[head.output]


def _two_sided(y: Array) -> bool:
    """Whether targets say yes or no, and nothing between."""
    return bool(np.isin(y, (-1, 0, 1)).all())


def _highest(scores: Array) -> Array:
    """The class of each row; one of two with the same score is 0, as a threshold has it."""
    return np.asarray(scores.argmax(axis=-1), np.int32)


def _from_logits(head: Head) -> bool:
    return bool(getattr(head.loss, "from_logits", False))


def _side(head: Head, p: Array) -> Array:
    """How likely class 1 is; a score that hinge loss made lies around 0, not 0.5."""
    if _from_logits(head):
        return sigmoid(np, p)
    return (np.clip(p, -1, 1) + 1) / 2 if head.targets == "signs" else p
