"""Edits of text: arguments given and taken away, activations put in place, several as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..text.source import Span
from .diagnostic import Fix

_NAME = r"[A-Za-z_][\w.]*"


def argument_added(call: Span, argument: str) -> Fix | None:
    """The edit that gives a call, or a bare name, one more argument; None where it is neither."""
    text = call.text
    if re.fullmatch(_NAME, text):
        return Fix(Span(call.source, call.end, call.end), f"({argument})")
    if not text.endswith(")") or "#" in text:
        return None
    inside = text[:-1].rstrip()
    comma = "" if inside.endswith(("(", ",")) else ", "
    start = call.start + len(inside)
    return Fix(Span(call.source, start, call.end - 1), f"{comma}{argument}")


def argument_removed(argument: Span) -> Fix:
    """The edit that takes an argument out of its call, and a comma beside it."""
    text = argument.source.text
    behind = text[argument.end :]
    rest = behind.lstrip()
    if rest.startswith(","):
        end = argument.end + len(behind) - len(rest[1:].lstrip(" "))
        return Fix(Span(argument.source, argument.start, end), "")
    before = text[: argument.start].rstrip()
    start = len(before[:-1].rstrip()) if before.endswith(",") else argument.start
    return Fix(Span(argument.source, start, argument.end), "")


def activated(layer: Span, activation: str) -> Fix | None:
    """The edit that lets a layer end in an activation, in the place of the one it has."""
    found = re.search(r"(?<!\w)activation\s*=\s*(\w+)", layer.text)
    if found is not None:
        start = layer.start + found.start(1)
        return Fix(Span(layer.source, start, start + len(found[1])), activation)
    called = re.fullmatch(r"(\w+)\(.*\)", layer.text, re.DOTALL)
    if called is not None:
        return argument_added(layer, f"activation={activation}")
    return Fix(layer, activation) if layer.text.isidentifier() else None


def edited(span: Span, fixes: Iterable[Fix]) -> str:
    """The text of a place after the edits inside it."""
    text = span.text
    for fix in sorted(set(fixes), key=lambda fix: fix.span.start, reverse=True):
        if fix.span.within(span):
            start, end = fix.span.start - span.start, fix.span.end - span.start
            text = text[:start] + fix.text + text[end:]
    return text


def together(fixes: Sequence[Fix]) -> Fix | None:
    """Several edits of one file as one; None where they are in several, or there are none."""
    if not fixes or any(fix.span.source is not fixes[0].span.source for fix in fixes):
        return None
    if len(fixes) == 1:
        return fixes[0]
    start, end = min(f.span.start for f in fixes), max(f.span.end for f in fixes)
    whole = Span(fixes[0].span.source, start, end)
    return Fix(whole, edited(whole, fixes))
