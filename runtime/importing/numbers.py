"""Numbers of arrays as a `.net` file has them: short, finite."""

from __future__ import annotations

import numpy as np

from ...compiler.ops.base.backend import Array
from .unfit import Unfit

LARGEST = {"float16": 65504.0, "float32": 3.4e38, "float64": 1.7e308}
"""What stands for infinity, and what is near it, which a file cannot hold, in each dtype."""


def number(item: object) -> float:
    """A number as short as its dtype lets it be; a bool stays one."""
    if isinstance(item, np.floating):
        limit = LARGEST.get(item.dtype.name, 3.4e38)
        if abs(item) > limit:
            return limit if item > 0 else -limit
        short = float(str(item))
        return int(short) if short.is_integer() and abs(short) < 1e6 else short
    plain = item.item() if isinstance(item, np.generic) else item
    if not isinstance(plain, bool | int | float):
        raise Unfit("what is no number stands beside a tensor")
    return plain


def numbers(array: Array) -> object:
    """The numbers of an array as lists, each as short as its dtype lets it be."""
    if array.ndim == 0:
        return number(array[()])
    return [numbers(item) for item in array]


def counts(array: Array) -> bool:
    """Whether it is 0, 1, 2 and so on, along one axis."""
    return max(array.shape) == array.size and np.array_equal(array.ravel(), np.arange(array.size))
