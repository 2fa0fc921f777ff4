"""Numbers that divide another: those nearest to a number that does not."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 4
"""How many are named."""
LARGEST = 1_000_000
"""Past this nobody looks for divisors."""


def near(whole: int, wanted: int) -> list[int]:
    """The divisors of a number that are nearest to another, the nearest first.

    1 and the number itself are among them where it has no others.
    """
    if not 2 <= whole <= LARGEST:
        return []
    small = [n for n in range(1, int(whole**0.5) + 1) if whole % n == 0]
    divisors = {*small, *(whole // n for n in small)}
    inner = [n for n in divisors if 1 < n < whole] or list(divisors)
    return sorted(inner, key=lambda n: (abs(n - wanted), n))[:NAMED]


def listed(numbers: Sequence[int], word: str = "and") -> str:
    """`8, 12 and 16`, in order."""
    texts = [str(number) for number in sorted(numbers)]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"
