"""The parts of a file: its nets, blocks, contracts and recipes, and what folds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lsprotocol.types import DocumentSymbol, FoldingRange, FoldingRangeKind, SymbolKind

from ...compiler.link.names import statements
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from .desk import Desk
from .positions import Lines


def symbols(desk: Desk, path: Path) -> list[DocumentSymbol]:
    """What a file defines, with what is inside."""
    module = desk.module(path)
    lines = desk.lines(path)
    return [
        symbol
        for item in (module.file.items if module is not None else ())
        if (symbol := _symbol(item, lines)) is not None
    ]


def folds(desk: Desk, path: Path) -> list[FoldingRange]:
    """The ranges of lines that can be folded: items, loops, branches, long statements, comments."""
    module = desk.module(path)
    if module is None:
        return []
    lines = desk.lines(path)
    found: dict[int, FoldingRange] = {}
    for span in _spans(module.file):
        start, end = lines.position(span.start).line, lines.position(span.end).line
        if end > start:
            found.setdefault(start, FoldingRange(start, end))
    run: list[int] = []
    for comment in module.file.comments:
        at = lines.position(comment.span.start)
        alone = not lines.line(at.line)[: at.character].strip()
        if run and alone and at.line == run[-1] + 1:
            run.append(at.line)
            found[run[0]] = FoldingRange(run[0], at.line, kind=FoldingRangeKind.Comment)
        else:
            run = [at.line] if alone else []
    return list(found.values())


def _spans(file: ast.File) -> Iterator[Span]:
    for item in file.items:
        yield item.span
        if isinstance(item, ast.Definition):
            yield from (statement.span for statement in statements(item.body))
        elif isinstance(item, ast.Train):
            yield from (entry.span for entry in item.entries if isinstance(entry, ast.Phase))


def _symbol(item: ast.Item, lines: Lines) -> DocumentSymbol | None:
    if isinstance(item, ast.Definition):
        kind = SymbolKind.Class if item.kind == "net" else SymbolKind.Function
        detail = " ".join(item.head_span.text.split()).removesuffix("{").strip()
        return _made(item.name.name, kind, item.span, item.name.span, lines, detail)
    if isinstance(item, ast.Const):
        return _made(item.name.name, SymbolKind.Constant, item.span, item.name.span, lines)
    if isinstance(item, ast.Expect):
        name = f"expect {item.net.name}"
        return _made(name, SymbolKind.Event, item.span, item.net.span, lines)
    if isinstance(item, ast.Train):
        name = f"train {item.ident.name}"
        return _made(name, SymbolKind.Method, item.span, item.ident.span, lines)
    return None


def _made(
    name: str, kind: SymbolKind, span: Span, ident: Span, lines: Lines, detail: str | None = None
) -> DocumentSymbol:
    return DocumentSymbol(name, kind, lines.range(span), lines.range(ident), detail)
