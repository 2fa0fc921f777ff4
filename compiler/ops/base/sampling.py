"""Draws large float32 arrays in place, in blocks that each have a stream of their own.

A block fits the processor's cache and blocks are drawn on all cores; since their streams do not
depend on one another, the values are the same on any number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backend import Array

BLOCK = 1 << 18
"""Elements in a block."""
PIECE = 1 << 16
"""Elements that are computed at once where several passes are made over them."""
PLACE_BITS = 20
"""Of 32 random bits, those that place a number within its strip; the others pick the strip."""


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
    """Normal, cut at two standard deviations (`stddev` is that before the cut).

    A random number picks one of equally likely strips of the distribution and a place in it: half
    the time of drawing normals and drawing those outside again.
    """
    edges = _strips(np) * stddev + mean
    lows = edges[:-1].astype(np.float32)
    slopes = (np.diff(edges) / (1 << PLACE_BITS)).astype(np.float32)

    def draw(rng: Any, part: Array) -> None:
        # Small pieces: their temporary arrays stay in the cache and are not mapped anew.
        for start in range(0, part.size, PIECE):
            piece = part[start : start + PIECE]
            bits = rng.integers(0, 1 << 32, piece.size, dtype=np.uint32)
            strip = (bits >> PLACE_BITS).view(np.int32)
            bits &= (1 << PLACE_BITS) - 1
            piece[:] = bits.view(np.int32)
            # "clip" keeps NumPy from checking every index.
            piece *= slopes.take(strip, mode="clip")
            piece += lows.take(strip, mode="clip")

    return _filled(np, rng, shape, draw)


@lru_cache(maxsize=1)
def _strips(np: Any) -> Array:
    """The edges of 4096 equally likely strips of the standard normal within -2 .. 2."""
    x = np.linspace(-2.0, 2.0, (1 << 15) + 1)
    density = np.exp(-x * x / 2)
    below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    edges: Array = np.interp(
        np.linspace(0.0, 1.0, (1 << (32 - PLACE_BITS)) + 1), below / below[-1], x
    )
    return edges


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
