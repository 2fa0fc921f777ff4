"""Which boxes values go between, in each box that has others inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...compiler.ir.graph import Ref
from ...compiler.outline.box import Box, Kind, Outline, Wire
from ...compiler.shapes.types import TensorType
from ...dsl.record import record


@record
class Link:
    """A value between two children of a box, by their positions.

    Without a `source` it comes in from outside the box; without a `target` it goes out.
    """

    source: int | None
    target: int | None
    ref: Ref
    skip: bool = False
    """Whether it goes past something that the same value also goes through."""


@dataclass(frozen=True)
class Scene:
    """An outline with the links inside each of its boxes."""

    outline: Outline
    links: Mapping[Box, Sequence[Link]]

    @property
    def root(self) -> Box:
        """The box of the whole net."""
        return self.outline.root

    def type(self, ref: Ref) -> TensorType:
        """The type of a value."""
        return self.outline.types[ref]


def scene(outline: Outline) -> Scene:
    """Finds the links of every box."""
    homes = _homes(outline.root)
    found: dict[Box, _Links] = {}
    for wire in outline.wires:
        _trace(wire, homes, found)
    return Scene(
        outline,
        {
            box: found[box].marked(len(box.children)) if box in found else ()
            for box in outline.root.walk()
            if box.children
        },
    )


@dataclass(slots=True)
class _Links:
    """The links of one box, each once, in the order they are found."""

    each: dict[tuple[int | None, int | None, Ref], None] = field(default_factory=dict)

    def marked(self, count: int) -> tuple[Link, ...]:
        """The links, and which of them skip something. There are `count` children."""
        feeds: dict[int | Ref, list[int]] = {}
        for source, target, ref in self.each:
            if target is not None:
                feeds.setdefault(ref if source is None else source, []).append(target)
        # Children stand in an order of evaluation, so what one leads to is known from the last on.
        leads_to = [0] * count
        for child in range(count - 1, -1, -1):
            for target in feeds.get(child, ()):
                if target > child:
                    leads_to[child] |= 1 << target | leads_to[target]
        return tuple(
            Link(source, target, ref, self._skips(feeds, leads_to, source, target, ref))
            for source, target, ref in self.each
        )

    def _skips(
        self,
        feeds: Mapping[int | Ref, Sequence[int]],
        leads_to: Sequence[int],
        source: int | None,
        target: int | None,
        ref: Ref,
    ) -> bool:
        if target is None:
            return False
        others = feeds[ref if source is None else source]
        return any(other != target and leads_to[other] >> target & 1 for other in others)


def _homes(root: Box) -> dict[str, tuple[tuple[Box, int], ...]]:
    """For each layer the boxes around it, outermost first, and which child of each it is in."""
    homes: dict[str, tuple[tuple[Box, int], ...]] = {}
    stack: list[tuple[Box, tuple[tuple[Box, int], ...]]] = [(root, ())]
    while stack:
        box, around = stack.pop()
        for index, child in enumerate(box.children):
            here = (*around, (box, index))
            if child.kind in (Kind.INPUT, Kind.OUTPUT, Kind.LAYER):
                homes[child.nodes[0]] = here
            else:
                stack.append((child, here))
    return homes


def _trace(
    wire: Wire, homes: Mapping[str, Sequence[tuple[Box, int]]], found: dict[Box, _Links]
) -> None:
    """Adds what one wire is in every box that it goes through."""
    start, end = homes[wire.source.node], homes[wire.target]
    same = 0
    while start[same] == end[same]:
        same += 1
    for box, index in start[same + 1 :]:
        found.setdefault(box, _Links()).each[index, None, wire.source] = None
    for box, index in end[same + 1 :]:
        found.setdefault(box, _Links()).each[None, index, wire.source] = None
    box, index = start[same]
    found.setdefault(box, _Links()).each[index, end[same][1], wire.source] = None
