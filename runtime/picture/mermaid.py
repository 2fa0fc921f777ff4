"""A net as a Mermaid flowchart, which GitHub and GitLab draw in a page."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ...compiler.outline.box import Box, Kind
from ...dsl.text.escape import terminal
from ..errors import UserError
from .faces import Colour, face
from .flat import Flat, flat, heading
from .look import GROUPS, group
from .scene import Scene

MOST_EDGES, MOST_LETTERS = 500, 50_000
"""What a page draws at most (mermaid's `maxEdges` and `maxTextSize` by default)."""


def mermaid(scene: Scene, open: Collection[Box], colour: Colour = Colour.KIND) -> str:
    """A whole `.mmd` file; open boxes are subgraphs.

    Raises UserError where it is more than a page draws.
    """
    made = flat(scene, open)
    lines = ["flowchart TD", *_boxes(scene.root, open, made, colour, "  ")]
    for join in made.joins:
        label = f"|{_quoted(join.label)}|" if join.label else ""
        lines.append(f"  {join.source} -->{label} {join.target}")
    used = {group(box) for box, name in made.names.items() if name.startswith("n")}
    for at, (name, (fill, edge, _)) in enumerate(GROUPS.items()):
        if name in used:
            lines.append(f"  classDef g{at} fill:{fill},stroke:{edge},color:#1f2328")
    text = "\n".join([*lines, ""])
    if len(made.joins) > MOST_EDGES or len(text) > MOST_LETTERS:
        raise UserError(
            f"that is {len(made.joins)} lines and {len(text):,} letters, and Mermaid draws "
            f"{MOST_EDGES} and {MOST_LETTERS:,} at most: open less of it (--depth)"
        )
    return text


def _boxes(
    box: Box, open: Collection[Box], made: Flat, colour: Colour, indent: str
) -> Iterator[str]:
    for child in box.children:
        name = made.names[child]
        if child in open:
            yield f"{indent}subgraph {name} [{_quoted(heading(child))}]"
            yield from _boxes(child, open, made, colour, f"{indent}  ")
            yield f"{indent}end"
            continue
        shown = face(child, colour)
        label = _quoted(shown.text)
        kind = f":::g{list(GROUPS).index(group(child))}" if group(child) else ""
        begin, end = _SHAPES.get(child.kind, ("[", "]"))
        yield f"{indent}{name}{begin}{label}{end}{kind}"


_SHAPES = {
    Kind.INPUT: ("([", "])"),
    Kind.OUTPUT: ("([", "])"),
    Kind.REPEAT: ("[[", "]]"),
    Kind.LOOP: ("[[", "]]"),
}


def _quoted(text: str) -> str:
    """A label in quotes: what Markdown, HTML or Mermaid would act on is written by its number
    (mermaid.js.org, "Entity codes to escape characters").
    """
    return '"' + "<br/>".join(_line(line) for line in text.split("\n")) + '"'


def _line(line: str) -> str:
    return "".join(
        char if char.isalnum() or char in " ,.()=×…/-+" else f"#{ord(char)};"
        for char in terminal(line)
    )
