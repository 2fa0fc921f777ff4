"""The one formatting of a file: two-space indents, comments and single blank lines kept."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from ..syntax.ast import (
    Assert,
    Assign,
    Comment,
    Const,
    Definition,
    Expect,
    Expr,
    ExprStatement,
    File,
    For,
    Ident,
    If,
    Import,
    Item,
    LayerDef,
    Phase,
    Repeat,
    Return,
    Setting,
    Statement,
    Train,
    WeightDef,
)
from ..text.source import Source
from .expressions import flat, flat_arg, flat_type, whole
from .lines import STEP, Breaker, Line, align_comments, head_lines, same_line, weight_lines

_BLANK = re.compile(r"\n[ \t\r]*\n")
_KEYWORD_NAME = re.compile(r"\A(layer|weight|repeat)\b")

_Node = Item | Statement | Setting | Phase | Expr


_ITEMS = (Import, Const, Definition, Expect, Train)


def format_file(file: File) -> str:
    """The text of a file in the one formatting.

    Formatting it again changes nothing, and it parses to the same tree apart from spans.
    """
    writer = _Writer(file.source, file.comments)
    lines = writer.block(file.items, 0, len(file.source.text), "")
    align_comments(lines)
    return "".join(
        (f"{line.code}  {line.comment}" if line.comment else line.code).rstrip() + "\n"
        for line in lines
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    source: Source
    comments: Sequence[Comment]

    def block(self, nodes: Sequence[_Node], start: int, end: int, indent: str) -> list[Line]:
        """The nodes and comments between two offsets, each on lines of its own."""
        lines: list[Line] = []
        widths = self._key_widths(nodes)
        previous: _Node | Comment | None = None
        for node in sorted([*nodes, *self._outside(nodes, start, end)], key=_start):
            if previous is not None:
                before = previous.span.end
                if (
                    isinstance(node, Comment)
                    and same_line(node.span, before, node.span.start)
                    and not lines[-1].comment
                    and not isinstance(previous, Comment)
                ):
                    lines[-1].comment = node.text
                    continue
                apart = isinstance(previous, _ITEMS) and not _pair(previous, node)
                if apart or _BLANK.search(self.source.text, before, node.span.start):
                    lines.append(Line(""))
            if isinstance(node, Comment):
                lines.append(Line(indent + node.text))
            else:
                lines += self._node(node, indent, widths.get(node.span.start, 0))
            previous = node
        return lines

    def _outside(self, nodes: Sequence[_Node], start: int, end: int) -> list[Comment]:
        """The comments between two offsets that are not inside a node."""
        first = bisect_left(self.comments, start, key=_start)
        last = bisect_left(self.comments, end, key=_start)
        starts = [node.span.start for node in nodes]
        outside = []
        for comment in self.comments[first:last]:
            at = bisect_left(starts, comment.span.start) - 1
            if at < 0 or comment.span.start >= nodes[at].span.end:
                outside.append(comment)
        return outside

    def _key_widths(self, nodes: Sequence[_Node]) -> dict[int, int]:
        """The width of the keys of each run of settings, by the settings' starts."""
        widths: dict[int, int] = {}
        run: list[Setting] = []
        for node in [*nodes, None]:
            if run and not (
                isinstance(node, Setting)
                and not _BLANK.search(self.source.text, run[-1].span.end, node.span.start)
            ):
                width = max(len(setting.key.name) for setting in run)
                widths |= {setting.span.start: width for setting in run}
                run = []
            if isinstance(node, Setting):
                run.append(node)
        return widths

    def _node(self, node: _Node, indent: str, width: int) -> list[Line]:
        """One item, statement or setting; comments without a place in it go above it."""
        match node:
            case Definition():
                head_end = node.head_span.end
                lines = self._above(node.span.start, head_end, indent)
                return lines + self._body(
                    head_lines(node), node.body, head_end, node.span.end, indent
                )
            case Expect():
                args = f"({', '.join(map(flat_arg, node.args))})" if node.args else ""
                head = [Line(f"expect {node.net.name}{args} {{")]
                return self._braced(head, node, node.lines, indent)
            case Train():
                recipe = "" if node.recipe is None else f"{node.recipe.name} for "
                head = [Line(f"train {recipe}{node.net.name} {{")]
                return self._braced(head, node, node.entries, indent)
            case Phase():
                head = [Line(f"{indent}phase {node.name.name} {{")]
                return self._braced(head, node, node.settings, indent)
            case For():
                prefix = f"{indent}for {_names(node.targets)} in "
                lines = self._broken(node, prefix, [node.iterable], " {", indent)
                end = whole(node.iterable).end
                return self._body(lines, node.body, end, node.span.end, indent)
            case Repeat():
                lines = self._broken(node, f"{indent}repeat ", [node.count], " {", indent)
                return self._body(lines, node.body, whole(node.count).end, node.span.end, indent)
            case If():
                return self._if(node, indent)
            case Import():
                origin = node.origin_span.text if node.is_path else node.origin
                names = ", ".join(
                    n.name.name + ("" if n.alias is None else f" as {n.alias.name}")
                    for n in node.names
                )
                return [Line(f"from {origin} import {names}")]
            case Const():
                return self._broken(node, f"const {node.name.name} = ", [node.value], "", indent)
            case Assign():
                prefix = f"{indent}{_names(node.targets)} = "
                return self._broken(node, prefix, [node.value], "", indent)
            case LayerDef():
                prefix = f"{indent}layer {node.name.name} = "
                return self._broken(node, prefix, [node.value], "", indent)
            case WeightDef() if node.options:
                return self._above(node.span.start, node.span.end, indent) + weight_lines(
                    node, indent
                )
            case WeightDef():
                prefix = f"{indent}weight {node.name.name}: {flat_type(node.type)} = "
                return self._broken(node, prefix, [node.value], "", indent)
            case Setting():
                prefix = f"{indent}{node.key.name.ljust(width)} = "
                return self._broken(node, prefix, [node.value], "", indent)
            case Assert():
                values = [v for v in (node.condition, node.message) if v is not None]
                return self._broken(node, f"{indent}assert ", values, "", indent)
            case Return():
                return self._broken(node, f"{indent}return ", node.values, "", indent)
            case ExprStatement():
                lines = self._broken(node, indent, [node.value], "", indent)
                # A statement that begins with such a name would be read as another one.
                at = next(i for i, line in enumerate(lines) if line.code.strip()[:1] != "#")
                code = lines[at].code[len(indent) :]
                lines[at].code = indent + _KEYWORD_NAME.sub(r"(\1)", code)
                return lines
        return self._broken(node, indent, [node], "", indent)

    def _broken(
        self, node: _Node, prefix: str, values: Sequence[Expr], suffix: str, indent: str
    ) -> list[Line]:
        """`prefix a, b suffix`, below the comments that have no place in it."""
        start = node.span.start
        end = whole(values[-1]).end if suffix else node.span.end
        inside = self._between(start, end)
        if not inside:
            return Breaker(()).sequence(prefix, values, suffix, indent)
        trial = Breaker(inside)
        trial.sequence(prefix, values, suffix, indent)
        kept = [c for c in inside if c.span.start in trial.placed]
        lines = [Line(indent + c.text) for c in inside if c.span.start not in trial.placed]
        return lines + Breaker(kept).sequence(prefix, values, suffix, indent)

    def _between(self, start: int, end: int) -> Sequence[Comment]:
        first = bisect_left(self.comments, start, key=_start)
        return self.comments[first : bisect_left(self.comments, end, key=_start)]

    def _above(self, start: int, end: int, indent: str) -> list[Line]:
        return [Line(indent + comment.text) for comment in self._between(start, end)]

    def _find(self, sign: str, start: int) -> int:
        """The offset of the first `sign` from `start` on that is not in a comment."""
        at = self.source.text.index(sign, start)
        while inside := [c for c in self._between(start, at + 1) if c.span.end > at]:
            at = self.source.text.index(sign, inside[0].span.end)
        return at

    def _braced(
        self, head: list[Line], node: Expect | Train | Phase, parts: Sequence[_Node], indent: str
    ) -> list[Line]:
        opener = self._find("{", node.span.start)
        lines = self._above(node.span.start, opener, indent)
        return lines + self._body(head, parts, opener, node.span.end, indent)

    def _body(
        self,
        head: list[Line],
        nodes: Sequence[_Node],
        start: int,
        end: int,
        indent: str,
        moved: Sequence[Line] = (),
    ) -> list[Line]:
        """`head {`, the indented nodes, and `}`; comments behind `start` belong to the body.

        The `moved` lines come first: comments that had no place in the head.
        """
        lines = self.block(nodes, start, end, indent + STEP)
        first = next(iter(self._outside(nodes, start, end)), None)
        if (
            first is not None
            and same_line(first.span, start, first.span.start)
            and not (nodes and nodes[0].span.start < first.span.start)
        ):
            head[-1].comment = lines.pop(0).code.strip()
            while lines and not lines[0].code:
                lines.pop(0)
        lines = [*moved, *lines]
        if not lines and not head[-1].comment:
            head[-1].code += " }"
            return head
        return [*head, *lines, Line(indent + "}")]

    def _if(self, node: If, indent: str) -> list[Line]:
        lines = self._broken(node, f"{indent}if ", [node.condition], " {", indent)
        moved: list[Line] = []
        while True:
            start = whole(node.condition).end
            inside = node.then[-1].span.end if node.then else self._find("{", start)
            end = self._find("}", inside)
            lines = self._body(lines, node.then, start, end, indent, moved)
            if node.other is None:
                return lines
            if lines[-1].code.endswith("{ }"):
                lines[-1].code = lines[-1].code[:-1].rstrip()
                lines.append(Line(indent + "}"))
            other: Sequence[Statement] = node.other
            following = other[0] if len(other) == 1 else None
            if isinstance(following, If) and self._is_else_if(end, following):
                lines[-1].code += f" else if {flat(following.condition)} {{"
                moved = self._above(end, whole(following.condition).end, indent + STEP)
                node = following
                continue
            lines[-1].code += " else {"
            tail = self._body([lines.pop()], other, end, node.span.end, indent)
            return lines + tail

    def _is_else_if(self, end: int, following: If) -> bool:
        return "{" not in self._code(end, following.span.start)

    def _code(self, start: int, end: int) -> str:
        """The text between two offsets, without comments."""
        text = self.source.text
        parts = []
        for comment in self._between(start, end):
            parts.append(text[start : comment.span.start])
            start = comment.span.end
        return "".join(parts) + text[start:end]


def _start(node: _Node | Comment) -> int:
    return node.span.start


def _names(idents: Sequence[Ident]) -> str:
    return ", ".join(name.name for name in idents)


def _pair(first: _Node, second: _Node | Comment) -> bool:
    """Whether two items may stand on adjacent lines."""
    return isinstance(first, Import | Const) and isinstance(second, type(first) | Comment)
