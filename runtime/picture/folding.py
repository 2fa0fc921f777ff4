"""Which boxes of a picture are open."""

from __future__ import annotations

from collections.abc import Collection

from ...compiler.outline.box import Box, Kind

ONE_SCREEN = 14
"""How many boxes a picture begins with, if it can: more are hard to take in at once."""
MOST = 20_000
"""How many boxes are drawn at all."""


def opened(root: Box, depth: int | None = None) -> Collection[Box]:
    """The boxes that stand open: the net, and others inside it.

    With a `depth` these are the boxes that many deep (a loop and its rounds are one). Without,
    whole levels are opened as long as the picture has at most `ONE_SCREEN` boxes.
    """
    return _to_depth(root, depth) if depth is not None else _to_fit(root)


def shown(root: Box, open: Collection[Box]) -> int:
    """How many boxes a picture has, open ones counted as what is inside."""
    total = 0
    stack = [root]
    while stack:
        box = stack.pop()
        if box in open:
            stack.extend(box.children)
        else:
            total += 1
    return total


def _to_depth(root: Box, depth: int) -> set[Box]:
    found: set[Box] = set()
    stack = [(root, 0)]
    while stack:
        box, level = stack.pop()
        if box.children and level <= depth:
            found.add(box)
            inner = level if box.kind is Kind.LOOP else level + 1
            stack.extend((child, inner) for child in box.children)
    return found


def _to_fit(root: Box) -> set[Box]:
    found = {root}
    total = len(root.children)
    level = [child for child in root.children if child.children]
    while True:
        # A repeat is best understood as one box with its count.
        opening = [box for box in level if box.kind is not Kind.REPEAT]
        total += sum(len(box.children) - 1 for box in opening)
        if not opening or total > ONE_SCREEN:
            return found
        found.update(opening)
        level = [child for box in opening for child in box.children if child.children]
