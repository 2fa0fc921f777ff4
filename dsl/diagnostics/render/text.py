"""Diagnostics for a person at a terminal: source snippets with labelled underlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...record import record
from ...text.escape import terminal
from ..diagnostic import Diagnostic, Frame
from .ansi import Piece, Style, paint, row
from .order import in_order
from .snippet import Snippet, rows_of, snippets_of

_LEAST = 20
_MOST_LINES = 16
"""Lines of one finding, unless the whole chain is asked for."""
_ORIGINS = 2
_LINES = 8
"""Lines that are named where a finding is the same again."""
_ALL_CALLS = 2
_PLACES = 4
"""Other places shown with their source in the whole chain; the rest are named, a line each."""


def render_text(
    diagnostics: Sequence[Diagnostic], *, color: bool, width: int = 100, full: bool = False
) -> str:
    """The diagnostics in order, an empty line between two, no newline at the end.

    Each has its place and its help, then two places that it comes from and the calls around; all
    of them if `full`. Source lines are cropped to `width` terminal cells; messages are never cut.
    With `color` the text holds ANSI codes. No control character of a source or message reaches the
    result.
    """
    looks = _Looks(color, width, full)
    return "\n\n".join("\n".join(_lines(one, looks)) for one in in_order(diagnostics))


def shortened(diagnostics: Sequence[Diagnostic], width: int = 100) -> bool:
    """Whether `full` would show more of the diagnostics."""
    return any(_leaves_out(one, width) for one in diagnostics)


@record
class _Looks:
    """How findings are written."""

    color: bool
    width: int
    full: bool


@record
class _Gutter:
    """The column of line numbers, `digits` wide, and the bar behind it."""

    digits: int
    color: bool

    def line(self, sign: str, rest: str = "", number: str = "") -> str:
        edge = paint(f"{number:>{self.digits}} {sign}", Style.BLUE, self.color)
        return f"{edge} {rest}" if rest else edge.rstrip()


def _lines(diagnostic: Diagnostic, looks: _Looks) -> list[str]:
    style = Style.RED if diagnostic.severity == "error" else Style.YELLOW
    head = f"{diagnostic.severity}[{diagnostic.code.id}]"
    message = f": {terminal(diagnostic.message)}"
    title = paint(head, style, looks.color) + paint(message, Style.BOLD, looks.color)
    room = _room(diagnostic, looks.width)
    if not looks.full:
        diagnostic = _once(diagnostic)
    most = _PLACES if looks.full else _ORIGINS
    snippets, left = snippets_of(diagnostic, style, room, most, looks.full)
    numbers = [line.number for snippet in snippets for line in snippet.lines]
    gutter = _Gutter(len(str(max(numbers, default=1))), looks.color)
    shown = list(_blocks(snippets, gutter, room))
    place, *origins = shown
    begin = [title, *place, *_help(diagnostic.help, gutter)]
    frames = [gutter.line("├─", text) for text in _calls(diagnostic.trace, looks.full)]
    if looks.full:
        named = [f"{terminal(str(one.span))}: {terminal(one.message)}" for one in left]
        frames = [*(gutter.line("·", text) for text in named), *frames]
    else:
        while origins and len(begin) + sum(map(len, origins)) + len(frames) > _MOST_LINES:
            origins.pop()
    return [*begin, *(line for origin in origins for line in origin), *frames]


def _once(diagnostic: Diagnostic) -> Diagnostic:
    """The finding with the lines where it is the same again in the label of its place."""
    again = [one.span.line for one in diagnostic.related if one.again]
    if not again:
        return diagnostic
    lines = [str(line) for line in dict.fromkeys(again) if line != diagnostic.span.line]
    label = diagnostic.label or "here"
    if lines:
        shown = ", ".join(lines[:_LINES]) + (", …" if len(lines) > _LINES else "")
        label += f", and at line{'s' * (len(lines) > 1)} {shown}"
    here = tuple(
        replace(one, again=False)
        for one in diagnostic.related
        if not one.again or one.span.line == diagnostic.span.line
    )
    return replace(diagnostic, label=label, related=here)


def _room(diagnostic: Diagnostic, width: int) -> int:
    """The cells beside the gutter."""
    spans = [diagnostic.span, *(related.span for related in diagnostic.related)]
    digits = max(len(str(span.end_position[0])) for span in spans)
    return max(width - digits - len(" │ "), _LEAST)


def _leaves_out(diagnostic: Diagnostic, width: int) -> bool:
    if len(diagnostic.trace) > _ALL_CALLS or _once(diagnostic) is not diagnostic:
        return True
    room = _room(diagnostic, width)
    short, left = snippets_of(diagnostic, Style.RED, room, _ORIGINS, False)
    return bool(left) or short != snippets_of(diagnostic, Style.RED, room, _ORIGINS, True)[0]


def _blocks(snippets: Sequence[Snippet], gutter: _Gutter, room: int) -> Iterator[list[str]]:
    """The lines of each snippet; a heading where the file changes, or its line is shown already."""
    path, shown = "", set[int]()
    for snippet in snippets:
        numbers = {line.number for line in snippet.lines}
        if snippet.source.path != path:
            shown = set()
        known = snippet.source.path == path and not numbers & shown
        heading = () if known else (gutter.line("┌─", terminal(snippet.heading)),)
        yield [*heading, *_rows(snippet, gutter, room)]
        path, shown = snippet.source.path, shown | numbers


def _rows(snippet: Snippet, gutter: _Gutter, room: int) -> Iterator[str]:
    for line in snippet.lines:
        text, rows = rows_of(line, snippet.source, room)
        yield gutter.line("│", text, str(line.number))
        yield from (gutter.line("│", row(pieces, gutter.color)) for pieces in rows)
    for label, style in snippet.notes:
        yield gutter.line("│", row([Piece(0, terminal(label), style)], gutter.color))


def _help(help: str, gutter: _Gutter) -> Iterator[str]:
    if help:
        first, *others = (terminal(line) for line in help.splitlines())
        yield gutter.line("=", f"{paint('help', Style.BOLD, gutter.color)}: {first}")
        yield from (gutter.line(" ", f"      {line}") for line in others)


def _calls(trace: Sequence[Frame], full: bool) -> Iterator[str]:
    """The innermost calls, and the outermost, a line each."""
    every, first, last = (6, 3, 2) if full else (_ALL_CALLS, 1, 1)
    if len(trace) <= every:
        yield from map(_call, trace)
        return
    yield from map(_call, trace[:first])
    yield f"… {len(trace) - first - last} more"
    yield from map(_call, trace[-last:])


def _call(frame: Frame) -> str:
    return terminal(f"in {frame.block}({frame.args}), called at {frame.span}")
