"""Two versions of a net side by side, with what changed between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ...compiler.diff.changes import Change, Changes
from ...compiler.ir.graph import Ref
from ...compiler.outline.box import Box, Kind, Outline, Wire
from ...compiler.shapes.types import TensorType
from .scene import Scene, scene

TOUCHED = "touched"
"""What a box is called that holds changes."""


@dataclass(frozen=True)
class Compared:
    """A scene of both versions; `marks` says of each changed box what happened to it."""

    scene: Scene
    marks: Mapping[Box, str]

    def opened(self) -> Collection[Box]:
        """The boxes to open so that every change is seen; of calls that changed alike the first."""
        root = self.scene.root
        found = {root}
        for net in root.children:
            seen: set[tuple[object, ...]] = set()
            stack = [net]
            while stack:
                box = stack.pop()
                inside = tuple(self.marks.get(child, "") for child in box.children)
                key = (box.kind, box.name if box.kind is Kind.BLOCK else "", *inside)
                if box is not net and (self.marks.get(box) != TOUCHED or key in seen):
                    continue
                seen.add(key)
                found.add(box)
                stack.extend(reversed(box.children))
        return found


def compared(old: Outline, new: Outline, changes: Changes) -> Compared:
    """Puts two nets into one picture, the old one first."""
    mine = _renamed(old, "old")
    theirs = _renamed(new, "new")
    marks: dict[Box, str] = {}
    every = (*changes.layers, *changes.signature)
    _mark(mine.root, {f"old {c.old}": _kind(c) for c in every if c.old}, marks)
    _mark(theirs.root, {f"new {c.new}": _kind(c) for c in every if c.new}, marks)
    root = replace(
        theirs.root,
        kind=Kind.NET,
        name=f"{old.root.name} → {new.root.name}",
        children=(mine.root, theirs.root),
        nodes=(*mine.root.nodes, *theirs.root.nodes),
    )
    both = Outline(root, (*mine.wires, *theirs.wires), {**mine.types, **theirs.types})
    return Compared(scene(both), marks)


def _kind(change: Change) -> str:
    """The kind that says most: a layer can be moved and changed."""
    return next(kind for kind in _ORDER if kind in change.kinds)


_ORDER = ("added", "removed", "ambiguous", "changed", "moved", "renamed")


def _mark(box: Box, kinds: Mapping[str, str], marks: dict[Box, str]) -> str:
    """Marks a box and all in it; returns its mark."""
    if not box.children:
        found = {kinds.get(box.nodes[0], "")}
    else:
        found = {_mark(child, kinds, marks) for child in box.children}
    mark = found.pop() if len(found) == 1 else TOUCHED
    if mark and box.kind is not Kind.NET:
        marks[box] = mark
    return mark


def _renamed(outline: Outline, word: str) -> Outline:
    """The outline with a word before every node, so that two can be in one picture."""

    def ref(one: Ref) -> Ref:
        return Ref(f"{word} {one.node}", one.output)

    types: dict[Ref, TensorType] = {ref(one): type for one, type in outline.types.items()}
    wires = tuple(Wire(ref(wire.source), f"{word} {wire.target}") for wire in outline.wires)
    root = replace(_under(outline.root, word), kind=Kind.BLOCK, name=f"{word}: {outline.root.name}")
    return Outline(root, wires, types)


def _under(box: Box, word: str) -> Box:
    return replace(
        box,
        nodes=tuple(f"{word} {node}" for node in box.nodes),
        children=tuple(_under(child, word) for child in box.children),
    )
