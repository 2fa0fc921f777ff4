"""Findings that another one explains: one mistake is one report."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic
from ..dsl.diagnostics.merged import merged
from ..dsl.diagnostics.suggest import ALONE, nearest
from ..dsl.syntax import ast
from ..dsl.text.source import Span

_UNUSED = frozenset((Code.UNUSED_VALUE, Code.UNUSED_PARAMETER, Code.UNUSED_IMPORT))
_UNKNOWN = frozenset((Code.UNKNOWN_LAYER, Code.UNKNOWN_NAME))
_LENGTHS = frozenset((Code.PATIENCE, Code.SCHEDULE_DOUBT))
_VALUES = frozenset((Code.WRONG_TYPE, Code.BAD_VALUE))
_IN_HEADS = frozenset((Code.BAD_SIGNATURE, Code.UNKNOWN_NAME))
_TELLING = (
    Code.UNKNOWN_SETTING,
    Code.UNKNOWN_ARGUMENT,
    Code.UNKNOWN_NAME,
    Code.IMPORT_MISSING,
    Code.BAD_STATEMENT,
    Code.NO_RETURN,
)

_SHAPES = frozenset((Code.BROADCAST, Code.SHAPE))
_PAIR = re.compile(r"`(\w+)` and `(\w+)` are different names|got ([^\W\d]\w*) and ([^\W\d]\w*):")
"""Two sizes that a message calls different: one name for both mends each place they meet at."""

_COMPARED = 20
"""Unknown names of an item that an unused one is compared with."""

_Number: TypeAlias = tuple[str, int]


def without_effects(
    files: Iterable[ast.File], diagnostics: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """The findings without those that go when another one is mended, or that say it again.

    - What an unknown name is taken to mean is not said to be unused; nor is anything of an item
      with a name that nobody can tell the meaning of.
    - The value that the last line of a body without `return` names is not said to be unused.
    - How long a recipe runs is not judged where a setting of it is misspelt.
    - What an unknown argument would have been is not looked at, and a value that holds an unknown
      name is not judged.
    - Where an import of a name fails, names like it are not reported.
    - What a signature at fault says is not held against what is returned, given or promised, and a
      statement without effect is not looked into.
    - An argument that a block lacks and itself misses as a name is told in the block.
    - A name that is unknown at several places of an item, or one of the file's own at several of
      the file, is one finding; so is a measure that breaks several lines of a contract, and so
      are two names of sizes that meet at several places.
    """
    places = _Places(files)
    errors = [one for one in diagnostics if one.severity == "error"]
    causes = _Causes(errors, places)
    found = [one for one in diagnostics if not causes.explain(one)]
    found = merged(found, lambda one: _name_in_item(one, places))
    often = Counter(_spelling(one) for one in found if one.code in _UNKNOWN)
    found = merged(found, lambda one: _name_in_file(one, places, often))
    return merged(found, lambda one: _said_twice(one, places))


def _name_in_item(one: Diagnostic, places: _Places) -> Hashable:
    return (places.number(one.span), one.span.text) if one.code in _UNKNOWN else None


def _spelling(one: Diagnostic) -> Hashable:
    return one.code, one.span.source.path, one.span.text, one.help


def _name_in_file(one: Diagnostic, places: _Places, often: Mapping[Hashable, int]) -> Hashable:
    """A name that the file itself lacks or spells otherwise, and not a layer that is misspelt."""
    if one.code not in _UNKNOWN or often[_spelling(one)] == 1:
        return None
    path, name = one.span.source.path, one.span.text
    own = one.fix is None or places.defines(path, one.fix.text)
    return _spelling(one) if own or nearest(name, places.defined(path)) else None


def _said_twice(one: Diagnostic, places: _Places) -> Hashable:
    """What one item is told once: a broken measure, two names of a size, a short list, …"""
    if one.code is Code.CONTRACT:
        return places.number(one.span), one.label
    if one.code is Code.UNKNOWN_LAYER and one.help.startswith(ALONE):
        return places.number(one.span), one.message
    if one.code is Code.UNKNOWN_OUTPUT:
        return places.number(one.span), one.message
    if one.code in _SHAPES:
        pair = _PAIR.search(one.message)
        return pair and (places.number(one.span), frozenset(filter(None, pair.groups())))
    listed, bracket, _ = one.span.text.partition("[")
    if one.code is Code.STATIC_FAULT and bracket and listed.isidentifier():
        return places.number(one.span), listed
    return None


class _Places:
    """Which item of a file a place is in."""

    def __init__(self, files: Iterable[ast.File]) -> None:
        self._items = {file.source.path: file.items for file in files}
        self._starts = {
            path: [item.span.start for item in items] for path, items in self._items.items()
        }
        self._names = {path: list(_names(items)) for path, items in self._items.items()}

    def defined(self, path: str) -> list[str]:
        """The names that a file defines or imports."""
        return self._names.get(path, [])

    def defines(self, path: str, name: str) -> bool:
        """Whether a file has an item or an import of a name."""
        return name in self.defined(path)

    def number(self, span: Span) -> _Number:
        """A file and the number of one of its items, from 1."""
        starts = self._starts.get(span.source.path, [])
        return span.source.path, bisect_right(starts, span.start)

    def item(self, span: Span) -> ast.Item | None:
        """The item that holds a place."""
        path, number = self.number(span)
        return self._items[path][number - 1] if number else None

    def net_of(self, span: Span) -> _Number | None:
        """The definition, in the same file, that an `expect` or `train` block is about."""
        item = self.item(span)
        if not isinstance(item, ast.Expect | ast.Train):
            return None
        for other in self._items[span.source.path]:
            if isinstance(other, ast.Definition) and other.name.name == item.net.name:
                return self.number(other.span)
        return None


class _Causes:
    """Errors by what else they explain."""

    def __init__(self, errors: Sequence[Diagnostic], places: _Places) -> None:
        self._places = places
        self._spans = {(one.span.source.path, one.span.start, one.span.end) for one in errors}
        self._of = {code: [one.span for one in errors if one.code is code] for code in _TELLING}
        self._unknown: dict[Hashable, list[Diagnostic]] = {}
        for one in errors:
            if one.code in _UNKNOWN:
                wheres = {one.span.source.path, places.number(one.span), places.net_of(one.span)}
                for where in wheres:
                    self._unknown.setdefault(where, []).append(one)
        self._heads = {
            places.number(one.span): item
            for one in errors
            if one.code in _IN_HEADS
            and isinstance(item := places.item(one.span), ast.Definition)
            and _holds(item.head_span, one.span)
        }

    def explain(self, one: Diagnostic) -> bool:
        """Whether one of the errors explains a finding."""
        code, span, places = one.code, one.span, self._places
        if code in _UNUSED:
            path = span.source.path
            missing = map(places.number, self._of[Code.IMPORT_MISSING])
            if code is Code.UNUSED_IMPORT and places.number(span) in missing:
                return True
            if self._is_last_of_all(span):
                return True
            return self._may_mean(path if code is Code.UNUSED_IMPORT else places.number(span), span)
        if code in _LENGTHS:
            number = places.number(span)
            return number in map(places.number, self._of[Code.UNKNOWN_SETTING])
        if code is Code.UNREACHABLE:
            return (span.source.path, span.start, span.end) in self._spans
        if code in _UNKNOWN and self._is_imported(span):
            return True
        if code is Code.UNKNOWN_NAME and (
            self._within(Code.UNKNOWN_ARGUMENT, span) or self._is_lost(span)
        ):
            return True
        if code is Code.UNKNOWN_ARGUMENT and self._is_misspelt_there(one):
            return True
        if code in _VALUES and any(_holds(span, name) for name in self._of[Code.UNKNOWN_NAME]):
            return True
        if code is not Code.BAD_STATEMENT and self._within(Code.BAD_STATEMENT, span):
            return True
        return self._is_of_a_head(one)

    def _may_mean(self, where: Hashable, unused: Span) -> bool:
        """Whether an unknown name of an item or a file may mean what is not used."""
        unknown = self._unknown.get(where, ())
        if any(one.fix is None or one.fix.text == unused.text for one in unknown):
            return True
        return any(nearest(one.span.text, [unused.text]) for one in unknown[:_COMPARED])

    def _is_last_of_all(self, unused: Span) -> bool:
        """Whether a value is that of the last line of a body without `return`."""
        item = self._places.item(unused)
        if not isinstance(item, ast.Definition) or not item.body:
            return False
        lacking = map(self._places.number, self._of[Code.NO_RETURN])
        return _holds(item.body[-1].span, unused) and self._places.number(unused) in lacking

    def _is_imported(self, name: Span) -> bool:
        """Whether an import of a name like this one fails."""
        path = name.source.path
        missing = [one.text for one in self._of[Code.IMPORT_MISSING] if one.source.path == path]
        return bool(missing and nearest(name.text, missing))

    def _is_lost(self, name: Span) -> bool:
        """Whether a statement that keeps nothing begins with a name, as `y (x) -> F` does."""
        number = self._places.number(name)
        return any(
            span.text.startswith(name.text) and self._places.number(span) == number
            for span in self._of[Code.BAD_STATEMENT]
        )

    def _is_misspelt_there(self, argument: Diagnostic) -> bool:
        """Whether the block that has no such argument knows no such name, and uses it."""
        name = argument.span.text.partition("=")[0].strip()
        return any(
            one.span.text == name
            for other in argument.related
            for one in self._unknown.get(self._places.number(other.span), ())
        )

    def _within(self, code: Code, span: Span) -> bool:
        return any(_holds(outer, span) for outer in self._of[code])

    def _is_of_a_head(self, one: Diagnostic) -> bool:
        """Whether a faulty signature explains a finding about it, in it or where it is used."""
        if not self._heads:
            return False
        number = self._places.number(one.span)
        if number in self._heads:
            return one.code is Code.SIGNATURE
        if one.severity == "error" and self._places.net_of(one.span) in self._heads:
            return True
        heads = [item.head_span for item in self._heads.values()]
        return any(_holds(head, other.span) for other in one.related for head in heads)


def _names(items: Iterable[ast.Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, ast.Definition | ast.Const):
            yield item.name.name
        elif isinstance(item, ast.Import):
            yield from ((one.alias or one.name).name for one in item.names)


def _holds(outer: Span, inner: Span) -> bool:
    same = outer.source.path == inner.source.path
    return same and outer.start <= inner.start and inner.end <= outer.end
