"""Random conditions on named sizes, and what they come to number by number."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import TypeAlias

from netc.compiler.legal.sets import Canonical
from netc.compiler.legal.solve import Legal
from netc.compiler.shapes.assume import Assumed, Condition
from netc.compiler.shapes.dims import (
    Dim,
    Sym,
    ceil_div,
    dim_max,
    dim_min,
    floor_div,
    substitute,
    symbol,
)

Meets: TypeAlias = Callable[..., bool]
"""Whether numbers for H, W and T meet all conditions."""

REACH = {1: 48, 2: 9, 3: 4}
"""Up to which number each name is tried, by how many names there are."""


def random_system(draw: random.Random) -> tuple[list[str], Assumed, Meets]:
    """Some names, one to four clauses of one or two conditions on them, and the same in Python."""
    names = ["H", "W", "T"][: draw.choice([1, 1, 2, 2, 3])]
    system, texts = Assumed(), []
    for _ in range(draw.randint(1, 4)):
        made = [_condition(draw, names) for _ in range(draw.choice([1, 1, 1, 2]))]
        system.clauses[tuple([condition for condition, _ in made])] = None
        texts.append(f"({' or '.join(text for _, text in made)})")
    meets: Meets = eval(f"lambda H=1, W=1, T=1: {' and '.join(texts)}")
    return names, system, meets


def random_sums(draw: random.Random) -> tuple[list[str], Assumed, Meets]:
    """Two or three names whose sums are equal, or at least as large as one another, and the same
    in Python; each part of a sum is on one name."""
    names = ["H", "W", "T"][: draw.choice([2, 2, 3])]
    system, texts = Assumed(), []
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        made = [_sum(draw, names) for _ in range(draw.choice([1, 1, 1, 2]))]
        system.clauses[tuple([condition for condition, _ in made])] = None
        texts.append(f"({' or '.join(text for _, text in made)})")
    meets: Meets = eval(f"lambda H=1, W=1, T=1: {' and '.join(texts)}")
    return names, system, meets


def _sum(draw: random.Random, names: list[str]) -> tuple[Condition, str]:
    while True:
        dim: Dim = draw.randint(-20, 40) * draw.choice([0, 1])
        text = str(dim)
        for name in draw.sample(names, draw.randint(1, len(names))):
            part, said = _part(draw, name)
            factor = draw.choice([1, 1, 1, -1, -1, 2, -2, 3, -5])
            dim, text = dim + part * factor, f"{text} + ({said}) * {factor}"
        if isinstance(dim, Sym):
            equal = draw.random() < 0.6
            return Condition(dim, equal), f"{text} {'==' if equal else '>='} 0"


def _part(draw: random.Random, name: str) -> tuple[Dim, str]:
    """What layers make of a length: strides, windows, windows after strides."""
    dim: Dim = symbol(name)
    text = name
    for _ in range(draw.randint(0, 2)):
        k, less = draw.randint(2, 8), draw.randint(0, 6)
        if draw.random() < 0.5:
            dim, text = floor_div(dim - less, k), f"(({text} - {less}) // {k})"
        else:
            again = draw.choice([1, k])
            dim, text = ceil_div(dim, k) * again, f"(-(-{text} // {k}) * {again})"
    return dim, text


def _condition(draw: random.Random, names: list[str]) -> tuple[Condition, str]:
    while True:
        used = [draw.choice(names)] if draw.random() < 0.7 else names
        left, left_text = _size(draw, used, draw.randint(1, 4))
        right, right_text = _size(draw, used, draw.randint(0, 3))
        if draw.random() < 0.2:
            right = draw.randint(-5, 40)
            right_text = str(right)
        dim = left - right
        if isinstance(dim, Sym):
            equal = draw.random() < 0.5
            return Condition(dim, equal), f"{left_text} {'==' if equal else '>='} {right_text}"


def _size(draw: random.Random, names: list[str], depth: int) -> tuple[Dim, str]:
    """A size, and the same in Python."""
    if depth == 0 or draw.random() < 0.15:
        name, number = draw.choice(names), draw.randint(-6, 9)
        return (symbol(name), name) if draw.random() < 0.75 else (number, str(number))
    a, text = _size(draw, names, depth - 1)
    k = draw.randint(2, 6)
    match draw.randrange(9):
        case 0 | 1:
            return a + (k - 4) * 3, f"({text} + {(k - 4) * 3})"
        case 2:
            factor = draw.choice([2, 2, 3, 4, -1, 5])
            return a * factor, f"({text} * {factor})"
        case 3 | 4:
            return floor_div(a, k), f"({text} // {k})"
        case 5:
            return ceil_div(a, k), f"-(-{text} // {k})"
        case 6:
            return a % k, f"({text} % {k})"
    b, other = _size(draw, names, depth - 1)
    match draw.randrange(6):
        case 0:
            return dim_max(a, b), f"max({text}, {other})"
        case 1:
            return dim_min(a, b), f"min({text}, {other})"
        case 2:
            return a * b, f"({text} * {other})"
        case 3:
            return a - b, f"({text} - {other})"
    return a + b, f"({text} + {other})"


def trials(draw: random.Random, names: list[str]) -> Iterator[dict[str, int]]:
    """All small numbers for some names, and some that are large."""
    for numbers in product(range(1, REACH[len(names)] + 1), repeat=len(names)):
        yield dict(zip(names, numbers, strict=True))
    for most in (100, 10_000, 1_000_000):
        yield {name: draw.randint(1, most) for name in names}


def allows(legal: Legal, sizes: Mapping[str, int]) -> bool:
    """Whether numbers are legal by what was decided, whatever is open."""
    for name, dim in legal.equals.items():
        if substitute(dim, sizes) != sizes[name]:
            return False
    for tie in legal.ties:
        if not any(met(condition, sizes) for condition in tie):
            return False
    return any(all(sizes[name] in numbers for name, numbers in b.items()) for b in legal.boxes)


def met(condition: Condition, sizes: Mapping[str, int]) -> bool:
    """Whether numbers meet a condition."""
    value = substitute(condition.dim, sizes)
    assert isinstance(value, int)
    return value == 0 if condition.equal else value >= 0


def described(exact: Canonical, number: int) -> bool:
    """Whether a number lies in the canonical form of a set."""
    if number >= exact.start and number % exact.period in exact.residues:
        return True
    return any(a <= number <= b and (number - a) % step == 0 for a, step, b in exact.runs)
