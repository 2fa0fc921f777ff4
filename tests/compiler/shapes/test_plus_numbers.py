"""Sizes plus numbers, which have a short way of their own, are what the long way makes."""

from __future__ import annotations

import random

import pytest
from netc.compiler.shapes.dims import (
    LARGEST,
    Dim,
    DimTooComplex,
    Sym,
    bounds,
    compare,
    dim_max,
    floor_div,
    symbol,
)


def drawn(rng: random.Random, depth: int = 0) -> Dim:
    """A random size of three names."""
    if depth > 2 or rng.random() < 0.3:
        return rng.choice((symbol("H"), symbol("W"), symbol("K"), rng.randint(-5, 9)))
    a, b = drawn(rng, depth + 1), drawn(rng, depth + 1)
    ways: tuple[Dim, ...] = (a + b, a - b, a * b, floor_div(a, rng.randint(1, 5)), dim_max(a, b))
    return rng.choice(ways)


def test_sums_and_comparisons() -> None:
    rng = random.Random(11)
    for _ in range(1500):
        size, number = drawn(rng), rng.choice((0, 1, -1, rng.randint(-9, 9)))
        found = size + number
        if isinstance(size, int) or isinstance(found, int):
            continue
        anew = Sym(found.terms)
        assert found == anew
        assert hash(found) == hash(anew)
        assert (found.size, found.depth) == (anew.size, anew.depth)
        assert found - number == size
        assert hash(found - number) == hash(size)
        for a, b in ((size, number), (number, size)):
            low, high = bounds(b - a)
            holds = True if low is not None and low >= 0 else None
            assert compare("<=", a, b) is (False if high is not None and high < 0 else holds)


def test_a_sum_past_the_widest_number_is_refused() -> None:
    with pytest.raises(DimTooComplex):
        symbol("H") + LARGEST + 1
