"""Targets that are words: which classes they name, and the index of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from .specs import TargetSpec


def class_words(
    who: str, cells: Sequence[str], target: TargetSpec, given: Sequence[str]
) -> tuple[str, ...]:
    """The classes that words name, in order: those `given`, or sorted; none for other targets.

    Raises UserError for a word that is none of those given.
    """
    if not (target.is_class or target.is_side):
        return ()
    found = sorted(set(cells))
    if not given:
        return tuple(found)
    unknown = [word for word in found if word not in given]
    if unknown:
        raise UserError(f"{who}: the label `{unknown[0]}` is not one of `classes`")
    return tuple(given)


def class_indices(cells: Sequence[str], words: Sequence[str], where: Callable[[int], str]) -> Array:
    """The index of each word, `[cells]` int32.

    Raises UserError, which says `where` a word is that is no class.
    """
    index = {word: at for at, word in enumerate(words)}
    for at, word in enumerate(cells):
        if word not in index:
            raise UserError(f"{where(at)}: the class `{word}` is none of the training part's")
    return np.array([index[word] for word in cells], np.int32)
