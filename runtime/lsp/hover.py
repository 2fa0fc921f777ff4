"""What is told of the thing under the pointer."""

from __future__ import annotations

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Position

from ...compiler.index.symbols import Occurrence, Sort, Symbol
from ...compiler.link.builtins import FUNCTIONS
from ...compiler.link.module import Defined, Module
from ...compiler.link.names import statements
from ...compiler.ops.base.op import Op
from ...compiler.ops.table import ALIASES, CONSTANTS, OPS
from ...compiler.reference.operators import description, signature
from ...compiler.reference.recipes import render_object
from ...dsl.syntax import ast
from ...dsl.text.escape import markdown
from .desk import Desk, View
from .facts import place_at, places, use_rows
from .words import word_at


def hover(desk: Desk, view: View, position: Position) -> Hover | None:
    """The shapes of a layer, an operator's signature, a name's definition."""
    offset = view.lines.offset(position)
    word = word_at(view.text, offset)
    parts: list[str] = []
    occurrence = desk.index(view.path).at(offset)
    if occurrence is not None:
        parts += _symbol(desk, view, occurrence)
    elif word and (operator := operator_named(word)) is not None:
        parts.append(f"```net\n{signature(operator)}\n```\n{description(operator)}")
    elif word in FUNCTIONS:
        parts.append(f"`{word}(…)`: {FUNCTIONS[word].doc}")
    elif word and _in_recipe(desk.module(view.path), offset):
        parts.append(_object(word))
    place = place_at(view, offset)
    if place is not None and (occurrence is None or occurrence.symbol.sort is Sort.BLOCK):
        parts.append("\n".join(f"- {row}" for row in use_rows(place)))
    parts = [part for part in parts if part]
    if not parts:
        return None
    return Hover(MarkupContent(MarkupKind.Markdown, "\n\n".join(parts)))


def operator_named(word: str) -> type[Op] | None:
    """The operator that a name calls."""
    for table in (OPS, CONSTANTS, ALIASES):
        found = table.get(word)
        if found is not None:
            return found
    return None


def _symbol(desk: Desk, view: View, occurrence: Occurrence) -> list[str]:
    symbol = occurrence.symbol
    module = desk.module(symbol.path)
    if symbol.sort in (Sort.NET, Sort.BLOCK):
        entity = module.names.get(symbol.name) if module else None
        head = _head(entity.definition) if isinstance(entity, Defined) else symbol.name
        return [f"```net\n{head}\n```"]
    where = f" of `{markdown(symbol.owner)}`" if symbol.owner else ""
    text = f"{symbol.sort.value} `{symbol.name}`{where}"
    line = desk.lines(symbol.path)
    written = line.line(line.position(symbol.start).line).strip()
    shapes = _shapes(module, view, symbol) if symbol.path == view.path else ""
    return [f"{text}{f': {shapes}' if shapes else ''}\n\n```net\n{written}\n```"]


def _head(definition: ast.Definition) -> str:
    return " ".join(definition.head_span.text.split()).removesuffix("{").strip()


def _shapes(module: Module | None, view: View, symbol: Symbol) -> str:
    """The shapes of a variable or a label: what its statement or stage gives; an input's type."""
    start = symbol.start
    for net in view.analysis.nets if view.analysis else ():
        if net.graph is None:
            continue
        for path in net.graph.graph.inputs:
            node = net.graph.graph.node(path)
            if node.span.start <= start < node.span.end and node.span.source.path == view.shown:
                return str(node.outputs[0])
    begin, end = 0, start
    if symbol.sort is not Sort.LABEL:
        begin, end = _statement(module, start)
    inside = [place for place in places(view) if begin <= place.start and place.end <= end]
    shapes = inside[-1].shapes() if inside else []
    return " … ".join(dict.fromkeys((shapes[0], shapes[-1]))) if shapes else ""


def _statement(module: Module | None, offset: int) -> tuple[int, int]:
    """The characters of the innermost statement around a place; none outside of statements."""
    found = (0, 0)
    for item in module.file.items if module is not None else ():
        if isinstance(item, ast.Definition):
            for statement in statements(item.body):
                if statement.span.start <= offset < statement.span.end:
                    found = statement.span.start, statement.span.end
    return found


def _in_recipe(module: Module | None, offset: int) -> bool:
    return module is not None and any(
        isinstance(item, ast.Train) and item.span.start <= offset <= item.span.end
        for item in module.file.items
    )


def _object(word: str) -> str:
    text = render_object(word)
    return f"```text\n{text.strip()}\n```" if text else ""
