"""Parses a text that was parsed a moment ago without doing it again.

An editor asks twice, and files that are checked one after the other import the same.
"""

from __future__ import annotations

from functools import lru_cache

from ...dsl.syntax.ast import File
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source

SMALL = 2**14
"""Characters of a text of which many are kept: a tree takes a hundred times as much memory."""


def parsed(source: Source) -> File:
    """The syntax tree of a text, whose spans may point into an equal source.

    Raises DiagnosticError with every syntax error found.
    """
    kept = _small if len(source.text) <= SMALL else _large
    return kept(source.path, source.text)


def _parsed(path: str, text: str) -> File:
    return parse(Source(path, text))


_small = lru_cache(maxsize=64)(_parsed)
_large = lru_cache(maxsize=4)(_parsed)
