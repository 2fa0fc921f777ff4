"""Findings as JSON and back: the same objects, whatever they are shown as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ...compiler.together import FileFindings, Place
from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Diagnostic, Fix, Frame, Related
from ...dsl.text.source import Source, Span

Json: TypeAlias = "bool | int | str | list[Json] | None"

_CLASSES: Mapping[str, Any] = {cls.__name__: cls for cls in (Diagnostic, Related, Frame, Fix)}
_SPAN, _CODE, _TUPLE = "Span", "Code", "tuple"
_CODES = {code.id: code for code in Code}


class Unreadable(Exception):
    """What was kept is nothing that this netc wrote."""


def encoded(found: FileFindings, texts: Mapping[str, int]) -> Json:
    """Findings as JSON; of the sources that `texts` numbers, the number stands for the text."""
    sources: dict[tuple[str, str], int] = {}

    def number(source: Source) -> int:
        return sources.setdefault((source.path, source.text), len(sources))

    diagnostics = [_encoded(one, number) for one in found.diagnostics]
    listed: list[Json] = [[path, texts.get(text, text)] for path, text in sources]
    places: list[Json] = [[list(at) for at in sorted(p)] for p in (found.answered, found.idle)]
    return [found.name, listed, diagnostics, *places]


def no_text(number: int) -> str:
    """Where no text has a number. Raises Unreadable."""
    raise Unreadable


def decoded(kept: object, text: Callable[[int], str] = no_text) -> FileFindings:
    """The findings of `encoded`; `text` gives the texts that have numbers. Raises Unreadable."""
    try:
        name, listed, diagnostics, answered, idle = _list(kept)
        sources = []
        for pair in _list(listed):
            path, source = _list(pair)
            given = text(source) if isinstance(source, int) else _text(source)
            sources.append(Source(_text(path), given))
        found = [_diagnostic(_decoded(one, sources)) for one in _list(diagnostics)]
        return FileFindings(_text(name), tuple(found), _places(answered), _places(idle))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise Unreadable from error


def _encoded(value: object, number: Callable[[Source], int]) -> Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Span):
        return [_SPAN, number(value.source), value.start, value.end]
    if isinstance(value, Code):
        return [_CODE, value.id]
    if isinstance(value, tuple):
        return [_TUPLE, *(_encoded(item, number) for item in value)]
    cls = _CLASSES.get(type(value).__name__)
    if cls is None or not isinstance(value, cls):
        raise TypeError(f"a finding holds a {type(value).__name__}")
    parts = (getattr(value, name) for name in cls.__match_args__)
    return [cls.__name__, *(_encoded(part, number) for part in parts)]


def _decoded(kept: object, sources: list[Source]) -> object:
    if not isinstance(kept, list):
        return kept
    kind, *parts = kept
    if kind == _SPAN:
        source, start, end = parts
        return Span(sources[source], start, end)
    if kind == _CODE:
        return _CODES[parts[0]]
    made = [_decoded(part, sources) for part in parts]
    return tuple(made) if kind == _TUPLE else _CLASSES[kind](*made)


def _places(kept: object) -> frozenset[Place]:
    return frozenset(
        (_text(path), _number(start), _number(end)) for path, start, end in map(_list, _list(kept))
    )


def _diagnostic(kept: object) -> Diagnostic:
    if not isinstance(kept, Diagnostic):
        raise Unreadable
    return kept


def _number(kept: object) -> int:
    if not isinstance(kept, int):
        raise Unreadable
    return kept


def _list(kept: object) -> list[object]:
    if not isinstance(kept, list):
        raise Unreadable
    return kept


def _text(kept: object) -> str:
    if not isinstance(kept, str):
        raise Unreadable
    return kept
