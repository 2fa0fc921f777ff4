"""Parses a text that was parsed a moment ago without doing it again: an editor asks twice."""

from __future__ import annotations

from functools import lru_cache

from ...dsl.syntax.ast import File
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source


def parsed(source: Source) -> File:
    """The syntax tree of a text, whose spans may point into an equal source.

    Raises DiagnosticError with every syntax error found.
    """
    return _parsed(source.path, source.text)


@lru_cache(maxsize=4)
def _parsed(path: str, text: str) -> File:
    return parse(Source(path, text))
