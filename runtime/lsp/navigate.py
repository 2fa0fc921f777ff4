"""Definitions, references and renames, across files."""

from __future__ import annotations

import re
from pathlib import Path

from lsprotocol.types import (
    DocumentHighlight,
    Location,
    Position,
    PrepareRenamePlaceholder,
    Range,
    TextEdit,
    WorkspaceEdit,
)

from ...compiler.check import check_files
from ...compiler.index.symbols import Occurrence, Symbol
from ...compiler.link.project import MODELS
from ...dsl.syntax import ast
from ...dsl.syntax.tokens import TABLES
from ..errors import UserError
from .desk import Desk


def definition(desk: Desk, path: Path, position: Position) -> Location | None:
    """Where the thing at a place is introduced; of an import's origin the file."""
    offset = desk.lines(path).offset(position)
    occurrence = desk.index(path).at(offset)
    if occurrence is None:
        return _imported_file(desk, path, offset)
    return _location(desk, occurrence.symbol)


def references(desk: Desk, path: Path, position: Position, *, declaration: bool) -> list[Location]:
    """Every place that means the same."""
    return [
        Location(file.as_uri(), desk.lines(file).range(one.span))
        for file, one in _same(desk, path, position)
        if declaration or not one.defines
    ]


def highlights(desk: Desk, path: Path, position: Position) -> list[DocumentHighlight]:
    """The places of one file that mean the same."""
    lines = desk.lines(path)
    index = desk.index(path)
    occurrence = index.at(lines.offset(position))
    if occurrence is None:
        return []
    return [DocumentHighlight(lines.range(one.span)) for one in index.of(occurrence.symbol)]


def prepare_rename(desk: Desk, path: Path, position: Position) -> PrepareRenamePlaceholder | None:
    """The name at a place, if it is one that can be changed."""
    lines = desk.lines(path)
    occurrence = desk.index(path).at(lines.offset(position))
    if occurrence is None or _is_shipped(occurrence.symbol.path, path):
        return None
    return PrepareRenamePlaceholder(lines.range(occurrence.span), occurrence.symbol.name)


def rename(desk: Desk, path: Path, position: Position, name: str) -> WorkspaceEdit:
    """Gives a thing another name everywhere.

    Raises UserError for what is no name, and where something would then be wrong that is not now.
    """
    if not re.fullmatch(r"[^\W\d]\w*", name) or name in TABLES.keywords:
        raise UserError(f"`{name}` cannot be a name")
    places = _same(desk, path, position)
    if not places:
        raise UserError("there is no name of the file here")
    if _is_shipped(places[0][1].symbol.path, path):
        raise UserError("what the zoo calls it cannot be changed from here; import it `as` a name")
    edits: dict[Path, list[Occurrence]] = {}
    for file, one in places:
        edits.setdefault(file, []).append(one)
    for file in edits:
        _refuse_collision(desk, file, places[0][1].symbol, name)
    _prove(desk, edits, name)
    return WorkspaceEdit(
        changes={
            file.as_uri(): [TextEdit(desk.lines(file).range(one.span), name) for one in found]
            for file, found in edits.items()
        }
    )


def _refuse_collision(desk: Desk, path: Path, symbol: Symbol, name: str) -> None:
    """Names at the top of a file are seen in all of it, others in their net or block."""
    for one in desk.index(path).occurrences:
        other = one.symbol
        seen = other.owner == symbol.owner or not other.owner or not symbol.owner
        if other.name == name and other != symbol and seen:
            line = desk.lines(path).position(one.span.start).line + 1
            raise UserError(
                f"`{name}` would not mean the same: {path.name} has a {other.sort.value} of that "
                f"name at line {line}"
            )


def _prove(desk: Desk, edits: dict[Path, list[Occurrence]], name: str) -> None:
    """Holds that the renamed files have no finding that they had not before."""
    overlay = dict(desk.texts)
    before = _count(list(edits), overlay)
    for file, found in edits.items():
        text = desk.text(file)
        for one in sorted(found, key=lambda one: -one.span.start):
            text = text[: one.span.start] + name + text[one.span.end :]
        overlay[file] = text
    after = _count(list(edits), overlay)
    if after > before:
        raise UserError(f"with `{name}` there would be findings that are not there now")


def _count(files: list[Path], overlay: dict[Path, str]) -> int:
    return sum(
        len(check_files([file], overlay=overlay, keep_going=True).diagnostics) for file in files
    )


def _same(desk: Desk, path: Path, position: Position) -> list[tuple[Path, Occurrence]]:
    occurrence = desk.index(path).at(desk.lines(path).offset(position))
    if occurrence is None:
        return []
    return list(desk.occurrences(occurrence.symbol, path))


def _location(desk: Desk, symbol: Symbol) -> Location:
    lines = desk.lines(symbol.path)
    start, end = lines.position(symbol.start), lines.position(symbol.start + len(symbol.name))
    return Location(symbol.path.as_uri(), Range(start, end))


def _imported_file(desk: Desk, path: Path, offset: int) -> Location | None:
    module = desk.module(path)
    start = Position(0, 0)
    for item in module.file.items if module is not None else ():
        if (
            isinstance(item, ast.Import)
            and item.origin_span.start <= offset <= item.origin_span.end
        ):
            if item.is_path:
                file = (path.parent / item.origin).resolve()
            else:
                file = MODELS.joinpath(*item.origin.split(".")[1:]).with_suffix(".net")
            if file.is_file():
                return Location(file.as_uri(), Range(start, start))
    return None


def _is_shipped(home: Path, seen_from: Path) -> bool:
    return home.is_relative_to(MODELS) and not seen_from.is_relative_to(MODELS)
