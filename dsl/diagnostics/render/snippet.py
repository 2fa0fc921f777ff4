"""The source snippets of one diagnostic: which lines are shown, and with which marks."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import record
from ...text.source import Source, Span
from ..diagnostic import Diagnostic, Related
from .ansi import Piece, Style
from .cells import strip_of, width_of
from .marks import Mark, rows_below

_SHORT = 8


@record
class Line:
    """A source line to show."""

    number: int
    marks: tuple[Mark, ...]


@record
class Snippet:
    """The lines of one source that are shown together below one heading.

    A source without text has no lines to mark; its labels are `notes`.
    """

    source: Source
    lines: tuple[Line, ...]
    notes: tuple[tuple[str, Style], ...] = ()

    @property
    def heading(self) -> str:
        """`file:line:column` of the first mark; the file alone where there is no text."""
        if not self.lines:
            return self.source.path
        first = self.lines[0]
        return f"{self.source.path}:{first.number}:{min(m.start for m in first.marks) + 1}"


def snippets_of(
    diagnostic: Diagnostic, primary: Style, width: int, most: int, steps: bool
) -> tuple[list[Snippet], list[Related]]:
    """The snippets to show, that of the primary span first, and the places that have none.

    Related spans on a line that is already shown are drawn there, as long as `width` cells hold
    all of that line's marks; each other one opens a snippet of its own, up to `most`. Without
    `steps` no line gets a second label for a step on the way, and the rest is left out.
    """
    snippets = [_snippet(diagnostic.span, diagnostic.label, True, primary)]
    left: list[Related] = []
    for related in diagnostic.related:
        if related.rest and not steps:
            continue
        new = _snippet(related.span, related.message, False, Style.BLUE)
        if not steps and related.step and any(_shows(old, new) for old in snippets):
            continue
        for index, old in enumerate(snippets):
            joined = _joined(old, new, width)
            if joined is not None:
                snippets[index] = joined
                break
        else:
            if len(snippets) <= most:
                snippets.append(new)
            else:
                left.append(related)
    return snippets, left


def rows_of(line: Line, source: Source, width: int) -> tuple[str, list[list[Piece]]]:
    """The shown text of a line and the rows below it, at most `width` cells of source."""
    text = source.line(line.number)
    start = min(mark.start for mark in line.marks)
    end = max(mark.end for mark in line.marks)
    strip = strip_of(text, start, end, width)
    return strip.text, rows_below(strip, line.marks, width)


def _snippet(span: Span, label: str, primary: bool, style: Style) -> Snippet:
    source = span.source
    if not source.text:
        return Snippet(source, (), ((label, style),) if label else ())
    size = len(source.text)
    start = min(max(span.start, 0), size)
    end = min(max(span.end, start), size)
    line, column = source.position(start)
    last_line, last_column = source.position(end)
    if last_line > line and last_column == 1:
        last_line, last_column = source.position(end - 1)
    length = len(source.line(line))
    from_column = min(column - 1, length)
    if last_line == line or last_line - line >= _SHORT:
        to_column = min(last_column - 1, length) if last_line == line else length
        mark = Mark(from_column, max(to_column, from_column), label, primary, style)
        return Snippet(source, (Line(line, (mark,)),))
    last = source.line(last_line)
    indent = len(last) - len(last.lstrip())
    opening = Mark(from_column, length, "", primary, style)
    closing = Mark(min(indent, last_column - 1), last_column - 1, label, primary, style)
    return Snippet(source, (Line(line, (opening,)), Line(last_line, (closing,))))


def _shows(old: Snippet, new: Snippet) -> bool:
    """Whether `old` shows every line of `new`."""
    shown = {line.number for line in old.lines}
    return old.source.path == new.source.path and shown >= {line.number for line in new.lines}


def _joined(old: Snippet, new: Snippet, width: int) -> Snippet | None:
    """Both in one, where the only line of `new` is shown by `old` and has room for it."""
    if old.source.path != new.source.path or len(new.lines) != 1:
        return None
    added = new.lines[0]
    for index, line in enumerate(old.lines):
        if line.number == added.number:
            marks = (*line.marks, *added.marks)
            if not _fit(old.source.line(line.number), marks, width):
                return None
            whole = Line(line.number, marks)
            return Snippet(old.source, (*old.lines[:index], whole, *old.lines[index + 1 :]))
    return None


def _fit(text: str, marks: Sequence[Mark], width: int) -> bool:
    start = min(mark.start for mark in marks)
    end = max(mark.end for mark in marks)
    return end - start <= 4 * width and width_of(text[start:end]) <= width - 2
