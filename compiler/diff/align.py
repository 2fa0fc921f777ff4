"""Two sequences alongside: the longest common subsequence, and the longest one that only rises."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise

MOST_CELLS = 250_000
"""The largest table that is filled; longer sequences are cut at what both have once."""

Pair = tuple[int, int]
Keys = Sequence[Hashable]


def common(old: Keys, new: Keys) -> list[Pair]:
    """Places of a common subsequence, rising in both: a longest one, within MOST_CELLS.

    Equal beginnings and ends are taken first. What is left is cut at keys that both hold once
    where it is too long for a table (patience diff, bramcohen.livejournal.com/73318.html).
    """
    start = 0
    while start < len(old) and start < len(new) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    found = [(at, at) for at in range(start)]
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    if middle_old and middle_new:
        small = len(middle_old) * len(middle_new) <= MOST_CELLS
        inner = _by_table(middle_old, middle_new) if small else _by_unique(middle_old, middle_new)
        found += [(start + a, start + b) for a, b in inner]
    found += [(len(old) - at, len(new) - at) for at in range(end, 0, -1)]
    return found


def by_keys(old: Sequence[Keys], new: Sequence[Keys]) -> list[Pair]:
    """Places that go together by the first of several keys, and between those by the next ones."""
    found: list[Pair] = []
    for ours, theirs in zip(old, new, strict=True):
        ends = [(-1, -1), *found, (len(ours), len(theirs))]
        for (a, b), (next_a, next_b) in pairwise(ends):
            inner = common(ours[a + 1 : next_a], theirs[b + 1 : next_b])
            found += [(a + 1 + i, b + 1 + j) for i, j in inner]
        found.sort()
    return found


def rising(values: Sequence[int]) -> list[int]:
    """Places of a longest subsequence of different numbers that rises, in order."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        at = bisect_left(tails, value)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(value)
            ends.append(place)
        else:
            tails[at] = value
            ends[at] = place
    found: list[int] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found[::-1]


def _by_table(old: Keys, new: Keys) -> list[Pair]:
    width = len(new)
    # rows[i][j]: how long the best one of old[i:] and new[j:] is.
    rows = [[0] * (width + 1)]
    for key in reversed(old):
        below = rows[-1]
        row = [0] * (width + 1)
        best = 0
        for at in range(width - 1, -1, -1):
            if new[at] == key:
                best = below[at + 1] + 1
            elif below[at] > best:
                best = below[at]
            row[at] = best
        rows.append(row)
    rows.reverse()
    found: list[Pair] = []
    i = j = 0
    while rows[i][j]:
        if old[i] == new[j] and rows[i][j] == rows[i + 1][j + 1] + 1:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif rows[i + 1][j] == rows[i][j]:
            i += 1
        else:
            j += 1
    return found


def _by_unique(old: Keys, new: Keys) -> list[Pair]:
    once_old, once_new = _once(old), _once(new)
    both = [(place, once_new[key]) for key, place in once_old.items() if key in once_new]
    both = [both[at] for at in rising([b for _, b in both])]
    if not both:
        return []
    found: list[Pair] = []
    for (a, b), (next_a, next_b) in pairwise([(-1, -1), *both, (len(old), len(new))]):
        if a >= 0:
            found.append((a, b))
        inner = common(old[a + 1 : next_a], new[b + 1 : next_b])
        found += [(a + 1 + i, b + 1 + j) for i, j in inner]
    return found


def _once(keys: Keys) -> dict[Hashable, int]:
    counts = Counter(keys)
    return {key: place for place, key in enumerate(keys) if counts[key] == 1}
