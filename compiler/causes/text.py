"""The statements of one net or block, found by their places and by the names they set."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import expressions, own_expressions

Loop: TypeAlias = "ast.For | ast.Repeat"


class Text:
    """A net or block with its statements in order, each looked at once."""

    def __init__(self, definition: ast.Definition) -> None:
        self._starts: list[int] = []
        self._statements: list[ast.Statement] = []
        self._loops: list[tuple[Loop, ...]] = []
        self._behind: dict[int, ast.Statement] = {}
        self._add(definition.body, ())

    def _add(self, body: Sequence[ast.Statement], loops: tuple[Loop, ...]) -> None:
        for index, statement in enumerate(body):
            self._starts.append(statement.span.start)
            self._statements.append(statement)
            self._loops.append(loops)
            if index + 1 < len(body):
                self._behind[id(statement)] = body[index + 1]
            if isinstance(statement, ast.If):
                self._add(statement.then, loops)
                self._add(statement.other or (), loops)
            elif isinstance(statement, ast.For | ast.Repeat):
                self._add(statement.body, (*loops, statement))

    def _index(self, span: Span) -> int | None:
        at = bisect_right(self._starts, span.start) - 1
        return at if at >= 0 and span.end <= self._statements[at].span.end else None

    def at(self, span: Span) -> ast.Statement | None:
        """The innermost statement that holds a place."""
        index = self._index(span)
        return None if index is None else self._statements[index]

    def loops(self, span: Span) -> tuple[Loop, ...]:
        """The loops in whose bodies a place lies, the innermost last."""
        index = self._index(span)
        return () if index is None else self._loops[index]

    def behind(self, statement: ast.Statement) -> ast.Statement | None:
        """The statement that follows one in the same body."""
        return self._behind.get(id(statement))

    def before(self, statement: ast.Statement) -> ast.Statement | None:
        """The statement that one follows in the same body."""
        return self._before.get(id(statement))

    @cached_property
    def _before(self) -> dict[int, ast.Statement]:
        following = ((one, self._behind.get(id(one))) for one in self._statements)
        return {id(other): one for one, other in following if other is not None}

    @cached_property
    def set_to(self) -> dict[str, list[ast.Expr]]:
        """What each name is set to, in order."""
        found: dict[str, list[ast.Expr]] = {}
        for statement in self._statements:
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    found.setdefault(target.name, []).append(statement.value)
            elif isinstance(statement, ast.LayerDef):
                found.setdefault(statement.name.name, []).append(statement.value)
        return found

    @cached_property
    def unread(self) -> tuple[ast.Ident, ...]:
        """The names that are set and nowhere read."""
        read = {expr.name for expr in self._expressions() if isinstance(expr, ast.Name)}
        names: list[ast.Ident] = []
        for statement in self._statements:
            if isinstance(statement, ast.LayerDef):
                names.append(statement.name)
            elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                names.append(statement.targets[0])
        return tuple(ident for ident in names if ident.name not in read)

    @cached_property
    def divisions(self) -> tuple[ast.Binary, ...]:
        """The divisions of whole numbers, `a // b`."""
        return tuple(
            expr for expr in self._expressions() if isinstance(expr, ast.Binary) and expr.op == "//"
        )

    def _expressions(self) -> Iterator[ast.Expr]:
        for statement in self._statements:
            for root in own_expressions(statement):
                yield from expressions(root)
