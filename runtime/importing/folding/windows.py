"""Windows of tokens that come again, and which of them saves the most text as a block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..steps import Value
from .regions import LONGEST, regions
from .tokens import FOLLOWERS, Token, last_reads, makers, uses_of
from .unify import unified

MOST_PARAMETERS = 6
MOST_ENTRIES = 3
MOST_EXITS = 2
BEHIND = FOLLOWERS | {"LayerNormalization", "RMSNormalization"}
"""What a block that ends in a sum may have behind it."""


@dataclass(frozen=True)
class Window:
    """Where the same tokens stand, how many they are, and what they read and give there."""

    places: tuple[int, ...]
    length: int
    entries: Sequence[tuple[Value, ...]]
    exits: Sequence[tuple[Value, ...]]


@dataclass
class _Group:
    places: list[int]
    entries: list[tuple[Value, ...]]
    exits: list[tuple[Value, ...]]


def best_window(tokens: Sequence[Token], results: Sequence[Value]) -> Window | None:
    """The window that saves the most as a block; None where none saves anything."""
    found: Window | None = None
    most = 0.0
    sizes = [token.size for token in tokens]
    uses = uses_of(tokens, results)
    adders = {
        value
        for token in tokens
        if token.block is None and token.steps[0].op in ("+", "Add")
        for value in token.entries
        if uses[value] == 1
    }
    parts = regions(tokens, results)
    ends = {part.stop for part in parts}
    for at, token in enumerate(tokens):
        if at in ends and token.block is None and token.steps[0].op in BEHIND:
            ends.add(at + 1)
    for (length, *_), group in _groups(tokens, results).items():
        count = len(group.places)
        if count < 2 or not isinstance(length, int):
            continue
        first = group.places[0]
        window = tokens[first : first + length]
        weight = sum(sizes[first : first + length])
        more = len(group.entries[0]) + len(group.exits[0]) - 2
        saved = (count - 1) * weight - 3 - count * (1 + 1.5 * more)
        saved += 0.5 if window[0].lead else -1
        # What repeats within a window is better a block of its own, which comes first then. A block
        # ends behind the sum of its branches, and another stands beside it rather than within it.
        share = sum({token.sign: token.size for token in window}.values()) / weight
        if any(exits[0] in adders for exits in group.exits):
            share /= 2
        if length > 1 and (window[0].block or window[-1].block):
            share *= 0.6
        if all(at + length in ends for at in group.places):
            share *= 1.25
        if weight < 3 or saved * share <= most or _cuts_a_run(tokens, group.places, length):
            continue
        if any(_cuts_a_region(at, at + length, parts) for at in group.places):
            continue
        parameters = len(unified([tokens[at : at + length] for at in group.places]).parameters)
        saved = (saved - 0.3 * parameters * count) * share
        if parameters <= MOST_PARAMETERS and saved > most:
            most = saved
            found = Window(tuple(group.places), length, group.entries, group.exits)
    return found


def _groups(tokens: Sequence[Token], results: Sequence[Value]) -> dict[tuple[object, ...], _Group]:
    """Windows by what they are: tokens that read each other, and the outside, in the same way."""
    last, made = last_reads(tokens, results), makers(tokens)
    numbers: dict[object, int] = {}
    signs = [numbers.setdefault(token.sign, len(numbers)) for token in tokens]
    shapes: dict[object, int] = {}
    groups: dict[tuple[object, ...], _Group] = defaultdict(lambda: _Group([], [], []))
    for start in range(len(tokens)):
        shape = -1
        entries: dict[Value, int] = {}
        alive: list[Value] = []
        for end in range(start + 1, min(start + LONGEST, len(tokens)) + 1):
            token = tokens[end - 1]
            refs: list[tuple[int, int]] = []
            for value in token.entries:
                at, place = made.get(value, (-1, 0))
                if at < start:
                    at, place = -1, entries.setdefault(value, len(entries))
                refs.append((at - start if at >= start else -1, place))
            if len(entries) > MOST_ENTRIES:
                break
            key = (shape, signs[end - 1], tuple(refs))
            shape = shapes.setdefault(key, len(shapes))
            alive = [v for v in (*alive, *token.exits) if last.get(v, -1) >= end]
            if not 1 <= len(alive) <= MOST_EXITS or not entries:
                continue
            where = tuple((made[v][0] - start, made[v][1]) for v in alive)
            group = groups[end - start, shape, where]
            if not group.places or start >= group.places[-1] + end - start:
                group.places.append(start)
                group.entries.append(tuple(entries))
                group.exits.append(tuple(alive))
    return groups


def _cuts_a_region(start: int, end: int, parts: Sequence[range]) -> bool:
    """Whether a window holds some of a region, and some outside of it, but not all of it."""
    return any(
        (start < part.start < end < part.stop) or (part.start < start < part.stop < end)
        for part in parts
    )


def _cuts_a_run(tokens: Sequence[Token], places: Sequence[int], length: int) -> bool:
    """Whether a window holds calls of one block in a row, or ends within them: `* n` says that."""
    for at in places:
        pairs = zip(tokens[at : at + length], tokens[at + 1 : at + length + 1], strict=False)
        if any(a.block is not None and a.sign == b.sign for a, b in pairs):
            return True
    return False
