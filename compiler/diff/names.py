"""What the paths of layers say: which names are the author's, and which only count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

NUMBERED = re.compile(r"(.+?)_(\d+)")


def parent(path: str) -> str:
    """The block that a layer is in; nothing for the net itself."""
    return path.rpartition("/")[0]


def counted(part: str) -> tuple[str, int]:
    """`conv2d_3` as what it is the third further one of: `conv2d` and 3; `conv2d` has 0."""
    found = NUMBERED.fullmatch(part)
    return (found[1], int(found[2])) if found else (part, 0)


def prefixes(path: str) -> list[str]:
    """`a`, `a/b` and `a/b/c` of `a/b/c`."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


class Counting:
    """Which names of a net are counted: those of one word that several have in one block.

    `x`, `x_1` and `x_2` are. `conv_1` and `conv_2` without a `conv` are what an author wrote.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        groups: dict[tuple[str, str], set[int]] = {}
        seen: set[str] = set()
        for path in paths:
            for prefix in reversed(prefixes(path)):
                if prefix in seen:
                    break
                seen.add(prefix)
                outer, _, last = prefix.rpartition("/")
                base, number = counted(last)
                groups.setdefault((outer, base), set()).add(number)
        self._groups = {
            key: frozenset(numbers)
            for key, numbers in groups.items()
            if len(numbers) > 1 and 0 in numbers
        }
        self._firm: dict[str, bool] = {"": True}

    def firm(self, path: str) -> bool:
        """Whether no part of a path is counted, so that it stays where others come or go."""
        found = self._firm.get(path)
        if found is None:
            outer, _, last = path.rpartition("/")
            base, _ = counted(last)
            found = (outer, base) not in self._groups and self.firm(outer)
            self._firm[path] = found
        return found

    def unsteady(self, other: Counting) -> frozenset[tuple[str, str]]:
        """The blocks and words of which two nets do not count as far."""
        keys = {*self._groups, *other._groups}
        return frozenset(k for k in keys if self._groups.get(k) != other._groups.get(k))


def without_end(path: str, others: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A path and others without the names that all of them end in, but their first ones."""
    outer = path.split("/")
    outers = [other.split("/") for other in others]
    while len(outer) > 1 and all(len(o) > 1 and o[-1] == outer[-1] for o in outers):
        outer = outer[:-1]
        outers = [o[:-1] for o in outers]
    return "/".join(outer), tuple("/".join(o) for o in outers)


def without_ends(
    options: Mapping[str, Sequence[str]],
) -> list[tuple[str, tuple[str, ...]]]:
    """Layers with what they could be, those of one block that could be others in one entry."""
    blocks = {path: without_end(path, others) for path, others in options.items()}
    several = Counter(blocks.values())
    alike = Counter(block for block, _ in several)
    found = {
        path: entry if several[entry] > 1 == alike[entry[0]] else (path, tuple(options[path]))
        for path, entry in blocks.items()
    }
    return [*dict.fromkeys(found.values())]


def counts_of(path: str) -> Iterator[tuple[str, str]]:
    """The block and the word of each part of a path."""
    end = -1
    while end < len(path):
        start, end = end + 1, path.find("/", end + 1)
        end = len(path) if end == -1 else end
        yield path[: max(0, start - 1)], counted(path[start:end])[0]


@dataclass
class Shifts:
    """What matched layers say of counted names, and of blocks: where names mean another layer."""

    from_number: dict[tuple[str, str], int] = field(default_factory=dict)
    """The first number that does not count the same in both nets, by block and word."""
    blocks: dict[str, Counter[str]] = field(default_factory=dict)
    """How often layers of an old block are in each new one."""
    back: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, old: str, new: str) -> None:
        """Learns from two paths of one layer."""
        self.blocks.setdefault(parent(old), Counter())[parent(new)] += 1
        self.back.setdefault(parent(new), Counter())[parent(old)] += 1
        if old == new:
            return
        outer: list[str] = []
        for a, b in zip(old.split("/"), new.split("/"), strict=False):
            if a == b:
                outer.append(a)
                continue
            (base, one), (other, two) = counted(a), counted(b)
            if base == other:
                key = "/".join(outer), base
                least = min(one, two)
                self.from_number[key] = min(self.from_number.get(key, least), least)
            return

    def trusts(self, path: str) -> bool:
        """Whether nothing speaks against a name that both nets have."""
        outer: list[str] = []
        for part in path.split("/"):
            base, number = counted(part)
            if number >= self.from_number.get(("/".join(outer), base), number + 1):
                return False
            outer.append(part)
        return True

    def block(self, old: str) -> str | None:
        """The new block that most of an old one's layers are in."""
        return _most(self.blocks.get(old), old)

    def block_back(self, new: str) -> str | None:
        """The old block that most of a new one's layers were in."""
        return _most(self.back.get(new), new)

    def within(self, old: str) -> str | None:
        """The block that the innermost block around a layer became; None for the net itself."""
        return next((there for each in _outer(old) if (there := self.block(each))), None)

    def within_back(self, new: str) -> str | None:
        """The innermost block around a new layer that has layers of an old block."""
        return next((each for each in _outer(new) if self.back.get(each)), None)

    def expected(self, old: str) -> str:
        """What a layer is called if it stayed where its block went."""
        end = len(old)
        while (end := old.rfind("/", 0, end)) != -1:
            there = self.block(old[:end])
            if there is not None:
                return there + old[end:] if there else old[end + 1 :]
        return old


def _outer(path: str) -> Iterator[str]:
    """The blocks around a layer, the innermost first."""
    while path := parent(path):
        yield path


def _most(counts: Counter[str] | None, same: str) -> str | None:
    if not counts:
        return None
    most = max(counts.values())
    best = [name for name, count in counts.items() if count == most]
    return same if same in best else best[0]


def folded(pairs: Mapping[str, str], paths: Iterable[str]) -> dict[str, str]:
    """Renamed paths with whole blocks in one entry, where all of their layers follow.

    `paths` are all paths of the old net: a block is one entry only if each of its layers is called
    the same inside the other block.
    """
    below: dict[str, list[str]] = {}
    for path in paths:
        for prefix in prefixes(path)[:-1]:
            below.setdefault(prefix, []).append(path)
    found: dict[str, str] = {}
    for old, new in pairs.items():
        if any(prefix in found for prefix in prefixes(old)[:-1]):
            continue
        best = outer, other = old, new
        while outer.rpartition("/")[2] == other.rpartition("/")[2]:
            outer, other = parent(outer), parent(other)
            if not outer or not other or (outer == other and old != new):
                break
            if any(pairs.get(path) != other + path[len(outer) :] for path in below[outer]):
                break
            best = outer, other
        found[best[0]] = best[1]
    return found
