"""Findings that another one explains: one mistake is one report."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic
from ..dsl.diagnostics.merged import merged
from ..dsl.diagnostics.suggest import nearest
from ..dsl.syntax import ast
from ..dsl.text.source import Span

_UNUSED = frozenset((Code.UNUSED_VALUE, Code.UNUSED_PARAMETER, Code.UNUSED_IMPORT))
_UNKNOWN = frozenset((Code.UNKNOWN_LAYER, Code.UNKNOWN_NAME))
_LENGTHS = frozenset((Code.PATIENCE, Code.SCHEDULE_DOUBT))
_VALUES = frozenset((Code.WRONG_TYPE, Code.BAD_VALUE))


def without_effects(
    files: Iterable[ast.File], diagnostics: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """The findings without those that go when another one is mended, or that say it again.

    - What an unknown name is taken to mean is not said to be unused; nor is anything of an item
      with a name that nobody can tell the meaning of.
    - How long a recipe runs is not judged where a setting of it is misspelt.
    - What an unknown argument would have been is not looked at, and a value that holds an unknown
      name is not judged.
    - Where an import of a name fails, names like it are not reported.
    - A name that is unknown at several places of an item, or one of the file's own at several of
      the file, is one finding; so is a measure that breaks several lines of a contract.
    """
    places = _Places(files)
    errors = [one for one in diagnostics if one.severity == "error"]
    misset = {places.item(one.span) for one in errors if one.code is Code.UNKNOWN_SETTING}
    unknown = [one for one in errors if one.code in _UNKNOWN]
    meant: set[tuple[Hashable, str | None]] = {
        (places.item(one.span), _meant(one)) for one in unknown
    }
    meant |= {(one.span.source.path, _meant(one)) for one in unknown}
    missing = {
        (one.span.source.path, one.span.text) for one in errors if one.code is Code.IMPORT_MISSING
    }
    inside = _Inside(errors)

    def explained(one: Diagnostic) -> bool:
        if one.code in _UNUSED:
            imported = one.code is Code.UNUSED_IMPORT
            where = one.span.source.path if imported else places.item(one.span)
            return bool({(where, one.span.text), (where, None)} & meant)
        if one.code in _LENGTHS:
            return places.item(one.span) in misset
        if one.code in _UNKNOWN and missing:
            path, name = one.span.source.path, one.span.text
            if nearest(name, [other for where, other in missing if where == path]):
                return True
        if one.code is Code.UNREACHABLE:
            return inside.same(one.span)
        return inside.explains(one)

    found = [one for one in diagnostics if not explained(one)]
    found = merged(found, lambda one: _name_in_item(one, places))
    found = merged(found, lambda one: _name_in_file(one, places))
    return merged(found, lambda one: _measure(one, places))


def _meant(unknown: Diagnostic) -> str | None:
    """The name that a misspelt one is taken for; None where nobody can tell."""
    return unknown.fix.text if unknown.fix is not None else None


def _name_in_item(one: Diagnostic, places: _Places) -> Hashable:
    return (places.item(one.span), one.span.text) if one.code in _UNKNOWN else None


def _name_in_file(one: Diagnostic, places: _Places) -> Hashable:
    """A name that the file itself lacks or spells otherwise, and not a layer that is misspelt."""
    path, name = one.span.source.path, one.span.text
    if one.code not in _UNKNOWN or (one.fix is not None and not places.defines(path, one.fix.text)):
        return None
    return one.code, path, name, one.help


def _measure(one: Diagnostic, places: _Places) -> Hashable:
    return (places.item(one.span), one.label) if one.code is Code.CONTRACT else None


class _Places:
    """Which item of a file a place is in."""

    def __init__(self, files: Iterable[ast.File]) -> None:
        self._items = {file.source.path: file.items for file in files}
        self._starts = {
            path: [item.span.start for item in items] for path, items in self._items.items()
        }
        self._names = {path: set(_names(items)) for path, items in self._items.items()}

    def defines(self, path: str, name: str) -> bool:
        """Whether a file has an item or an import of a name."""
        return name in self._names.get(path, ())

    def item(self, span: Span) -> tuple[str, int]:
        """A file and the number of one of its items, from 1."""
        starts = self._starts.get(span.source.path, [])
        return span.source.path, bisect_right(starts, span.start)


def _names(items: Iterable[ast.Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, ast.Definition | ast.Const):
            yield item.name.name
        elif isinstance(item, ast.Import):
            yield from ((one.alias or one.name).name for one in item.names)


class _Inside:
    """Errors by the text that they are about."""

    def __init__(self, errors: Sequence[Diagnostic]) -> None:
        self._spans = {(one.span.source.path, one.span.start, one.span.end) for one in errors}
        self._unknown = [one.span for one in errors if one.code is Code.UNKNOWN_NAME]
        self._arguments = [one.span for one in errors if one.code is Code.UNKNOWN_ARGUMENT]

    def same(self, span: Span) -> bool:
        """Whether an error is about just this text."""
        return (span.source.path, span.start, span.end) in self._spans

    def explains(self, one: Diagnostic) -> bool:
        """Whether a finding goes with an unknown argument around it, or an unknown name in it."""
        if one.code is Code.UNKNOWN_NAME:
            return any(_holds(argument, one.span) for argument in self._arguments)
        if one.code in _VALUES:
            return any(_holds(one.span, name) for name in self._unknown)
        return False


def _holds(outer: Span, inner: Span) -> bool:
    same = outer.source.path == inner.source.path
    return same and outer.start <= inner.start and inner.end <= outer.end
