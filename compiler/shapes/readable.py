"""Where named sizes can be read: the inputs of a net that have them on an axis."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.record import record
from .dims import NameAtom, names
from .types import TensorType


@record
class Reading:
    """A named size is what is left of an axis of an input, less `offset`, divided by `factor`."""

    input: int
    axis: int
    factor: int
    offset: int


def readable(types: Sequence[TensorType]) -> dict[str, Reading]:
    """Where each named size of a net can be read from its inputs' shapes.

    A size that stands only in expressions of several names is not among them.
    """
    found: dict[str, Reading] = {}
    for index, type in enumerate(types):
        for axis, dim in enumerate(type.shape):
            if isinstance(dim, int) or len(names(dim)) != 1:
                continue
            (name,) = names(dim)
            constant = sum(c for mono, c in dim.terms if not mono)
            slopes = [(mono, c) for mono, c in dim.terms if mono]
            linear = len(slopes) == 1 and slopes[0][0][0] == (NameAtom(name), 1)
            linear = linear and len(slopes[0][0]) == 1
            if linear and (name not in found or slopes[0][1] == 1):
                found[name] = Reading(index, axis, slopes[0][1], constant)
    return found
