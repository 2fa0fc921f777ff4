"""What several places have in common: parameters for the numbers that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..names import fresh
from ..steps import Argument
from .tokens import Token

SHORT = {
    "kernel_size": "kernel",
    "pool_size": "pool",
    "num_heads": "heads",
    "key_dim": "key",
    "target_shape": "shape",
    "dilation_rate": "dilation",
    "return_sequences": "sequences",
    "input_dim": "count",
    "output_dim": "width",
}


class Absent:
    """Stands at the numbers of a part that a place has not."""


ABSENT = Absent()


@dataclass(frozen=True)
class Unified:
    """The parameters of some places, and what each place gives for them."""

    parameters: tuple[str, ...]
    texts: tuple[str, ...]
    """What stands at each number: itself, a parameter, or a multiple of one."""
    given: Sequence[tuple[Argument, ...]]
    roles: tuple[str, ...]


def unified(found: Sequence[Sequence[Token]]) -> Unified:
    """The numbers of places whose tokens have the same signs."""
    rows = [[number for token in tokens for number in token.numbers] for tokens in found]
    made = unify(rows, [role for token in found[0] for role in token.roles])
    assert made is not None
    return made


def unify(rows: Sequence[Sequence[Argument]], roles: Sequence[str]) -> Unified | None:
    """The same of rows of numbers; None where a parameter would be unknown in some place."""
    columns = list(zip(*rows, strict=True))
    texts: list[str] = [""] * len(columns)
    bases: list[int] = []
    of: dict[int, tuple[int, int]] = {}
    varying = [
        at
        for at, column in enumerate(columns)
        if len({str(item) for item in column if item is not ABSENT}) > 1
    ]
    whole = {at for at in varying if all(_whole(item) for item in columns[at])}
    for at, column in enumerate(columns):
        if at not in varying:
            item = next(item for item in column if item is not ABSENT)
            texts[at] = str(item).lower() if isinstance(item, bool) else str(item)
            if not isinstance(item, int):
                bases.append(at)
                of[at] = at, 1
    # Smaller ones first, so that others are multiples of them; those of every place before others.
    order = sorted(
        varying,
        key=lambda at: (ABSENT in columns[at], at not in whole, _magnitude(columns[at]), at),
    )
    for at in order:
        column = columns[at]
        for base in bases:
            factor = _factor(column, columns[base]) if {at, base} <= whole else None
            if factor is None and _same(column, columns[base]):
                factor = 1
            if factor is not None:
                of[at] = base, factor
                break
        else:
            if ABSENT in column:
                return None
            bases.append(at)
            of[at] = at, 1
    bases.sort()
    names: dict[int, str] = {}
    for base in bases:
        names[base] = fresh(SHORT.get(roles[base], roles[base]), names.values())
    for at, (base, factor) in of.items():
        texts[at] = names[base] if factor == 1 else f"{factor} * {names[base]}"
    return Unified(
        tuple(names.values()),
        tuple(texts),
        [tuple(row[base] for base in bases) for row in rows],
        tuple(roles[base] for base in bases),
    )


def _whole(item: Argument) -> bool:
    return item is ABSENT or (isinstance(item, int) and not isinstance(item, bool))


def _magnitude(column: Sequence[Argument]) -> str:
    return str(next(item for item in column if item is not ABSENT)).zfill(9)


def _same(column: Sequence[Argument], base: Sequence[Argument]) -> bool:
    return all(a is ABSENT or a == b for a, b in zip(column, base, strict=True))


def _factor(column: Sequence[Argument], base: Sequence[Argument]) -> int | None:
    """How many times the base a column is, everywhere."""
    factor: int | None = None
    for a, b in zip(column, base, strict=True):
        if a is ABSENT:
            continue
        if not isinstance(a, int) or not isinstance(b, int) or b == 0 or a % b:
            return None
        if factor is None:
            factor = a // b
        if a != factor * b:
            return None
    return factor if factor is not None and factor > 0 else None
