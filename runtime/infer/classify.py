"""Reads a classifier's output: the best classes with their names and scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...compiler.ops.base.backend import Array
from ...dsl.text.escape import readable_json
from ..errors import UserError
from ..files.tensors import TensorSpec

CLASSES = "netc.classes"
"""The key of a model's metadata that holds the class names, a JSON list of strings."""

TOLERANCE = 1e-3
"""How far the sum of a row of probabilities may be from 1."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One class of a sample. `name` is empty where the model keeps no class names."""

    name: str
    index: int
    score: float


def is_classifier(outputs: Sequence[TensorSpec]) -> bool:
    """Whether the outputs are one row of scores for each sample: a single float `[N, classes]`."""
    if len(outputs) != 1 or not outputs[0].dtype.startswith("float"):
        return False
    shape = outputs[0].shape
    return len(shape) == 2 and (shape[1] is None or shape[1] > 1)


def tells_two_apart(outputs: Sequence[TensorSpec], names: Sequence[str]) -> bool:
    """Whether the one output is the probability of the second of two named classes: `[N, 1]`."""
    one = len(outputs) == 1 and outputs[0].dtype.startswith("float")
    return one and len(names) == 2 and outputs[0].shape[1:] == (1,)


def both_sides(scores: Array) -> Array:
    """Of `[samples, 1]` the probabilities of both classes, `[samples, 2]`."""
    return np.concatenate([1 - scores, scores], axis=-1)


def are_probabilities(scores: Array) -> bool:
    """Whether every row of `[samples, classes]` lies in 0..1 and sums to 1."""
    if scores.size == 0 or not np.isfinite(scores).all():
        return False
    sums = scores.sum(axis=-1, dtype=np.float64)
    return bool(
        scores.min() >= 0
        and scores.max() <= 1 + TOLERANCE
        and np.allclose(sums, 1, rtol=0, atol=TOLERANCE)
    )


def top(scores: Array, k: int = 5, names: Sequence[str] = ()) -> list[list[Prediction]]:
    """For every row of `[samples, classes]` its `k` best classes, the best first.

    Equal scores keep the order of the classes; what is not a number comes last. Raises UserError
    where there are names, but not one for each class.
    """
    classes = scores.shape[-1]
    if names and len(names) != classes:
        named = f"{len(names)} class{'es' * (len(names) != 1)}"
        raise UserError(f"the model names {named}, but its output has {classes}")
    found = []
    for row in scores:
        order = np.argsort(-row.astype(np.float64), kind="stable")[:k]
        found.append([Prediction(names[i] if names else "", int(i), float(row[i])) for i in order])
    return found


def class_names(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """The class names a model keeps in its metadata; none where it keeps none.

    Raises UserError where they are not a JSON list of strings.
    """
    text = metadata.get(CLASSES)
    if text is None:
        return ()
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UserError(f"the model's metadata `{CLASSES}` is not a JSON list of strings")
    return tuple(names)


def classes_metadata(names: Sequence[str]) -> dict[str, str]:
    """The metadata that keeps class names in a model."""
    return {CLASSES: readable_json(list(names))}
