"""Where everything in a picture is: Graphviz's `dot` places what is in a box, inner boxes first.

Each box is laid out by itself, with the boxes inside as nodes of known size, so that equal boxes
are placed once. Fonts are not asked: the same net gives the same picture everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from ...compiler.ir.graph import Ref
from ...compiler.outline.box import Box
from ...dsl.record import record
from .engine import lay_out
from .faces import HEADER, MARGIN, SMALL, Colour, face, shape_text, text_width
from .scene import Link, Scene

Point = tuple[float, float]

MOST_GATES = 24
"""How many values cross one edge of a box apart; more come together."""
PORT = 5.0
"""The width of where a value enters a box, in pixels."""


@record
class Line:
    """A value's way: cubic Bézier curves through `points`, 1 + 3 n of them."""

    points: tuple[Point, ...]
    link: Link
    label: str
    at: Point | None
    """The middle of its label."""


@record
class Spot:
    """A box and where it is, from the corner of what holds it."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    inside: Placed | None
    """What is in it, where it is open."""


@record
class Placed:
    """What an open box holds; positions are from its own corner, below its header."""

    width: float
    height: float
    frame: float
    """The width of the box around it."""
    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    enters: tuple[Ref, ...]
    """What comes in, from left to right."""
    leaves: tuple[Ref, ...]
    """What goes out, from left to right."""

    def gate(self, ref: Ref, *, entering: bool) -> float:
        """Where a value crosses the edge of the box: those of one edge share it alike."""
        return self.frame * (self.share(ref, entering=entering) - 0.5) + self.width / 2

    def share(self, ref: Ref, *, entering: bool) -> float:
        """The same as a part of the box's width."""
        refs = self.enters if entering else self.leaves
        return 0.5 if len(refs) > MOST_GATES else (refs.index(ref) + 0.5) / len(refs)


@record
class _Raw:
    """Positions as Graphviz gave them, by number."""

    width: float
    height: float
    nodes: dict[str, Point]
    edges: tuple[tuple[Point, ...], ...]
    labels: tuple[Point | None, ...]


@dataclass
class Placer:
    """Places the boxes of one picture."""

    scene: Scene
    open: Collection[Box]
    colour: Colour = Colour.KIND
    _known: dict[str, _Raw] = field(default_factory=dict)

    def place(self, box: Box) -> Placed:
        """Where all is inside an open box. Raises UserError where Graphviz is missing."""
        insides = [self.place(child) if child in self.open else None for child in box.children]
        sizes = [
            self._closed(child) if inside is None else _around(inside)
            for child, inside in zip(box.children, insides, strict=True)
        ]
        links = self.scene.links[box]
        labels = self._labels(links)
        text = _dot(sizes, insides, links, labels)
        raw = self._known.get(text)
        if raw is None:
            raw = self._known[text] = _run(text, len(links))
        # The header of an open box is never cut.
        frame = max(raw.width + 2 * MARGIN, face(box, self.colour).width + 16)
        return _placed(box, raw, frame, sizes, insides, links, labels)

    def _closed(self, box: Box) -> Point:
        shown = face(box, self.colour)
        return shown.width, shown.height

    def _labels(self, links: Sequence[Link]) -> list[str]:
        """A shape for each value where it begins; its further lines have none."""
        seen: set[Ref] = set()
        labels: list[str] = []
        for link in links:
            new = link.source is not None and link.target is not None and link.ref not in seen
            seen.add(link.ref)
            labels.append(shape_text(self.scene.type(link.ref).shape) if new else "")
        return labels


def _around(inside: Placed) -> Point:
    """The size of an open box."""
    return inside.frame, inside.height + HEADER + MARGIN


def _dot(
    sizes: Sequence[Point],
    insides: Sequence[Placed | None],
    links: Sequence[Link],
    labels: Sequence[str],
) -> str:
    lines = [
        "digraph{graph[rankdir=TB,nodesep=0.3,ranksep=0.28,margin=0]",
        'node[shape=box,fixedsize=true,margin=0,label=""]edge[arrowhead=none,headport=n,tailport=s]',
    ]
    for index, ((width, height), inside) in enumerate(zip(sizes, insides, strict=True)):
        gates = f",label={_gates(inside, width - 1, height - 1)}" if _has_gates(inside) else ""
        lines.append(f"n{index}[width={width / 72:.4f},height={height / 72:.4f}{gates}]")
    ports: dict[str, list[str]] = {"source": [], "sink": []}
    names = _port_names(links)
    for (rank, _), name in names.items():
        ports[rank].append(name)
    for rank, held in ports.items():
        if held:
            size = f"width={PORT / 72:.4f},height={1 / 72:.4f}"
            lines.append(f"{{rank={rank};{';'.join(f'{name}[{size}]' for name in held)}}}")
    for index, (link, label) in enumerate(zip(links, labels, strict=True)):
        start = names["source", link.ref] if link.source is None else f"n{link.source}"
        end = names["sink", link.ref] if link.target is None else f"n{link.target}"
        shown = f",label={_blank(label)}" if label else ""
        if link.source is not None and _has_gates(inside := insides[link.source]):
            shown += f',tailport="l{inside.leaves.index(link.ref)}:s"'
        if link.target is not None and _has_gates(inside := insides[link.target]):
            shown += f',headport="e{inside.enters.index(link.ref)}:n"'
        lines.append(f"{start}->{end}[id={index}{shown}]")
    return "\n".join([*lines, "}"])


def _has_gates(inside: Placed | None) -> TypeGuard[Placed]:
    """Whether a box is open and lets more than one value through an edge."""
    return inside is not None and (
        1 < len(inside.enters) <= MOST_GATES or 1 < len(inside.leaves) <= MOST_GATES
    )


def _gates(inside: Placed, width: float, height: float) -> str:
    """A table as large as a box, with a cell at its edge for each value that crosses it."""
    above, below = max(len(inside.enters), 1), max(len(inside.leaves), 1)

    def row(name: str, count: int, span: int) -> str:
        size = f'fixedsize="true" width="{width / count:.2f}" height="2" colspan="{span}"'
        cells = "".join(f'<td port="{name}{at}" {size}></td>' for at in range(count))
        return f"<tr>{cells}</tr>"

    return (
        f'<<table border="0" cellborder="0" cellpadding="0" cellspacing="0" fixedsize="true" '
        f'width="{width:.2f}" height="{height:.2f}">{row("e", above, below)}'
        f'<tr><td colspan="{above * below}" fixedsize="true" width="{width:.2f}" '
        f'height="{height - 4:.2f}"></td></tr>{row("l", below, above)}</table>>'
    )


def _port_names(links: Sequence[Link]) -> dict[tuple[str, Ref], str]:
    """The nodes that stand for where values enter and leave."""
    names: dict[tuple[str, Ref], str] = {}
    for link in links:
        if link.source is None:
            names.setdefault(("source", link.ref), f"e{len(names)}")
        if link.target is None:
            names.setdefault(("sink", link.ref), f"l{len(names)}")
    return names


def _blank(label: str) -> str:
    """A label of a text's size without the text, which no font is asked about."""
    width, height = round(text_width(label, SMALL)) + 16, 15
    return (
        f'<<table border="0" cellborder="0" cellpadding="0" cellspacing="0" fixedsize="true" '
        f'width="{width}" height="{height}"><tr><td></td></tr></table>>'
    )


def _run(text: str, edges: int) -> _Raw:
    made = json.loads(lay_out(text))
    _, _, width, height = map(float, made["bb"].split(","))
    names = {thing["_gvid"]: thing["name"] for thing in made.get("objects", ())}
    nodes = {
        names[thing["_gvid"]]: _point(thing["pos"], height)
        for thing in made.get("objects", ())
        if "pos" in thing
    }
    ways: list[tuple[Point, ...]] = [()] * edges
    labels: list[Point | None] = [None] * edges
    for edge in made.get("edges", ()):
        index = int(edge["id"])
        ways[index] = tuple(_point(pair, height) for pair in edge["pos"].split() if "e" not in pair)
        labels[index] = _point(edge["lp"], height) if "lp" in edge else None
    return _Raw(width, height, nodes, tuple(ways), tuple(labels))


def _point(text: str, height: float) -> Point:
    x, y = text.split(",")
    return round(float(x), 1), round(height - float(y), 1)


def _placed(
    box: Box,
    raw: _Raw,
    frame: float,
    sizes: Sequence[Point],
    insides: Sequence[Placed | None],
    links: Sequence[Link],
    labels: Sequence[str],
) -> Placed:
    spots = tuple(
        Spot(child, x - width / 2, y - height / 2, width, height, inside)
        for index, (child, (width, height), inside) in enumerate(
            zip(box.children, sizes, insides, strict=True)
        )
        for x, y in (raw.nodes[f"n{index}"],)
    )
    lines = tuple(
        Line(points, link, label, at)
        for points, link, label, at in zip(raw.edges, links, labels, raw.labels, strict=True)
    )
    names = _port_names(links)

    def along(rank: str) -> tuple[Ref, ...]:
        ports = [(raw.nodes[name], ref) for (at, ref), name in names.items() if at == rank]
        return tuple(ref for _, ref in sorted(ports, key=lambda port: port[0]))

    return Placed(raw.width, raw.height, frame, spots, lines, along("source"), along("sink"))
