"""Mistakes of one habit, such as single quotes all over a file: one report for all of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic
from ..diagnostics.merged import merged
from .literals import PYTHON_LITERALS


def gathered(problems: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The problems of a file in the order of its text, each habit once, with one fix.

    Of a line the first problem is reported, but for habits; where its quotes do not pair, that
    alone.
    """
    unpaired = {one.span.line for one in problems if _is_open_string(one)}
    left = [one for one in problems if _is_open_string(one) or one.span.line not in unpaired]
    left.sort(key=lambda one: one.span.start)
    left = _outside_edits(left)
    left = _first_of_lines(left)
    words = list(dict.fromkeys(one.span.text for one in left if _is_python(one)))
    return [
        _of_words(one, words) if _is_python(one) and len(words) > 1 else one
        for one in merged(left, _habit)
    ]


def _outside_edits(problems: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The problems without those in what an earlier one's edit replaces or makes a comment."""
    found: list[Diagnostic] = []
    end = 0
    for one in problems:
        if one.span.start >= end:
            found.append(one)
        if one.fix is not None and one.fix.span.start >= one.span.start:
            end = max(end, one.fix.span.end)
            if one.fix.text == "#":
                text = one.span.source.text
                end = len(text) - len(text[end:].partition("\n")[2])
    return found


def _first_of_lines(problems: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The problems without those behind another on their line, but for habits."""
    found: dict[Hashable, Diagnostic] = {}
    for one in problems:
        found.setdefault(one.span.start if _habit(one) else (one.span.line,), one)
    return list(found.values())


def _is_open_string(one: Diagnostic) -> bool:
    return one.code is Code.UNCLOSED and one.span.text.startswith('"')


def _is_python(one: Diagnostic) -> bool:
    return one.fix is not None and PYTHON_LITERALS.get(one.span.text) == one.fix.text


def _habit(one: Diagnostic) -> Hashable:
    if _is_python(one):
        return Code.UNEXPECTED_TOKEN
    if one.code is Code.UNEXPECTED_CHARACTER or one.fix is not None:
        return one.code, one.message
    return None


def _of_words(one: Diagnostic, words: Sequence[str]) -> Diagnostic:
    """The report of several words of Python's in one."""
    theirs = " and ".join(f"`{word}`" for word in words)
    ours = " and ".join(dict.fromkeys(f"`{PYTHON_LITERALS[word]}`" for word in words))
    return replace(one, message=f"{theirs} are not words of the language", help=f"write {ours}")
