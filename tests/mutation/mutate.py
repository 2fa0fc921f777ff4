"""Small changes to a `.net` text, of the kinds that people make by mistake, at token positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source, Span


@dataclass(frozen=True)
class Mutant:
    """A changed text. `start:end` is what stands where the change was made."""

    kind: str
    was: str
    now: str
    text: str
    start: int
    end: int
    removed: frozenset[str]
    """Names that the change took out of the text."""

    @property
    def lines(self) -> set[int]:
        """The lines of the change; where text was taken out, those on both sides of the gap."""
        last = self.end
        while last < len(self.text) and self.text[last].isspace():
            last += 1
        return set(range(self._line(self.start), self._line(self.end) + 1)) | (
            {self._line(last)} if not self.now else set()
        )

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def __str__(self) -> str:
        return f"{self.kind} on line {self._line(self.start)}: {self.was.strip()!r} -> {self.now!r}"


def mutants(text: str) -> Iterator[Mutant]:
    """Every change to the nets and blocks of a text, in the order of the text."""
    file = parse(Source("mutate.net", text))
    for item in file.items:
        if isinstance(item, ast.Definition):
            for node in nodes(item):
                for kind, span, now in _changes(node):
                    yield _made(text, kind, span, now)


def nodes(root: object) -> Iterator[object]:
    """A tree's nodes, parents first."""
    if isinstance(root, tuple):
        for item in root:
            yield from nodes(item)
    elif is_dataclass(root) and not isinstance(root, Span | Source):
        yield root
        for field in fields(root):
            yield from nodes(getattr(root, field.name))


def _changes(node: object) -> Iterator[tuple[str, Span, str]]:
    if isinstance(node, ast.Number) and isinstance(node.value, int):
        yield "change a number", node.span, str(node.value + 1)
        if node.value > 1:
            yield "halve a number", node.span, str(node.value // 2)
    elif isinstance(node, ast.Call):
        yield from _call_changes(node)
    elif isinstance(node, ast.Stage):
        if isinstance(node.target, ast.Name):
            yield "rename a layer", node.target.span, _misspelt(node.target.name)
    elif isinstance(node, ast.Pipeline):
        before = node.head.span
        for stage in node.stages:
            yield "delete a stage", Span(before.source, before.end, stage.span.end), ""
            before = stage.span


def _call_changes(call: ast.Call) -> Iterator[tuple[str, Span, str]]:
    if isinstance(call.function, ast.Name):
        yield "rename a layer", call.function.span, _misspelt(call.function.name)
    for index, arg in enumerate(call.args):
        source = arg.span.source
        if index:
            yield "drop an argument", Span(source, call.args[index - 1].span.end, arg.span.end), ""
        elif len(call.args) > 1:
            yield "drop an argument", Span(source, arg.span.start, call.args[1].span.start), ""
        else:
            yield "drop an argument", arg.span, ""
        if arg.name is not None:
            yield "rename an argument", arg.name.span, _misspelt(arg.name.name)
            if arg.name.name == "strides" and isinstance(arg.value, ast.Number):
                yield "swap a stride", arg.value.span, "1" if arg.value.value != 1 else "2"
            if arg.name.name == "padding":
                swapped = "valid" if arg.value.span.text == "same" else "same"
                yield "swap the padding", arg.value.span, swapped


def _misspelt(name: str) -> str:
    """The name with two letters in the middle swapped, or one doubled where they are equal."""
    middle = len(name) // 2
    left, right = name[middle - 1 : middle], name[middle : middle + 1]
    changed = name[: middle - 1] + right + left + name[middle + 1 :]
    return changed if changed != name and len(name) > 1 else name + name[-1]


def _made(text: str, kind: str, span: Span, now: str) -> Mutant:
    gone = text[span.start : span.end]
    words = {word for word in gone.replace("(", " ").split() if word.isidentifier()}
    return Mutant(
        kind,
        gone,
        now,
        text[: span.start] + now + text[span.end :],
        span.start,
        span.start + len(now),
        frozenset(words) if not now else frozenset(),
    )
