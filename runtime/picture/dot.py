"""A net in Graphviz's language, for those who lay it out themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ...compiler.outline.box import Box, Kind
from .faces import Colour, face
from .flat import Flat, flat, heading
from .look import GROUPS, group
from .scene import Scene


def dot(scene: Scene, open: Collection[Box], colour: Colour = Colour.KIND) -> str:
    """A whole `.dot` file; open boxes are clusters."""
    made = flat(scene, open)
    lines = [
        f"digraph {_quoted(scene.root.name)} {{",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
        *_boxes(scene.root, open, made, colour, "  "),
    ]
    for join in made.joins:
        label = f" [label={_quoted(join.label)}]" if join.label else ""
        lines.append(f"  {join.source} -> {join.target}{label};")
    return "\n".join([*lines, "}", ""])


def _boxes(
    box: Box, open: Collection[Box], made: Flat, colour: Colour, indent: str
) -> Iterator[str]:
    for child in box.children:
        name = made.names[child]
        if child in open:
            yield f"{indent}subgraph cluster_{name} {{"
            yield f"{indent}  label={_quoted(heading(child))}; style=rounded; color=gray60;"
            yield from _boxes(child, open, made, colour, f"{indent}  ")
            yield f"{indent}}}"
            continue
        shown = face(child, colour)
        parts = [f"label={_quoted(shown.text)}"]
        if child.kind in (Kind.INPUT, Kind.OUTPUT):
            parts.append("shape=oval")
        elif group(child):
            fill, edge, _ = GROUPS[group(child)]
            parts.append(f'fillcolor="{fill}", color="{edge}"')
        if child.shared:
            parts.append('style="rounded,filled,dashed"')
        yield f"{indent}{name} [{', '.join(parts)}];"


def _quoted(text: str) -> str:
    """A text as DOT's quoted string; its lines stay lines, a backslash is one
    (graphviz.org/doc/info/lang.html and attrType escString).
    """
    kept = "".join(char for char in text if char.isprintable() or char == "\n")
    escaped = kept.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
