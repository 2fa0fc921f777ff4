"""Finds the objects that a recipe names or calls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ...ops.base.declare import construct
from .base import RecipeObject
from .families import called, families


def class_of(name: str, classes: Sequence[type] = (RecipeObject,)) -> type[RecipeObject] | None:
    """The class that a call of a name makes; of two of one name that which is asked for.

    A word can be called too: `categorical_crossentropy(from_logits=true)`.
    """
    wanted = tuple(classes)
    found = [cls for _, cls in called(name)]
    return next((cls for cls in found if issubclass(cls, wanted)), found[0] if found else None)


def by_name(name: str, classes: Sequence[type]) -> RecipeObject | None:
    """The object that a bare name stands for; None where no such object of these classes is.

    Raises Refusal where the defaults alone make none.
    """
    cls = class_of(name, classes)
    if cls is None or not issubclass(cls, tuple(classes)):
        return None
    return construct(cls, cls.given_by(name))


@cache
def _names(classes: tuple[type, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for family in families():
        found |= {n: None for n, cls in family.classes.items() if issubclass(cls, classes)}
        found |= {n: None for n, cls in family.words.items() if issubclass(cls, classes)}
    return tuple(found)


def names(classes: Sequence[type] = (RecipeObject,)) -> Sequence[str]:
    """The names of everything of some classes, for suggestions."""
    return _names(tuple(classes))
