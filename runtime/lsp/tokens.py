"""What each word of a text is, for colours: from the lexer, and from what names mean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...compiler.index.symbols import Sort
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.syntax.lex import lex
from ...dsl.syntax.tokens import NAME, TABLES, Tokens
from ...dsl.text.source import Source
from ..highlight import vocabulary
from .desk import Desk

TYPES = (
    "keyword", "class", "function", "parameter", "variable", "property", "type", "number",
    "string", "comment", "operator", "enumMember",
)  # fmt: skip
_OF_SORT = {
    Sort.NET: "class",
    Sort.BLOCK: "class",
    Sort.CONST: "variable",
    Sort.PARAMETER: "parameter",
    Sort.SIZE: "type",
    Sort.VARIABLE: "variable",
    Sort.LABEL: "property",
    Sort.LAYER: "variable",
    Sort.WEIGHT: "variable",
    Sort.RESULT: "property",
    Sort.RECIPE: "class",
    Sort.ALIAS: "class",
}
_SIGNS = frozenset(("ARROW", "COMPARE", "PLUS", "MINUS", "STAR", "TIMES", "POWER", "EQUAL"))


def semantic_tokens(desk: Desk, path: Path) -> list[int]:
    """The tokens as the protocol packs them: five numbers each, relative to the one before."""
    text = desk.text(path)
    lines = desk.lines(path)
    packed: list[int] = []
    line = column = 0
    for start, end, kind in sorted(set(_kinds(desk, path, text))):
        at, behind = lines.position(start), lines.position(end)
        if at.line != behind.line:
            continue
        delta = at.line - line
        packed += [
            delta,
            at.character - (0 if delta else column),
            behind.character - at.character,
            TYPES.index(kind),
            0,
        ]
        line, column = at.line, at.character
    return packed


def _kinds(desk: Desk, path: Path, text: str) -> Iterator[tuple[int, int, str]]:
    try:
        tokens = lex(Source(str(path), text))
    except DiagnosticError:
        return
    meant = {one.span.start: one for one in desk.index(path).occurrences}
    for comment in tokens.comments:
        yield comment.span.start, comment.span.end, "comment"
    for index, kind in enumerate(tokens.kinds):
        start, end = tokens.starts[index], tokens.ends[index]
        name = TABLES.symbols[kind]
        if kind == NAME:
            known = meant.get(start)
            word = _OF_SORT[known.symbol.sort] if known else _builtin(tokens, index, text)
            if word:
                yield start, end, word
        elif name == "NUMBER":
            yield start, end, "number"
        elif name == "STRING":
            yield start, end, "string"
        elif name in _SIGNS:
            yield start, end, "operator"
        elif text[start:end] in TABLES.keywords:
            yield start, end, "keyword"


def _builtin(tokens: Tokens, index: int, text: str) -> str:
    word = text[tokens.starts[index] : tokens.ends[index]]
    behind = text[tokens.ends[index] : tokens.ends[index] + 3].lstrip()
    if behind.startswith("=") and not behind.startswith("=="):
        return "property"
    if word in vocabulary.TYPES:
        return "type"
    if word in vocabulary.CALLABLE:
        return "function"
    return "enumMember" if word.islower() else "function"
