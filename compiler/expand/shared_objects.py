"""Operators and objects that equal calls of all nets of this process share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ..ops.base.kinds import Word
from ..shapes.dims import Sym

MOST = 2000

_PLAIN = frozenset((int, bool, str, Word, Sym, type(None)))
"""Types of values that are one wherever they are equal. Of floats the zeros are not."""

OBJECTS: dict[Hashable, object] = {}
"""By what equal calls have in common."""


def keep_object(key: Hashable, values: Iterable[object], made: object) -> None:
    """Remembers what a call with some argument values made, if equal ones are the same."""
    if all(map(_is_plain, values)):
        if len(OBJECTS) >= MOST:
            OBJECTS.clear()
        OBJECTS[key] = made


def _is_plain(value: object) -> bool:
    if type(value) is tuple:
        return all(map(_is_plain, value))
    return type(value) in _PLAIN or (type(value) is float and value != 0)
