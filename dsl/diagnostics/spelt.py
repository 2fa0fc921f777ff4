"""What a help spells out as code, as an edit; loaded where something is found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ..text.source import Span
from .diagnostic import Diagnostic, Fix
from .edits import argument_added, argument_removed

_OPEN = ("…", "...")
"""What stands in code for something that the author has to fill in."""


def spelt_out(diagnostic: Diagnostic) -> Fix | None:
    """The edit of what is underlined that a help spells out; None where it does not, or not whole.

    It is no more than an idea: whoever offers it has to prove it.
    """
    for form, edit in _FORMS:
        found = form.match(diagnostic.help)
        if found is None or any(mark in found[1] for mark in _OPEN):
            continue
        fix = edit(diagnostic.span, found[1])
        if fix is not None:
            chosen = form in _GUESSES or ", or " in diagnostic.help
            return replace(fix, unsafe=chosen or diagnostic.severity == "warning")
    return None


def _written(span: Span, code: str) -> Fix | None:
    """The code in the place of what is underlined; of `name=value` a name replaces the name."""
    text = span.text
    if code.startswith(("->", "#")) or (" = " in code and " = " not in text):
        return None
    before = span.source.text[: span.start]
    for prefix in (code[: i + 1] for i, sign in enumerate(code) if sign == "."):
        if before.endswith(prefix):
            return Fix(span, code.removeprefix(prefix))
    named = re.match(r"(\w+)\s*=[^=]", text)
    if named is not None and code.isidentifier():
        return Fix(Span(span.source, span.start, span.start + len(named[1])), code)
    return Fix(span, code)


def _near(span: Span, name: str) -> Fix | None:
    """A name in the place of one that looks like it; what is a string stays one."""
    return Fix(span, f'"{name}"') if span.text[:1] == '"' else _written(span, name)


def _exactly(span: Span, code: str) -> Fix | None:
    return Fix(span, code)


def _unwrapped(span: Span, _: str) -> Fix | None:
    """The items of a list without its brackets."""
    listed = span.text[:1] == "[" and span.text[-1:] == "]"
    return Fix(span, span.text[1:-1].strip()) if listed else None


def _wrapped(span: Span, code: str) -> Fix | None:
    """Parentheses around what begins at the place, where it is just the code in them."""
    inner = code[1:-1]
    if not span.source.text.startswith(inner, span.start):
        return None
    return Fix(Span(span.source, span.start, span.start + len(inner)), code)


def _called_so(span: Span, code: str) -> Fix | None:
    """The code in the place of the call that the underlined argument stands in."""
    text, depth = span.source.text, 0
    for start in range(span.start - 1, -1, -1):
        depth += (text[start] in ")]") - (text[start] in "([")
        if depth < 0:
            break
    else:
        return None
    word = re.search(r"\w+$", text[:start])
    end = _end_of(text, start + 1, ")")
    if word is None or end is None:
        return None
    return Fix(Span(span.source, word.start(), end + 1), code)


def _end_of(text: str, start: int, ends: str) -> int | None:
    """Where one of some signs stands outside the brackets that open behind `start`."""
    depth = 0
    for index in range(start, len(text)):
        sign = text[index]
        if depth == 0 and sign in ends:
            return index
        depth += (sign in "([{") - (sign in ")]}")
    return None


def _set(span: Span, setting: str) -> Fix | None:
    """A setting of a recipe: its value replaced, or a line of its own where there is none."""
    name, _, value = setting.partition(" = ")
    if _setting_of(span, name) is not None:
        return Fix(span, value)
    opened = re.compile(r"[^\S\n]*(?:for \w+ )?\{").match(span.source.text, span.end)
    if opened is None:
        return None
    return Fix(Span(span.source, opened.end(), opened.end()), f"\n  {setting}")


def _unset(span: Span, name: str) -> Fix | None:
    """A setting of a recipe taken out with its line, where what is underlined is in it."""
    start = _setting_of(span, name)
    end = None if start is None else _end_of(span.source.text, span.start, "\n")
    if start is None or end is None:
        return None
    return Fix(Span(span.source, start, end + 1), "")


def _setting_of(span: Span, name: str) -> int | None:
    """Where the line of a setting begins, if what is underlined stands in that line."""
    text = span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    found = re.compile(rf"[^\S\n]*{re.escape(name)}\s*(=|$)").match(text, start)
    return start if found is not None else None


def _added(span: Span, argument: str) -> Fix | None:
    """The argument given to the call that is underlined, or behind the argument that is."""
    if "=" not in argument:
        return None
    added = argument_added(span, argument) if _calls(span) else None
    return added or Fix(Span(span.source, span.end, span.end), f", {argument}")


def _calls(span: Span) -> bool:
    return re.match(r"[A-Za-z][\w.]*(\(|$)", span.text) is not None


def _removed(span: Span, argument: str) -> Fix | None:
    """The argument taken away: what is underlined, or one of the call that is."""
    name = argument.partition("=")[0].strip()
    if re.match(rf"{re.escape(name)}\s*=[^=]", span.text):
        return argument_removed(span)
    inside = re.search(rf"(?<!\w){re.escape(name)}\s*=[^=]", span.text)
    if inside is None:
        return None
    start, depth, end = inside.start(), 0, len(span.text)
    for index in range(inside.end() - 1, len(span.text)):
        sign = span.text[index]
        depth += (sign in "([") - (sign in ")]")
        if depth < 0 or (depth == 0 and sign == ","):
            end = index
            break
    return argument_removed(Span(span.source, span.start + start, span.start + end))


def _left_out(span: Span, _: str) -> Fix | None:
    """The argument that is underlined taken away, where it is one of a call."""
    before = span.source.text[: span.start].rstrip()
    behind = span.source.text[span.end :].lstrip()
    inside = before.endswith(("(", ",")) and behind.startswith((")", ","))
    return argument_removed(span) if inside else None


def _put_before(span: Span, layer: str) -> Fix | None:
    """The layer put before the one that is underlined, in its pipeline."""
    if not span.source.text[: span.start].rstrip().endswith("->"):
        return None
    return Fix(Span(span.source, span.start, span.start), f"{layer} -> ")


def _underscored(span: Span, _: str) -> Fix | None:
    return Fix(Span(span.source, span.start, span.start), "_")


_BEFORE = re.compile(r"(?:add a channel axis: |it takes .*: )?`-> ([^`]+)`(?: .*)?$")
_SAY = re.compile(r"(?:say it|say what .*|give one output a loss): `(\w+ = [^`]+)`")
_GUESSES = frozenset((_BEFORE, _SAY))
"""Forms whose code is one of several that would do."""

_FORMS: tuple[tuple[re.Pattern[str], Callable[[Span, str], Fix | None]], ...] = (
    (re.compile(r"did you mean `([^`]+)`\?"), _near),
    (
        re.compile(r"(?:write|give it:|call it) `([^`]+)`(?!,? (?:or|and) `)(?:[;:,]? .*)?$"),
        _written,
    ),
    (re.compile(r"use `loss = (\w+)`"), _exactly),
    (re.compile(r"write a number, such as `batch = (\d+)`"), _exactly),
    (re.compile(r"(?:leave|remove) `([^`]+)`(?: out)?(?:[:;,] .*)?$"), _removed),
    (re.compile(r"(leave it out)(?::|$)"), _left_out),
    (re.compile(r"(?:add|give it|give one:|give) `([^`]+=[^`]+)`(?:[,;] .*)?$"), _added),
    (re.compile(r"(?:leave|remove) `([^`]+)`(?: out)?(?:[:;,] .*)?$"), _unset),
    (re.compile(r".*(?:, or|;) remove (?:the )?`(\w+)`$"), _unset),
    (re.compile(r"`(dtype=\w+)` (?:holds it|among )"), _added),
    (re.compile(r"`(accuracy|hinge)` (?:follows the loss|measures )"), _exactly),
    (re.compile(r"write the layer's name alone: `(\w+)`"), _exactly),
    (re.compile(r"return several as `(return a, b)`"), _unwrapped),
    (re.compile(r".* in parentheses: `(\([^`]+\))`"), _wrapped),
    (re.compile(r"(?:add it to|multiply) the result instead: `([^`]+)`"), _called_so),
    (_SAY, _set),
    (_BEFORE, _put_before),
    (re.compile(r"remove it, or start its name with `(_)`"), _underscored),
)
"""What helps say, and the edit that it is; the code stands in backticks."""
