"""Regions with one way in and one way out: where branches part and are joined again."""

from __future__ import annotations

from collections.abc import Sequence

from ..steps import Value
from .tokens import Token, last_reads, uses_of

LONGEST = 48
"""The most tokens that a block is made of."""
MANY, FAR = 3, 24
"""What is read so often, over so many tokens, is a memory to look into: it does not part there."""


def regions(tokens: Sequence[Token], results: Sequence[Value]) -> list[range]:
    """The places of the tokens from where one tensor parts to where its branches meet.

    The value that parts is the immediate dominator of the token that joins (Cooper, Harvey and
    Kennedy 2001, "A Simple, Fast Dominance Algorithm"). What depends on no input does not count.
    """
    made = {value: at for at, token in enumerate(tokens) for value in token.exits}
    last = last_reads(tokens, results)
    first = {v: at for at, token in reversed(list(enumerate(tokens))) for v in token.entries}
    uses = uses_of(tokens, results)
    far = {v for v, at in last.items() if uses[v] >= MANY and at - first.get(v, at) > FAR}
    above: list[int | None] = []
    found: list[range] = []
    for at, token in enumerate(tokens):
        near = [v for v in token.entries if v not in far] or token.entries
        before = [made.get(value, -1) for value in near]
        before = [place for place in before if place < 0 or above[place] is not None]
        if not before:
            above.append(None)
            continue
        top = before[0]
        for place in before[1:]:
            top = _common(top, place, above)
        above.append(top)
        if len(set(before)) > 1 and at - top <= LONGEST:
            inside = range(top + 1, at + 1)
            if all(last.get(v, -1) <= at for p in inside[:-1] for v in tokens[p].exits):
                found.append(inside)
    return found


def _common(a: int, b: int, above: Sequence[int | None]) -> int:
    """The nearest token that two others both come from; -1 for the inputs."""
    while a != b:
        if a > b:
            up = above[a]
            a = -1 if up is None else up
        else:
            up = above[b]
            b = -1 if up is None else up
    return a
