"""Which layers a path of a recipe means: `base`, `base.block5_conv1`, `"base/block*/conv1"`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache

from ..graph import CheckedGraph

ALL = "all"
"""The word for every layer."""
LONGEST = 10_000
"""Longer patterns mean nothing."""


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """The paths that a pattern means: those it fits, and all below them.

    `*` and `?` stay within one part of a path, `**` stands for any number of parts.
    """
    if pattern == ALL:
        return list(paths)
    if len(pattern) > LONGEST:
        return []
    parts: list[str] = []
    for part in pattern.strip("/").split("/"):
        if part != "**" or parts[-1:] != ["**"]:
            parts.append(part)
    return [path for path in paths if _fits(parts, tuple(path.split("/")))]


def _fits(pattern: Sequence[str], path: tuple[str, ...]) -> bool:
    """Whether a pattern fits a path or the beginning of it."""

    @cache
    def fits(i: int, j: int) -> bool:
        if i == len(pattern):
            return True
        if pattern[i] == "**":
            return fits(i + 1, j) or (j < len(path) and fits(i, j + 1))
        return j < len(path) and fnmatchcase(path[j], pattern[i]) and fits(i + 1, j + 1)

    return fits(0, 0)


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
