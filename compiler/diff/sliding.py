"""Rows of equal layers that grew or shrank: which of the row came or went is not told by structure.

What was inserted between two matched layers can slide along a row as long as what it leaves behind
is equal to what it takes in, as a hunk of a text's diff can.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from itertools import accumulate

from ...dsl.record import record

Agree = Callable[[int, int], tuple[int, int]]


@record
class Slide:
    """A row of layers on the side that has fewer, and on the other side, which has `more` more.

    With the first `s` of the shorter row matched one by one from the left and the others from the
    right, every `s` is as good as any other. `grew` says that the new net has the longer row.
    """

    short: tuple[int, ...]
    long: tuple[int, ...]
    at: int
    """The `s` that is taken now."""
    grew: bool

    def pairs(self, left: int) -> list[tuple[int, int]]:
        """Old and new places with the first `left` matched from the left."""
        more = len(self.long) - len(self.short)
        found = [
            (each, self.long[place if place < left else place + more])
            for place, each in enumerate(self.short)
        ]
        return found if self.grew else [(b, a) for a, b in found]

    @property
    def pairs_now(self) -> list[tuple[int, int]]:
        """How the row is matched now."""
        return self.pairs(self.at)

    def open_pairs(self, first: int, last: int) -> list[tuple[int, int]]:
        """Every two places that one way matches and another does not, in order.

        The ways are those with `first` to `last` matched from the left.
        """
        return sorted({*self.pairs(first)} ^ {*self.pairs(last)})

    def scores(self, agree: Agree) -> list[tuple[int, int]]:
        """What names say for each way, from none matched from the left to all."""
        left = [agree(*pair) for pair in self.pairs(len(self.short))]
        right = [agree(*pair) for pair in self.pairs(0)]
        return list(
            zip(
                *[
                    [
                        a + b
                        for a, b in zip(
                            accumulate((each[which] for each in left), initial=0),
                            [*accumulate((each[which] for each in right[::-1]), initial=0)][::-1],
                            strict=True,
                        )
                    ]
                    for which in range(2)
                ],
                strict=True,
            )
        )


def slides(
    olds: Sequence[int],
    news: Sequence[int],
    there: Mapping[int, int],
    old_keys: Sequence[Hashable],
    new_keys: Sequence[Hashable],
    fixed: tuple[Set[int], Set[int]],
) -> Iterator[Slide]:
    """The rows of two sequences of places, matched by `there`, that grew or shrank.

    `fixed` are the places on both sides that keep their match.
    """
    back = {new: old for old, new in there.items()}
    yield from _grown(olds, news, back, new_keys, fixed[1], True)
    yield from _grown(news, olds, there, old_keys, fixed[0], False)


def _grown(
    short: Sequence[int],
    long: Sequence[int],
    mates: Mapping[int, int],
    keys: Sequence[Hashable],
    fixed: Set[int],
    grew: bool,
) -> Iterator[Slide]:
    place = {each: at for at, each in enumerate(short)}
    mate = [place.get(mates[at]) if at in mates else None for at in long]
    row = [keys[at] for at in long]
    start = 0
    while start < len(long):
        if long[start] in mates:
            start += 1
            continue
        end = start
        while end < len(long) and long[end] not in mates:
            end += 1
        before = mate[start - 1] if start else -1
        behind = mate[end] if end < len(long) else len(short)
        if before is not None and behind == before + 1:

            def keeps(at: int, step: int, last: int) -> bool:
                """Whether the place `at` is matched, not fixed, and beside the one before it."""
                return (
                    0 <= at < len(long)
                    and long[at] not in fixed
                    and mate[at] is not None
                    and mate[at] == last + step
                )

            up = down = 0
            last = behind
            while keeps(start - 1 - up, -1, last) and row[start - 1 - up] == row[end - 1 - up]:
                up, last = up + 1, last - 1
            last = before
            while keeps(end + down, 1, last) and row[start + down] == row[end + down]:
                down, last = down + 1, last + 1
            if up + down:
                yield Slide(
                    tuple(short[behind - up : behind + down]),
                    tuple(long[start - up : end + down]),
                    up,
                    grew,
                )
        start = end
