"""Draws large float32 arrays in place, in blocks that each have a stream of their own.

A block fits the processor's cache and blocks are drawn on all cores; since their streams do not
depend on one another, the values are the same on any number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backend import Array

BLOCK = 1 << 18
"""Elements in a block."""


def uniform(np: Any, rng: Any, shape: tuple[int, ...], low: float, high: float) -> Array:
    """Uniform in `low .. high`."""

    def draw(rng: Any, part: Array) -> None:
        rng.random(out=part, dtype=np.float32)
        part *= np.float32(high - low)
        part += np.float32(low)

    return _filled(np, rng, shape, draw)


def normal(np: Any, rng: Any, shape: tuple[int, ...], mean: float, stddev: float) -> Array:
    """Normal with a mean and a standard deviation."""

    def draw(rng: Any, part: Array) -> None:
        rng.standard_normal(out=part, dtype=np.float32)
        part *= np.float32(stddev)
        part += np.float32(mean)

    return _filled(np, rng, shape, draw)


def truncated(np: Any, rng: Any, shape: tuple[int, ...], mean: float, stddev: float) -> Array:
    """Normal with values beyond two standard deviations drawn again."""

    def draw(rng: Any, part: Array) -> None:
        rng.standard_normal(out=part, dtype=np.float32)
        outside = np.flatnonzero(np.abs(part) > 2)
        while outside.size:
            again = rng.standard_normal(outside.size, dtype=np.float32)
            part[outside] = again
            outside = outside[np.abs(again) > 2]
        part *= np.float32(stddev)
        part += np.float32(mean)

    return _filled(np, rng, shape, draw)


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Fan in and fan out of a kernel `(…window, in, out)`, as Keras counts them."""
    if not shape:
        return 1.0, 1.0
    if len(shape) == 1:
        return float(shape[0]), float(shape[0])
    window = 1
    for dim in shape[:-2]:
        window *= dim
    return float(shape[-2] * window), float(shape[-1] * window)


def _filled(np: Any, rng: Any, shape: tuple[int, ...], draw: Callable[[Any, Array], None]) -> Array:
    array: Array = np.empty(shape, np.float32)
    flat = array.reshape(-1)
    if flat.size <= BLOCK:
        draw(rng, flat)
        return array
    from concurrent.futures import ThreadPoolExecutor

    parts = [flat[start : start + BLOCK] for start in range(0, flat.size, BLOCK)]
    seeds = rng.integers(0, 1 << 63, size=(len(parts), 2)).tolist()

    def fill(seed: list[int], part: Array) -> None:
        draw(np.random.Generator(np.random.SFC64(seed)), part)

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(fill, seeds, parts):
            pass
    return array
