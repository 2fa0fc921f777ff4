"""Which lines of `expect` blocks came, went or changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from ...dsl.record import record


@record
class ContractChange:
    """One line of a contract; `old` is empty where it is new, `new` where it is gone."""

    old: str
    new: str

    @classmethod
    def between(cls, old: Sequence[str], new: Sequence[str]) -> tuple[Self, ...]:
        """The changed lines: those of one left side are one line that changed."""
        gone = [line for line in old if line not in new]
        came = [line for line in new if line not in old]
        found: list[Self] = []
        for line in gone:
            same = [other for other in came if _measure(other) == _measure(line)]
            if len(same) == 1 and sum(_measure(each) == _measure(line) for each in gone) == 1:
                came.remove(same[0])
                found.append(cls(line, same[0]))
            else:
                found.append(cls(line, ""))
        return (*found, *(cls("", line) for line in came))


def _measure(line: str) -> str:
    """What a line compares: all before its first comparison."""
    return min((line.split(sign)[0] for sign in "=<>!"), key=len).strip()
