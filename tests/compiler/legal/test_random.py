"""What is decided of random conditions is what trying each number says."""

from __future__ import annotations

import random

import pytest
from netc.compiler.legal.solve import solve

from tests.compiler.legal.systems import allows, described, random_system, trials


def check(seed: int, count: int) -> float:
    """Tries some systems; returns which part of them was left open."""
    draw = random.Random(seed)
    undecided = 0
    for _ in range(count):
        names, system, meets = random_system(draw)
        legal = solve(system, names)
        undecided += bool(legal.undecided)
        for sizes in trials(draw, names):
            decided, true = allows(legal, sizes), meets(**sizes)
            # What is open may rule out more, never less.
            assert decided == true or (decided and legal.undecided), (system, sizes, legal)
        for name in names:
            numbers = legal.of(name)
            if numbers is None:
                continue
            rest, exact = ~numbers, numbers.canonical()
            for number in (*range(1, 40), draw.randint(1, 10**6)):
                inside = number in numbers
                assert described(exact, number) == inside, (system, numbers, number)
                assert (number in rest) != inside, (system, numbers, number)
    return undecided / count


def test_five_thousand_systems() -> None:
    assert check(11, 5_000) < 0.15


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_hundred_thousand_systems(seed: int) -> None:
    assert check(1000 + seed, 5_000) < 0.15
