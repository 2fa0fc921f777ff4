"""Large amounts in few digits, with the letter of a unit."""

from __future__ import annotations

from collections.abc import Sequence

DECIMAL = (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3))
BINARY = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def scaled(amount: float, units: Sequence[tuple[str, int]], digits: int = 3) -> tuple[str, str]:
    """An amount in the largest of some units of which it is one at least, and that unit.

    What is below all of them has no unit. Numbers have so many digits, whole ones all of theirs;
    none has an exponent: `("2.36", "M")`, `("1016", "KiB")`.
    """
    for unit, size in units:
        if float(f"{amount / size:.{digits}g}") >= 1:
            return significant(amount / size, digits), unit
    return significant(amount, digits), ""


def significant(value: float, digits: int) -> str:
    """A number that is not negative in so many digits, whole ones all of theirs."""
    return f"{value:.0f}" if value >= 10 ** (digits - 1) else f"{value:.{digits}g}"
