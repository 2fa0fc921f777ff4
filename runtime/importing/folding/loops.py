"""Calls of a block in a row, and rounds of a few tokens that differ in numbers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..steps import Value
from .tokens import Token, last_reads, makers, uses_of
from .unify import unified
from .windows import MOST_PARAMETERS

LONGEST_ROUND = 8


def looped(tokens: Sequence[Token], results: Sequence[Value]) -> list[Token]:
    """The tokens with their rows and rounds as one token each."""
    return _rounds(_rows(tokens, uses_of(tokens, results)), results)


def _rows(tokens: Sequence[Token], uses: Mapping[Value, int]) -> list[Token]:
    """Calls of a block with the same numbers, one after the other, as one that is repeated."""
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        token, end = tokens[at], at + 1
        if token.block is None or len(token.entries) != 1 or len(token.exits) != 1:
            made.append(token)
            at = end
            continue
        while end < len(tokens) and _goes_on(tokens[end - 1], tokens[end], uses):
            end += 1
        run = tokens[at:end]
        made.append(
            Token(
                ("times", token.sign),
                (*token.numbers, end - at),
                (*token.roles, "depth"),
                tuple(step for each in run for step in each.steps),
                token.entries,
                run[-1].exits,
                block=token.block,
                rounds=tuple((each,) for each in run),
            )
        )
        at = end
    return made


def _goes_on(a: Token, b: Token, uses: Mapping[Value, int]) -> bool:
    same = a.sign == b.sign and a.numbers == b.numbers
    return same and b.entries == a.exits and uses[a.exits[0]] == 1


def _rounds(tokens: Sequence[Token], results: Sequence[Value]) -> list[Token]:
    """Rounds as loops: a tensor goes through them, and what else they read is the same in all."""
    last = last_reads(tokens, results)
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        best = (0.0, 1, 1)
        for period in range(1, LONGEST_ROUND + 1):
            rounds = _count(tokens, at, period, last)
            saved = (rounds - 1) * sum(t.size for t in tokens[at : at + period]) - 3
            if rounds > 1 and saved > best[0]:
                best = (saved, period, rounds)
        saved, period, rounds = best
        if saved <= 0:
            made.append(tokens[at])
            at += 1
            continue
        each = tuple(tuple(tokens[at + k * period : at + (k + 1) * period]) for k in range(rounds))
        steps = tuple(step for one in each for token in one for step in token.steps)
        entry = _entry(each[0], each[1])
        assert entry is not None
        more = _outside(each[0]) - {entry}
        exits = each[-1][-1].exits
        made.append(Token(("for", at), (), (), steps, (entry, *more), exits, rounds=each))
        at += period * rounds
    return made


def _count(tokens: Sequence[Token], at: int, period: int, last: Mapping[Value, int]) -> int:
    """How many rounds of a length begin at a place."""
    first = tokens[at : at + period]
    if len(first) < period or not any(token.block for token in first):
        return 1
    rounds = 1
    entry: Value | None = None
    others: set[Value] = set()
    while True:
        here = tokens[at + (rounds - 1) * period : at + rounds * period]
        following = tokens[at + rounds * period : at + (rounds + 1) * period]
        if [t.sign for t in following] != [t.sign for t in first]:
            return rounds
        if rounds == 1:
            entry = _entry(here, following)
            if entry is None:
                return 1
            others = _outside(here) - {entry}
        carried = here[-1].exits[0] if len(here[-1].exits) == 1 else None
        if carried is None or _outside(following) != others | {carried} or carried in others:
            return rounds
        end = at + (rounds + 1) * period
        if not _closed(following, end, last) or not _closed(here, end - period, last, carried, end):
            return rounds
        if _places(first, entry) != _places(following, carried):
            return rounds
        windows = [tokens[at + k * period : at + (k + 1) * period] for k in range(rounds + 1)]
        if len(unified(windows).parameters) > MOST_PARAMETERS:
            return rounds
        rounds += 1


def _places(tokens: Sequence[Token], carried: Value | None) -> object:
    """How the tokens of a round read each other, what is carried, and the outside."""
    made: Mapping[Value, tuple[object, int]] = makers(tokens)
    return [
        [("carried",) if v == carried else made.get(v, (id(v.step), v.index)) for v in t.entries]
        for t in tokens
    ]


def _outside(tokens: Sequence[Token]) -> set[Value]:
    made = {value for token in tokens for value in token.exits}
    return {value for token in tokens for value in token.entries} - made


def _entry(here: Sequence[Token], following: Sequence[Token]) -> Value | None:
    """What the first of two rounds reads where the second reads what the first one gave."""
    if len(here[-1].exits) != 1:
        return None
    carried = here[-1].exits[0]
    for a, b in zip(here, following, strict=False):
        for mine, theirs in zip(a.entries, b.entries, strict=False):
            if theirs == carried:
                return mine
    return None


def _closed(
    tokens: Sequence[Token],
    end: int,
    last: Mapping[Value, int],
    carried: Value | None = None,
    until: int = 0,
) -> bool:
    """Whether nothing behind a round reads what is inside it, but its result."""
    result = tokens[-1].exits[0]
    for token in tokens:
        for value in token.exits:
            if value == carried:
                if last.get(value, -1) >= until:
                    return False
            elif value != result and last.get(value, -1) >= end:
                return False
    return True
