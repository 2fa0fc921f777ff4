"""Finds the repeats and loops that a row of boxes was written as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass

from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source, Span
from .box import Box, Kind

Gather = Callable[[Kind, str, Span, Sequence[Box]], Box]
"""Makes one box of several: its kind, its name, where it is written."""


@record
class Loop:
    """Something that makes layers several times: `for`, `repeat`, or a stage with `* n`."""

    header: str
    span: Span

    def holds(self, other: Span) -> bool:
        """Whether a place is inside, and not all of it."""
        mine = self.span
        return mine != other and mine.start <= other.start and other.end <= mine.end


class Loops:
    """The loops of the sources that a net was written in."""

    def __init__(self) -> None:
        self._by_source: dict[int, list[Loop]] = {}

    def around(self, span: Span, inside: Loop | None = None) -> Loop | None:
        """The outermost loop around a place, or the next one inside a given loop."""
        for loop in self._of(span.source):
            if loop.holds(span) and (inside is None or inside.holds(loop.span)):
                return loop
        return None

    def _of(self, source: Source) -> list[Loop]:
        """All loops of a source, outer ones first."""
        if id(source) not in self._by_source:
            found = [
                loop
                for item in parse(source).items
                if isinstance(item, ast.Definition)
                for loop in _loops(item)
            ]
            found.sort(key=lambda loop: (loop.span.start, -loop.span.end))
            self._by_source[id(source)] = found
        return self._by_source[id(source)]


def _loops(item: ast.Definition) -> Iterator[Loop]:
    stack: list[object] = [item]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.For | ast.Repeat):
            yield Loop(node.span.text.partition("{")[0].strip(), node.span)
        elif isinstance(node, ast.Stage) and node.repeat is not None:
            header = f"{node.target.span.text} * {node.repeat.span.text}"
            yield Loop(" ".join(header.split()), node.span)
        if isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node) and not isinstance(node, Span):
            stack.extend(getattr(node, field.name) for field in fields(node))


def fold(
    boxes: Sequence[tuple[Span, Box]], loops: Loops, gather: Gather, inside: Loop | None = None
) -> list[Box]:
    """The boxes of one body with its repeats and loops folded.

    Each box comes with where the body makes it. In a loop a new round begins where a place is
    not behind the one before it.
    """
    folded: list[Box] = []
    rows = _repeats(boxes, gather)
    at = 0
    while at < len(rows):
        loop = loops.around(rows[at][0], inside)
        if loop is None:
            folded.append(rows[at][1])
            at += 1
            continue
        end = at
        while end < len(rows) and loops.around(rows[end][0], inside) is loop:
            end += 1
        folded += _loop(loop, rows[at:end], loops, gather)
        at = end
    return folded


def _loop(loop: Loop, rows: Sequence[tuple[Span, Box]], loops: Loops, gather: Gather) -> list[Box]:
    rounds: list[list[tuple[Span, Box]]] = []
    last: tuple[Span, Loop | None] | None = None
    for span, box in rows:
        inner = loops.around(span, loop)
        again = last is not None and span.start <= last[0].start
        if last is None or (again and (inner is None or inner is not last[1])):
            rounds.append([])
        rounds[-1].append((span, box))
        last = (span, inner)
    made = [fold(each, loops, gather, loop) for each in rounds]
    if len(made) == 1:
        return made[0]
    alike = len({tuple(box.shape_key for box in each) for each in made}) == 1
    members = [_member(each, number, loop.span, gather) for number, each in enumerate(made, 1)]
    kind = Kind.REPEAT if alike else Kind.LOOP
    name = members[0].name if alike and members[0].kind is not Kind.ROUND else loop.header
    return [gather(kind, name, loop.span, members)]


def _repeats(boxes: Sequence[tuple[Span, Box]], gather: Gather) -> list[tuple[Span, Box]]:
    """Equal boxes, or rows of boxes, that one place makes one behind the other, as one."""
    rows: list[tuple[Span, Box]] = []
    places: dict[tuple[int, int], list[int]] = {}
    for index, (span, _) in enumerate(boxes):
        places.setdefault((span.start, span.end), []).append(index)
    at = 0
    while at < len(boxes):
        span, first = boxes[at]
        again = [index for index in places[span.start, span.end] if index > at]
        period = again[0] - at if again else 0
        times = _times(boxes, at, period)
        if times < 2:
            rows.append((span, first))
            at += 1
            continue
        members = [
            _member([box for _, box in boxes[start : start + period]], number, span, gather)
            for number, start in enumerate(range(at, at + times * period, period), 1)
        ]
        name = ", ".join(box.name for _, box in boxes[at : at + period])
        rows.append((span, gather(Kind.REPEAT, name, span, members)))
        at += times * period
    return rows


def _times(boxes: Sequence[tuple[Span, Box]], at: int, period: int) -> int:
    """How often the `period` boxes at a place stand there one behind the other."""
    if not period:
        return 1
    first = [(span, box.shape_key) for span, box in boxes[at : at + period]]
    times = 1
    while True:
        start = at + times * period
        if [(span, box.shape_key) for span, box in boxes[start : start + period]] != first:
            return times
        times += 1


def _member(boxes: Sequence[Box], number: int, span: Span, gather: Gather) -> Box:
    if len(boxes) == 1:
        return boxes[0]
    names = [box.name if box.count == 1 else f"{box.name} × {box.count}" for box in boxes]
    return gather(Kind.ROUND, f"{number}: {', '.join(names)}", span, boxes)
