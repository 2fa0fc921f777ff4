"""Draws a placed net as SVG."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ...compiler.outline.box import Box, Kind
from ...dsl.record import record
from ...dsl.text.escape import markup
from . import look
from .elements import line as element
from .elements import moved, number, rect, text
from .faces import (
    HEADER,
    LINE,
    MARGIN,
    PAD,
    SMALL,
    Colour,
    Face,
    face,
    figure,
    text_width,
    title_width,
)
from .legend import Legend
from .look import Marks
from .place import Line, Placed, Placer, Point, Spot
from .scene import Scene

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
"""What a file of SVG begins with, and SVG inside HTML need not."""
EDGE = 20.0
"""The space around the whole picture."""
TIP = 6.0
"""How long the tip of a line is."""


@record
class Drawing:
    """A picture and its size in pixels."""

    width: float
    height: float
    text: str
    """What is in the picture, without the `svg` element around it."""


def svg(
    scene: Scene,
    open: Collection[Box],
    colour: Colour = Colour.KIND,
    marks: Marks | None = None,
) -> str:
    """A whole SVG file; with `marks` the colours say what changed.

    Raises UserError where Graphviz is missing.
    """
    drawing = draw(scene, open, colour, marks)
    width, height = number(drawing.width), number(drawing.height)
    return (
        f'<svg {NAMESPACE} class="net" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>{markup(scene.root.name)}</title>\n<style>{look.css(colour, marks)}</style>\n"
        f"{drawing.text}</svg>\n"
    )


def draw(scene: Scene, open: Collection[Box], colour: Colour, marks: Marks | None) -> Drawing:
    """The picture of a net with some of its boxes open, its head and its legend."""
    placed = Placer(scene, open, colour).place(scene.root)
    drawn = list(_visible(placed))
    painter = Painter(colour, look.most(drawn, colour), marks)
    name, facts = head(scene)
    legend = Legend(painter, drawn, [placed])
    width = max(placed.width, text_width(name, 17), text_width(facts, SMALL), legend.width)
    top = EDGE + 46
    left = EDGE + (width - placed.width) / 2
    parts = [
        text("head left", EDGE, EDGE + 14, name),
        text("small left", EDGE, EDGE + 32, facts),
        f"<g {moved(left, top)}>\n",
        *painter.inside(placed),
        "</g>\n",
        *legend.draw(EDGE, top + placed.height + 26),
    ]
    height = top + placed.height + 26 + legend.height + EDGE
    return Drawing(width + 2 * EDGE, height, "".join(parts))


def head(scene: Scene) -> tuple[str, str]:
    """The name of a net, and its size in one line."""
    root = scene.root
    amounts = [figure(root, colour) for colour in (Colour.PARAMS, Colour.FLOPS)]
    layers = f"{root.cost.layers} layers"
    return root.name, " · ".join([layers, *(amount for amount in amounts if amount)])


def _visible(placed: Placed) -> Iterator[Box]:
    for spot in placed.spots:
        if spot.inside is None:
            yield spot.box
        else:
            yield from _visible(spot.inside)


@record
class Painter:
    """Turns places into elements."""

    colour: Colour
    most: float
    marks: Marks | None = None

    def inside(self, placed: Placed) -> Iterator[str]:
        """What an open box holds: lines first, so that boxes lie over them."""
        for line in placed.lines:
            yield from _line(line, placed)
        for spot in placed.spots:
            yield from self.spot(spot)
        for line in placed.lines:
            if line.at is not None:
                yield from label(line.label, *line.at)

    def spot(self, spot: Spot) -> Iterator[str]:
        """A box, open or closed."""
        box = spot.box
        where = f"{box.span.source.path}:{box.span.line}"
        classes = f"box {box.kind.value}" + (" shared" if box.shared else "")
        if box.kind in (Kind.INPUT, Kind.OUTPUT):
            classes += " end"
        yield f'<g class="{classes}" {moved(spot.x, spot.y)}>'
        yield f"<title>{markup(_hover(box, where))}</title>"
        if spot.inside is None:
            yield from self.closed(box, spot.width, spot.height)
        else:
            yield from self._open(spot, spot.inside)
        yield "</g>\n"

    def fill(self, box: Box) -> str:
        """The class that fills a box."""
        if self.marks is not None:
            return look.change_class(self.marks.get(box, ""))
        return look.fill_class(box, self.colour, self.most)

    def closed(self, box: Box, width: float, height: float) -> Iterator[str]:
        """The face of a box, from its corner."""
        shown = face(box, self.colour)
        fill = self.fill(box)
        round = height / 2 if box.kind in (Kind.INPUT, Kind.OUTPUT) else 5
        if box.kind in (Kind.REPEAT, Kind.LOOP):
            for shift in (6, 3):
                yield rect(f"behind {fill}", shift, shift, width, height, round)
        yield rect(f"face {fill}", 0, 0, width, height, round)
        yield from _title(shown.title, shown.title_width, shown, width / 2, PAD + LINE - 4)
        for at, line in enumerate(shown.lines, 1):
            y = PAD + LINE - 4 + at * (LINE - 1)
            yield text("small", width / 2, y, line)

    def _open(self, spot: Spot, inside: Placed) -> Iterator[str]:
        box = spot.box
        yield rect(f"hull {box.kind.value}", 0, 0, spot.width, spot.height, 8)
        yield from self.header(box, spot.width)
        left = (spot.width - inside.width) / 2
        yield f"<g {moved(left, HEADER)}>\n"
        yield from self.inside(inside)
        yield "</g>"

    def header(self, box: Box, width: float) -> Iterator[str]:
        """The name of an open box, to the left: lines come in at the middle."""
        shown = face(box, self.colour)
        name, size = shown.title, shown.title_width
        called = title_of(box)
        if title_width(called) < width - 60:
            name, size = called, title_width(called, code=shown.code)
        yield from _title(name, size, shown, 10 + (size + _badge(shown)) / 2, 17)


def title_of(box: Box) -> str:
    """`Conv2D(64, 3)`: a box with the arguments it was called with."""
    return f"{box.name}({box.args})" if box.args else box.name


def _hover(box: Box, where: str) -> str:
    lines = [title_of(box)]
    if box.path and box.path != box.name:
        lines.append(box.path)
    lines += [str(type) for type in box.outputs]
    lines += [text for text in (figure(box, c) for c in Colour if c is not Colour.KIND) if text]
    if box.shared:
        lines.append("its weights are shared")
    return "\n".join([*dict.fromkeys(lines), where])


def _badge(shown: Face) -> float:
    """How much wider the count makes a title."""
    return 20 + text_width(f"×{shown.count}", SMALL) if shown.count > 1 else 0


def _title(name: str, size: float, shown: Face, middle: float, y: float) -> Iterator[str]:
    start = middle - (size + _badge(shown)) / 2
    kind = "title code" if shown.code else "title"
    yield text(kind, start + size / 2, y, name)
    if shown.count > 1:
        left, badge = start + size + 10, _badge(shown) - 10
        yield rect("count", left, y - 11, badge, 14, 7)
        yield text("times", left + badge / 2, y, f"×{shown.count}")


def _line(line: Line, placed: Placed) -> Iterator[str]:
    kind = " skip" if line.link.skip else ""
    yield element(f"wire{kind}", path(_whole(line, placed)))
    end = line.points[-1]
    if line.link.target is not None:
        before = line.points[-2] if line.points[-2] != end else line.points[-4]
        yield element(f"tip{kind}", _tip(before, end)) + "\n"


def _whole(line: Line, placed: Placed) -> tuple[Point, ...]:
    """The points of a line; one that enters or leaves a box goes on to its edge."""
    points = line.points
    if line.link.source is None:
        x, y = points[0]
        start = placed.gate(line.link.ref, entering=True)
        points = ((start, -HEADER), (start, -HEADER / 3), (x, y - 10), *points)
    if line.link.target is None:
        x, y = points[-1]
        end, below = placed.gate(line.link.ref, entering=False), placed.height + MARGIN
        points = (*points, (x, y + 6), (end, below - 8), (end, below))
    return points


def path(points: tuple[Point, ...]) -> str:
    """The `d` of a path through cubic curves."""
    (x, y), *rest = points
    return f"M{number(x)} {number(y)}C" + " ".join(f"{number(a)} {number(b)}" for a, b in rest)


def _tip(before: Point, end: Point) -> str:
    (x0, y0), (x1, y1) = before, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    bx, by = x1 - TIP * dx, y1 - TIP * dy
    side = TIP * 0.45
    return (
        f"M{number(x1)} {number(y1)}L{number(bx - side * dy)} {number(by + side * dx)} "
        f"{number(bx + side * dy)} {number(by - side * dx)}Z"
    )


def label(shape: str, x: float, y: float) -> Iterator[str]:
    """The shape that stands beside a line, around its middle."""
    if shape:
        width = text_width(shape, SMALL) + 6
        yield rect("halo", x - width / 2, y - 7, width, 14, 3)
        yield text("shape", x, y + 4, shape) + "\n"
