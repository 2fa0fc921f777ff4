"""Edits of `.net` files, of the kinds that people make, with what became of each layer.

An edited text is made of pieces that know where in the old text they come from. So the layer that
a place of the new text makes has its counterpart by construction, whatever it is called now.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from netc.compiler.check import check_files
from netc.compiler.diff.layers import Layers, layers_of
from netc.compiler.ir.graph import CheckedGraph, Node
from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source, Span

from ...mutation.mutate import nodes

PATH = Path("/no/folder/here/net.net")
INSERTED = ("LayerNormalization(epsilon=0.0123)", "BatchNormalization(momentum=0.7123)", "GELU")


@dataclass(frozen=True)
class Piece:
    """A part of a new text. `origin` is where it comes from, None for what was not there."""

    text: str
    origin: int | None
    verbatim: bool = True


@dataclass(frozen=True)
class Edit:
    """A new text. `calls` says whether the calls around a layer tell it from others as before.

    `touched` are the places of the old text that the edit is about.
    """

    kind: str
    pieces: tuple[Piece, ...]
    touched: tuple[Span, ...] = ()
    calls: bool = True

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    def origin(self, offset: int) -> int | None:
        """Where in the old text what is at a place of the new one was."""
        for piece in self.pieces:
            if offset < len(piece.text):
                if piece.origin is None:
                    return None
                return piece.origin + (offset if piece.verbatim else 0)
            offset -= len(piece.text)
        return None


@dataclass(frozen=True)
class Case:
    """An edit of one net: both graphs, and for old layers the new ones that they became."""

    edit: Edit
    old: CheckedGraph
    new: CheckedGraph
    truth: dict[str, str]
    ours: Layers
    theirs: Layers

    @property
    def changed(self) -> bool:
        """Whether the edit is seen in the net at all."""
        nets = ([(e.path, e.whole) for e in layers.layers] for layers in (self.ours, self.theirs))
        return len({tuple(each) for each in nets}) > 1

    @property
    def told_apart(self) -> bool:
        """Whether no layer that went is what another one became, or what came: then it stayed."""
        news = {path: self.theirs.layers[at].whole for path, at in self.theirs.place.items()}
        olds = {path: self.ours.layers[at].whole for path, at in self.ours.place.items()}
        became = {news[b] for a, b in self.truth.items() if news[b] != olds[a]}
        if self.edit.kind == "swap" and any(self.weighs(p) and olds[p] in became for p in olds):
            return False
        became |= {news[path] for path in self.came}
        return not any(self.weighs(path) and olds[path] in became for path in self.went)

    @property
    def went(self) -> set[str]:
        """The old layers that became none."""
        return {layer.path for layer in self.ours.layers if layer.path not in self.truth}

    @property
    def came(self) -> set[str]:
        """The new layers that were none."""
        return {layer.path for layer in self.theirs.layers} - set(self.truth.values())

    def weighs(self, path: str) -> bool:
        """Whether there is an old layer with weights at a path."""
        return path in self.ours.place and self.ours.layers[self.ours.place[path]].weighs

    def weighs_now(self, path: str) -> bool:
        return path in self.theirs.place and self.theirs.layers[self.theirs.place[path]].weighs


def bare(text: str) -> str:
    """A file's nets without contracts and recipes."""
    file = parse(Source("bare.net", text))
    for item in reversed(file.items):
        if isinstance(item, ast.Expect | ast.Train):
            text = text[: item.span.start] + text[item.span.end :]
    return text


def graph(text: str, net: str) -> CheckedGraph | None:
    """A net of a text; None where it is at fault."""
    found = check_files([PATH], overlay={PATH: text}, net=net)
    return None if found.failed or not found.nets else found.nets[0].graph


def case_of(edit: Edit, old: CheckedGraph, new: CheckedGraph) -> Case | None:
    """What became of each layer, by the places of the text that made it.

    None where that does not tell: places are used another number of times by an edit that is not
    about how often, or the edit is not of its kind in this net.
    """
    ours, theirs = layers_of(old), layers_of(new)
    wholes = edit.kind == "repeat count"
    if wholes and not _grew(ours, theirs):
        return None

    def keys(
        layers: Layers, back: Callable[[int], int | None]
    ) -> Iterator[tuple[str, tuple[Hashable, int]]]:
        counts: dict[Hashable, int] = {}
        for layer in layers.layers:
            place = _place(layer.node, edit, back)
            if place is None or (wholes and not layer.weighs):
                continue
            key = (place, layer.whole if wholes else None)
            counts[key] = counts.get(key, 0) + 1
            yield layer.path, (key, counts[key])

    before = {key: path for path, key in keys(ours, lambda offset: offset)}
    after = {key: path for path, key in keys(theirs, edit.origin)}
    uses = [Counter(place for place, _ in found) for found in (before, after)]
    if not wholes and any(uses[0][place] != uses[1][place] for place in uses[0] & uses[1]):
        return None
    truth = {path: after[key] for key, path in before.items() if key in after}
    return Case(edit, old, new, truth, ours, theirs)


def _grew(ours: Layers, theirs: Layers) -> bool:
    """Whether one net has all layers with weights of the other, and more."""
    counts = [Counter(e.whole for e in layers.layers if e.weighs) for layers in (ours, theirs)]
    return counts[0] < counts[1] or counts[1] < counts[0]


def _place(node: Node, edit: Edit, back: Callable[[int], int | None]) -> Hashable | None:
    if node.op is None:
        return ("input", node.path)
    if not node.span.source.path.endswith(PATH.name):
        return None
    start = back(node.span.start)
    if start is None:
        return None
    frames = node.trace.frames() if node.trace is not None and edit.calls else ()
    return (start, type(node.op).__name__, *(back(frame.span.start) for frame in frames))


@dataclass(frozen=True)
class Site:
    """A stage of a pipeline: its own text, and that with the arrow before it."""

    stage: ast.Stage
    whole: Span

    @property
    def callee(self) -> str:
        target = self.stage.target
        function = target.function if isinstance(target, ast.Call) else target
        return function.span.text

    @property
    def args(self) -> Sequence[ast.Arg]:
        return self.stage.target.args if isinstance(self.stage.target, ast.Call) else ()

    @property
    def plain(self) -> bool:
        return self.stage.repeat is None and self.stage.label is None


class Editor:
    """All edits of a text, by kind."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.file = parse(Source(PATH.name, text))
        self.definitions = [i for i in self.file.items if isinstance(i, ast.Definition)]
        self.rows = [
            self._sites(node)
            for definition in self.definitions
            for node in nodes(definition.body)
            if isinstance(node, ast.Pipeline)
        ]

    def _sites(self, pipeline: ast.Pipeline) -> list[Site]:
        found: list[Site] = []
        before = pipeline.head.span
        for stage in pipeline.stages:
            found.append(Site(stage, Span(before.source, before.end, stage.span.end)))
            before = stage.span
        return found

    def edit(self, kind: str, *changes: tuple[Span, Sequence[Piece]], **more: object) -> Edit:
        """The edit that puts pieces in the place of some spans."""
        pieces: list[Piece] = []
        at = 0
        for span, new in sorted(changes, key=lambda change: change[0].start):
            pieces += [Piece(self.text[at : span.start], at), *new]
            at = span.end
        pieces.append(Piece(self.text[at:], at))
        touched = tuple(span for span, _ in changes)
        return Edit(kind, tuple(pieces), touched, bool(more.get("calls", True)))

    def insert(self) -> Iterator[Edit]:
        for site in self._each():
            end = Span(site.whole.source, site.whole.end, site.whole.end)
            for made in INSERTED:
                yield self.edit("insert", (end, [Piece(f" -> {made}", None)]))

    def delete(self) -> Iterator[Edit]:
        for site in self._each():
            yield self.edit("delete", (site.whole, []))

    def rename(self) -> Iterator[Edit]:
        for definition in self.definitions:
            names = {
                name
                for node in nodes(definition.body)
                for name in (
                    *([node.label.name] if isinstance(node, ast.Stage) and node.label else []),
                    *([t.name for t in node.targets] if isinstance(node, ast.Assign) else []),
                )
            }
            span = definition.span
            for name in sorted(names):
                places = re.finditer(rf"\b{name}\b", self.text[span.start : span.end])
                changes = [
                    (Span(span.source, span.start + p.start(), span.start + p.end()))
                    for p in places
                ]
                yield self.edit(
                    "rename",
                    *((c, [Piece(f"{name}_new", c.start, verbatim=False)]) for c in changes),
                )

    def width(self) -> Iterator[Edit]:
        for site in self._each():
            for number in site.args[:1]:
                if isinstance(number.value, ast.Number) and "Pool" not in site.callee:
                    yield self._number("width", number.value, lambda n: n + 8)

    def kernel(self) -> Iterator[Edit]:
        for site in self._each():
            for number in site.args[1:2]:
                if isinstance(number.value, ast.Number) and "Conv" in site.callee:
                    yield self._number("kernel", number.value, lambda n: n + 2)

    def swap(self) -> Iterator[Edit]:
        for row in self.rows:
            for a, b in pairwise(row):
                if a.callee != b.callee:
                    one, two = (Piece(s.whole.text, s.whole.start) for s in (a, b))
                    yield self.edit("swap", (a.whole, [two]), (b.whole, [one]))

    def repeat_count(self) -> Iterator[Edit]:
        for definition in self.definitions:
            for node in nodes(definition):
                inner: Sequence[ast.Expr] = ()
                if isinstance(node, ast.ListExpr):
                    inner = node.items
                elif isinstance(node, ast.Stage) and node.repeat is not None:
                    inner = [node.repeat]
                elif isinstance(node, ast.Param) and node.default is not None:
                    inner = [node.default]
                for number in inner:
                    if isinstance(number, ast.Number) and 1 < number.value < 40:
                        yield self._number("repeat count", number, lambda n: n + 1)
                        yield self._number("repeat count", number, lambda n: n - 1)

    def signature(self) -> Iterator[Edit]:
        for definition in self.definitions:
            if definition.kind == "net":
                for node in nodes(definition.params):
                    if isinstance(node, ast.Number) and node.value >= 10:
                        yield self._number("signature", node, lambda n: n + n % 7 + 32)

    def extract(self) -> Iterator[Edit]:
        end = Span(self.file.source, len(self.text), len(self.text))
        for row in self.rows:
            for first in range(len(row) - 1):
                taken = row[first : first + 2]
                block = [
                    Piece("\nblock Extracted(t: [...]) {\n  return t", None),
                    *(Piece(site.whole.text, site.whole.start) for site in taken),
                    Piece("\n}\n", None),
                ]
                a, b = taken
                yield self.edit(
                    "extract",
                    (a.whole, [Piece(" -> Extracted", None)]),
                    (b.whole, []),
                    (end, block),
                    calls=False,
                )

    def inline(self) -> Iterator[Edit]:
        for site in self._each():
            definition = self._chain(site.callee)
            if definition is None or not site.plain:
                continue
            names = [param.name.name for param in definition.params[1:]]
            values = {p.name.name: p.default.span.text for p in definition.params if p.default}
            values |= dict(
                zip(names, [a.value.span.text for a in site.args if not a.name], strict=False)
            )
            values |= {arg.name.name: arg.value.span.text for arg in site.args if arg.name}
            pieces = [
                piece
                for inner in self._body(definition)
                for piece in self._filled(inner.whole, values)
            ]
            yield self.edit("inline", (site.whole, pieces), calls=False)

    def move(self) -> Iterator[Edit]:
        for definition in self.definitions:
            chain = self._chain(definition.name.name)
            calls = [site for site in self._each() if site.callee == definition.name.name]
            uses = len(re.findall(rf"\b{definition.name.name}\b", self.text)) - 1
            if chain is None or not calls or uses != len(calls):
                continue
            if not all(site.plain for site in calls):
                continue
            last = self._body(chain)[-1]
            moved = Piece(last.whole.text, last.whole.start)
            yield self.edit(
                "move",
                (last.whole, []),
                *(
                    (site.whole, [Piece(site.whole.text, site.whole.start), moved])
                    for site in calls
                ),
                calls=False,
            )

    def _each(self) -> Iterator[Site]:
        for row in self.rows:
            yield from row

    def _number(self, kind: str, number: ast.Number, new: Callable[[int], int]) -> Edit:
        value = new(int(number.value))
        return self.edit(kind, (number.span, [Piece(str(value), number.span.start, False)]))

    def _chain(self, name: str) -> ast.Definition | None:
        """The block of that name, if it is one pipeline."""
        for each in self.definitions:
            if each.name.name == name and each.kind == "block" and len(each.body) == 1:
                (only,) = each.body
                if isinstance(only, ast.Return) and len(only.values) == 1:
                    value = only.values[0]
                    if isinstance(value, ast.Pipeline) and isinstance(value.head, ast.Name):
                        return each
        return None

    def _body(self, definition: ast.Definition) -> list[Site]:
        (only,) = definition.body
        assert isinstance(only, ast.Return)
        (value,) = only.values
        assert isinstance(value, ast.Pipeline)
        return self._sites(value)

    def _filled(self, span: Span, values: dict[str, str]) -> Iterator[Piece]:
        """A text with what names stand for in their place, but for the names of arguments."""
        at = span.start
        for found in re.finditer(r"\b([A-Za-z_]\w*)\b(?!\s*=[^=])", span.text):
            if found[1] in values:
                start = span.start + found.start()
                yield Piece(self.text[at:start], at)
                yield Piece(values[found[1]], start, verbatim=False)
                at = span.start + found.end()
        yield Piece(self.text[at : span.end], at)


KINDS: dict[str, Callable[[Editor], Iterator[Edit]]] = {
    "insert": Editor.insert,
    "delete": Editor.delete,
    "rename": Editor.rename,
    "width": Editor.width,
    "kernel": Editor.kernel,
    "swap": Editor.swap,
    "repeat count": Editor.repeat_count,
    "signature": Editor.signature,
    "extract": Editor.extract,
    "inline": Editor.inline,
    "move": Editor.move,
}
