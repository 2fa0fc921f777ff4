"""Splits samples into training, validation and test parts: seeded, disjoint, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError


@dataclass(frozen=True)
class Split:
    """Which samples go where: sorted positions, disjoint, together all of them."""

    train: Array
    validation: Array
    test: Array


def split(
    who: str,
    count: int,
    labels: Array | None,
    shares: tuple[float, float],
    seed: int,
    classes: Sequence[str] = (),
) -> Split:
    """Splits `count` samples; `shares` are those of the validation and of the test part.

    With `labels` (a class index for each sample) every class is split by itself, so that each
    part has the classes in the same proportions. The same seed gives the same split. Raises
    UserError where a part, or a class in a part, would be left without a sample.
    """
    validation, test = shares
    if validation + test >= 1:
        raise UserError(
            f"{who}: validation_split={validation:g} and test_split={test:g} leave nothing to "
            "train on"
        )
    groups = [np.arange(count)] if labels is None else _groups(labels)
    found: tuple[list[Array], list[Array], list[Array]] = ([], [], [])
    for members in groups:
        key = 0 if labels is None or not len(members) else int(labels[members[0]])
        order = np.random.default_rng([seed % 2**32, key]).permutation(members)
        sizes = [round(len(order) * share) for share in (validation, test)]
        ends = np.cumsum([len(order) - sum(sizes), *sizes])
        parts = np.split(order, ends[:-1])
        names = ("the training", "the validation", "the test")
        for name, share, part in zip(names, (1.0, validation, test), parts, strict=True):
            if share and not len(part):
                what = "the samples are" if labels is None else _named(labels, members, classes)
                raise UserError(
                    f"{who}: {what} only {len(order)}, too few for a split that leaves "
                    f"{name} part one"
                )
        for into, part in zip(found, parts, strict=True):
            into.append(part)
    return Split(*(np.sort(np.concatenate(part)) for part in found))


def _groups(labels: Array) -> list[Array]:
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order])) + 1
    return [np.asarray(group) for group in np.split(order, starts)] if len(order) else []


def _named(labels: Array, members: Array, classes: Sequence[str]) -> str:
    index = int(labels[members[0]])
    name = f"`{classes[index]}`" if classes else str(index)
    return f"the samples of class {name} are"


def fold_numbers(
    who: str,
    count: int,
    labels: Array | None,
    folds: int,
    seed: int,
    classes: Sequence[str] = (),
) -> Array:
    """The fold of each of `count` samples, from 0: `[samples]`, as equal in size as can be.

    With `labels` (a class index for each sample) each class is spread over the folds as equally as
    can be. The same seed gives the same folds. Raises UserError where a fold, or a class in a fold,
    would be left without a sample.
    """
    if count < folds:
        raise UserError(f"{who}: {folds} folds of {count} samples leave some without one")
    groups = [np.arange(count)] if labels is None else _groups(labels)
    order: list[Array] = []
    for members in groups:
        key = 0 if labels is None else int(labels[members[0]])
        if len(members) < folds:
            assert labels is not None
            raise UserError(
                f"{who}: {_named(labels, members, classes)} only {len(members)}, too few for "
                f"{folds} folds that each have one"
            )
        order.append(np.random.default_rng([seed % 2**32, key]).permutation(members))
    found = np.empty(count, np.int32)
    # Dealt out class after class, so that neither classes nor folds differ by more than one.
    found[np.concatenate(order)] = np.arange(count) % folds
    return found
