"""What a text picture needs: the boxes that show, nested as they are open, and what joins them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ...compiler.outline.box import Box, Kind
from ...dsl.record import record
from .faces import shape_text
from .scene import Scene


@record
class Join:
    """A value between two boxes that show, by their names; `label` is its shape, said once."""

    source: str
    target: str
    label: str


@record
class Flat:
    """A name for every box, open or closed, and the joins of those that are closed."""

    names: dict[Box, str]
    joins: tuple[Join, ...]


def flat(scene: Scene, open: Collection[Box]) -> Flat:
    """The picture without places."""
    names: dict[Box, str] = {}
    homes: dict[str, str] = {}
    for box in _drawn(scene.root, open):
        names[box] = f"{'c' if box in open else 'n'}{len(names)}"
        if box not in open:
            homes.update(dict.fromkeys(box.nodes, names[box]))
    joins: dict[tuple[str, str], str] = {}
    said: set[object] = set()
    for wire in scene.outline.wires:
        ends = homes[wire.source.node], homes[wire.target]
        if ends[0] == ends[1] or ends in joins:
            continue
        new = wire.source not in said
        said.add(wire.source)
        joins[ends] = shape_text(scene.type(wire.source).shape) if new else ""
    return Flat(names, tuple(Join(a, b, label) for (a, b), label in joins.items()))


def heading(box: Box) -> str:
    """What stands on an open box."""
    name = f"{box.name}({box.args})" if box.args and box.kind is not Kind.REPEAT else box.name
    return f"{name} ×{box.count}" if box.count > 1 else name


def _drawn(box: Box, open: Collection[Box]) -> Iterator[Box]:
    yield box
    if box in open:
        for child in box.children:
            yield from _drawn(child, open)
