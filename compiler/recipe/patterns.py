"""Which layers a path of a recipe means: `base`, `base.block5_conv1`, `"base/block*/conv1"`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..ir.graph import CheckedGraph

ALL = "all"
"""The word for every layer."""
LONGEST = 10_000
"""Longer patterns mean nothing."""
MOST_TESTS = 10_000_000
"""How often the patterns of one recipe may be held against paths."""


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """The paths that a pattern means: those it fits, and all below them.

    `*` and `?` stay within one part of a path, `**` stands for any number of parts.
    """
    if pattern == ALL:
        return list(paths)
    if len(pattern) > LONGEST:
        return []
    fits = _compiled(pattern).match
    return [path for path in paths if fits(path)]


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    """An expression for a path that a pattern fits, or the beginning of one."""
    groups: list[list[str]] = [[]]
    for part in pattern.strip("/").split("/"):
        if part == "**":
            groups.append([])
        else:
            groups[-1].append(_part(part))
    found = []
    for index, group in enumerate(groups):
        if group:
            # What stands behind `**` is looked for as early as possible, and never again.
            text = "/".join(group) + "(?:/|$)"
            found.append(f"(?>(?:[^/]+/)*?{text})" if index else text)
    return re.compile("".join(found))


def _part(glob: str) -> str:
    """One part of a pattern."""
    pieces = re.split(r"\*+", glob)
    first, rest = _piece(pieces[0]), [_piece(piece) for piece in pieces[1:]]
    middle = "".join(f"(?>[^/]*?{piece})" for piece in rest[:-1] if piece)
    last = f"[^/]*{rest[-1]}(?=/|$)" if rest else ""
    return first + middle + last


def _piece(text: str) -> str:
    return "".join("[^/]" if sign == "?" else re.escape(sign) for sign in text)


def weighted(checked: CheckedGraph) -> list[str]:
    """The layers that have weights which training could change, in order."""
    return [
        path
        for path, node in checked.layers().items()
        if any(weight.trainable for weight in node.weights)
    ]


def with_weights(checked: CheckedGraph) -> list[str]:
    """The layers that have weights of any kind, in order."""
    return [path for path, node in checked.layers().items() if node.weights]


def options(checked: CheckedGraph) -> Sequence[str]:
    """The paths that a recipe can name: the layers and the blocks around them, outer ones first."""
    found: dict[str, int] = {}
    for path in checked.layers():
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            found.setdefault("/".join(parts[:depth]), depth)
    return sorted(found, key=lambda path: found[path])


class TooMuch(Exception):
    """The patterns of a recipe take too long to look for."""


class Matcher:
    """Finds the layers that patterns mean, each pattern once, up to a limit of work."""

    def __init__(self, checked: CheckedGraph, most: int = MOST_TESTS) -> None:
        self.layers = list(checked.layers())
        self.with_weights = with_weights(checked)
        self.weighted = weighted(checked)
        self._left = most
        self._found: dict[tuple[str, bool], Sequence[str]] = {}

    def __call__(self, pattern: str, *, weights: bool = True) -> Sequence[str]:
        """The layers below a path; with `weights` only those that have some.

        Raises TooMuch past the limit.
        """
        key = (pattern, weights)
        if key not in self._found:
            paths = self.with_weights if weights else self.layers
            self._left -= len(paths)
            if self._left < 0:
                raise TooMuch
            self._found[key] = matching(pattern, paths)
        return self._found[key]
