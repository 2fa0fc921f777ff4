"""A net as one page whose boxes open and close: `netc graph -o net.html`.

Graphviz places what is in each box with all inner boxes closed. The page's script moves it apart
where a box is opened: along both axes the room that a box had is stretched to what it needs, so
that nothing changes its order or lies over another (Bartram et al. 1995, "The continuous zoom").
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from importlib.resources import files

from ...compiler.outline.box import Box, Kind
from ...dsl.text.escape import markup
from ...dsl.text.source import Source
from . import look
from .elements import line as line_element
from .elements import moved, rect
from .faces import HEADER, MARGIN, Colour, face, figure
from .legend import Legend
from .look import Marks
from .place import Line, Placed, Placer
from .scene import Scene
from .svg import Painter, head, label, title_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""The page may not load anything, whatever a name in it says."""


def page(
    scene: Scene,
    open: Collection[Box],
    colour: Colour = Colour.KIND,
    marks: Marks | None = None,
) -> str:
    """A whole HTML file; with `marks` the colours say what changed.

    Raises UserError where Graphviz is missing.
    """
    made = _Live(scene, open, colour, marks)
    body = "".join(made.draw())
    name, facts = head(scene)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{markup(name)}</title>\n<style>{look.page_css(colour, marks)}"
        f"{_asset('page.css')}</style>\n"
        "</head>\n<body>\n<header>\n"
        f"<h1>{markup(name)}</h1><p>{markup(facts)}</p>\n{_BAR}</header>\n"
        f'<main tabindex="-1"><svg xmlns="http://www.w3.org/2000/svg" class="net" role="tree" '
        f'aria-label="{markup(name)}">{body}</svg></main>\n'
        "<aside hidden></aside>\n"
        f'<script type="application/json" id="data">{_json(made)}</script>\n'
        f"<script>{_asset('page.js')}</script>\n</body>\n</html>\n"
    )


_BAR = (
    '<nav><input type="search" id="search" placeholder="search layers ( / )" '
    'aria-label="search layers"><output id="found"></output>'
    '<button id="less" title="close the innermost boxes">fold</button>'
    '<button id="more" title="open the next boxes">unfold</button>'
    '<button id="all" title="open every box">unfold all</button>'
    '<button id="fit" title="the whole net in the window">fit</button>'
    '<button id="dark" title="light or dark">dark</button>'
    '<button id="copy" title="what is shown, as an SVG file">copy as SVG</button></nav>\n'
)


_NOWHERE = "M0 0"
"""The course of a line before the script draws it."""


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _json(made: _Live) -> str:
    """Data for the script; `<` cannot end its element."""
    text = json.dumps(made.data(), separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


class _Live:
    """Every box of a net, each with what is in it, drawn once."""

    def __init__(
        self, scene: Scene, open: Collection[Box], colour: Colour, marks: Marks | None
    ) -> None:
        self._scene = scene
        self._open = open
        self._colour = colour
        self._placer = Placer(scene, (), colour)
        boxes = list(scene.root.walk())
        leaves = [box for box in boxes if not box.children]
        self._painter = Painter(colour, look.most(boxes[1:], colour), marks)
        self._numbers = {box: at for at, box in enumerate(boxes)}
        self._insides = {box: self._placer.place(box) for box in boxes if box.children}
        self._legend = Legend(self._painter, leaves, list(self._insides.values()))

    def draw(self) -> Iterator[str]:
        """The elements: nested groups, closed; the script puts them in their places."""
        yield '<g id="root">'
        yield from self._inside(self._scene.root)
        yield "</g>"
        yield from self._legend.draw(0, 0)

    def data(self) -> dict[str, object]:
        """What the script needs besides: sizes, places, courses, and the text of the files."""
        sources: dict[Source, int] = {}
        boxes = []
        for box, number in self._numbers.items():
            shown = face(box, self._colour)
            source = sources.setdefault(box.span.source, len(sources))
            entry: dict[str, object] = {
                "n": number,
                "w": shown.width,
                "h": shown.height,
                "t": title_of(box),
                "p": box.path,
                "k": box.kind.value,
                "y": [str(type) for type in box.outputs],
                "f": [figure(box, c) for c in Colour if c is not Colour.KIND],
                "s": [source, box.span.line, box.span.end_position[0]],
            }
            if box in (self._painter.marks or ()):
                entry["m"] = (self._painter.marks or {})[box]
            if box.shared:
                entry["sh"] = 1
            if box.children:
                inside = self._insides[box]
                within = [self._insides.get(child) for child in box.children]
                entry |= {
                    "o": int(box in self._open),
                    "iw": inside.width,
                    "ih": inside.height,
                    "ow": inside.frame,
                    "c": [
                        [self._numbers[spot.box], round(spot.x, 1), round(spot.y, 1)]
                        for spot in inside.spots
                    ],
                    "l": [_course(line, inside, within) for line in inside.lines],
                }
            boxes.append(entry)
        return {
            "header": HEADER,
            "margin": MARGIN,
            "legend": self._legend.width,
            "boxes": boxes,
            "sources": [{"path": source.path, "text": source.text} for source in sources],
        }

    def _inside(self, box: Box) -> Iterator[str]:
        inside = self._insides[box]
        for line in inside.lines:
            kind = " skip" if line.link.skip else ""
            yield f"<g>{line_element(f'wire{kind}', _NOWHERE)}{line_element(f'tip{kind}', '')}</g>"
        for spot in inside.spots:
            yield from self._box(spot.box)
        for line in inside.lines:
            yield f"<g>{''.join(label(line.label, 0, 0))}</g>"

    def _box(self, box: Box) -> Iterator[str]:
        number = self._numbers[box]
        shown = face(box, self._colour)
        ends = " end" if box.kind in (Kind.INPUT, Kind.OUTPUT) else ""
        shared = " shared" if box.shared else ""
        folds = ' aria-expanded="false"' if box.children else ""
        yield (
            f'<g class="box {box.kind.value}{ends}{shared}" id="b{number}" tabindex="0" '
            f'role="treeitem" aria-label="{markup(title_of(box))}"{folds}>'
        )
        closed = self._painter.closed(box, shown.width, shown.height)
        yield f'<g class="closed">{"".join(closed)}</g>'
        if box.children:
            yield (
                f'<g class="opened">{rect(f"hull {box.kind.value}", 0, 0, 10, 10, 8)}'
                f'<g class="top">{"".join(self._painter.header(box, self._insides[box].frame))}</g>'
                f'<g class="in" {moved(0, HEADER)}>'
            )
            yield from self._inside(box)
            yield "</g></g>"
        yield "</g>\n"


def _course(line: Line, inside: Placed, children: Sequence[Placed | None]) -> list[object]:
    """A line for the script.

    Its points, its ends, where its label is; then the parts of a width at which it goes through
    the edge of this box, and of the boxes it joins where those are open: in, out, from, to.
    """
    link, ref = line.link, line.link.ref
    start = None if link.source is None else children[link.source]
    end = None if link.target is None else children[link.target]
    gates = [
        inside.share(ref, entering=True) if link.source is None else 0.5,
        inside.share(ref, entering=False) if link.target is None else 0.5,
        start.share(ref, entering=False) if start is not None else 0.5,
        end.share(ref, entering=True) if end is not None else 0.5,
    ]
    return [
        [round(number, 1) for point in line.points for number in point],
        -1 if link.source is None else link.source,
        -1 if link.target is None else link.target,
        list(line.at) if line.at is not None else 0,
        [round(gate, 4) for gate in gates],
    ]
