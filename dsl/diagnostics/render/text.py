"""Diagnostics for a person at a terminal: source snippets with labelled underlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...text.escape import terminal
from ..diagnostic import Diagnostic, Frame
from .ansi import Piece, Style, paint, row
from .order import in_order
from .snippet import Snippet, rows_of, snippets_of

_LEAST = 20
_PLACES = 4
"""Other places shown with their source; the rest are named, a line each."""
_ALL_FRAMES = 6
_FIRST_FRAMES = 3
_LAST_FRAMES = 2


def render_text(diagnostics: Sequence[Diagnostic], *, color: bool, width: int = 100) -> str:
    """The diagnostics in order, an empty line between two, no newline at the end.

    Source lines are cropped to `width` terminal cells; messages are never cut. With `color` the
    text holds ANSI codes. No control character of a source or message reaches the result.
    """
    return "\n\n".join("\n".join(_lines(one, color, width)) for one in in_order(diagnostics))


def summary_line(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """One line such as `checked 3 files: 2 errors, 1 warning`."""
    errors = sum(one.severity == "error" for one in diagnostics)
    warnings = len(diagnostics) - errors
    counts = [_count(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return f"checked {_count(files, 'file')}: {', '.join(counts) or 'no faults'}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


@dataclass(frozen=True, slots=True)
class _Gutter:
    """The column of line numbers, `digits` wide, and the bar behind it."""

    digits: int
    color: bool

    def line(self, sign: str, rest: str = "", number: str = "") -> str:
        edge = paint(f"{number:>{self.digits}} {sign}", Style.BLUE, self.color)
        return f"{edge} {rest}" if rest else edge.rstrip()


def _lines(diagnostic: Diagnostic, color: bool, width: int) -> Iterator[str]:
    style = Style.RED if diagnostic.severity == "error" else Style.YELLOW
    head = f"{diagnostic.severity}[{diagnostic.code.id}]"
    message = f": {terminal(diagnostic.message)}"
    yield paint(head, style, color) + paint(message, Style.BOLD, color)
    also = diagnostic.related[_PLACES:]
    diagnostic = replace(diagnostic, related=diagnostic.related[:_PLACES])
    spans = [diagnostic.span, *(related.span for related in diagnostic.related)]
    digits = max(len(str(span.end_position[0])) for span in spans)
    room = max(width - digits - len(" │ "), _LEAST)
    snippets = snippets_of(diagnostic, style, room)
    numbers = [line.number for snippet in snippets for line in snippet.lines]
    gutter = _Gutter(len(str(max(numbers, default=1))), color)
    for index, snippet in enumerate(snippets):
        if index:
            yield gutter.line("│")
        yield from _snippet(snippet, gutter, room)
    if diagnostic.trace or diagnostic.help or also:
        yield gutter.line("│")
    for one in also:
        yield gutter.line("·", f"{terminal(str(one.span))}: {terminal(one.message)}")
    yield from (gutter.line("├─", text) for text in _trace(diagnostic.trace))
    if diagnostic.help:
        first, *others = (terminal(line) for line in diagnostic.help.splitlines())
        yield gutter.line("=", f"{paint('help', Style.BOLD, color)}: {first}")
        yield from (gutter.line(" ", f"      {line}") for line in others)


def _snippet(snippet: Snippet, gutter: _Gutter, room: int) -> Iterator[str]:
    yield gutter.line("┌─", terminal(snippet.heading))
    yield gutter.line("│")
    for line in snippet.lines:
        if line.gap:
            yield gutter.line("·")
        text, rows = rows_of(line, snippet.source, room)
        yield gutter.line("│", text, str(line.number))
        yield from (gutter.line("│", row(pieces, gutter.color)) for pieces in rows)
    for label, style in snippet.notes:
        yield gutter.line("│", row([Piece(0, terminal(label), style)], gutter.color))


def _trace(trace: Sequence[Frame]) -> Iterator[str]:
    if len(trace) <= _ALL_FRAMES:
        yield from map(_frame, trace)
        return
    yield from map(_frame, trace[:_FIRST_FRAMES])
    yield f"… {len(trace) - _FIRST_FRAMES - _LAST_FRAMES} more"
    yield from map(_frame, trace[-_LAST_FRAMES:])


def _frame(frame: Frame) -> str:
    return terminal(f"in {frame.block}({frame.args}), called at {frame.span}")
