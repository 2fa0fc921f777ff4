"""What is decided of random conditions is what trying each number says."""

from __future__ import annotations

import random

import pytest
from netc.compiler.legal.solve import solve
from netc.compiler.shapes.assume import Assumed, Condition
from netc.compiler.shapes.dims import symbol

from tests.compiler.legal.systems import allows, described, random_sums, random_system, trials


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


def check_sums(seed: int, count: int) -> float:
    """Tries some systems whose names meet in sums; returns which part of them was left open."""
    draw = random.Random(seed)
    undecided = 0
    for _ in range(count):
        names, system, meets = random_sums(draw)
        legal = solve(system, names)
        undecided += bool(legal.undecided)
        reached: dict[str, set[int]] = {name: set() for name in names}
        for sizes in trials(draw, names):
            decided, true = allows(legal, sizes), meets(**sizes)
            assert decided == true or (decided and legal.undecided), (system, sizes, legal)
            if true:
                for name in names:
                    reached[name].add(sizes[name])
        first = legal.first()
        assert first is None or meets(**first), (system, legal, first)
        if legal.undecided:
            continue
        assert (first is not None) == bool(legal.boxes), (system, legal)
        assert first is not None or not any(reached.values()), (system, legal)
        name = draw.choice(names)
        numbers = legal.of(name)
        if numbers is None:
            continue
        assert all(number in numbers for number in reached[name]), (system, legal, name)
        number = draw.randint(1, 30)
        if number not in reached[name]:
            # Where others suit a number, some can be shown; else none were found above.
            said = (Condition(symbol(name) - number, equal=True),)
            narrower = solve(Assumed({**system.clauses, said: None}), names)
            found = narrower.first()
            agrees = (number in numbers) == (found is not None)
            assert agrees or narrower.undecided, (system, legal, name, number)
            assert found is None or (found[name] == number and meets(**found)), (system, found)
    return undecided / count


def test_sums_of_two_and_three_names() -> None:
    assert check_sums(11, 1_000) < 0.06


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_hundred_thousand_sums(seed: int) -> None:
    assert check_sums(1000 + seed, 5_000) < 0.06
