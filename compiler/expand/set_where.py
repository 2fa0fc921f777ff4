"""Where the lists of an expression were set: the statements and loops behind a fault in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ..link.names import expressions

MOST_PLACES = 8


def set_where(definition: ast.Definition | None, expr: ast.Expr) -> tuple[Related, ...]:
    """The statements that an expression's lists depend on, the last first.

    They are those that set a name it reads, the loops around those, and what these read in turn.
    """
    if definition is None:
        return ()
    wanted = set(_names(expr))
    found: list[Related] = []
    for statement, loops in reversed(list(_settings(definition.body, ()))):
        # What stands behind it in the same loop was run in the round before.
        again = any(loop.span.start <= expr.span.start < loop.span.end for loop in loops)
        behind = statement.span.start >= expr.span.start and not again
        if behind or len(found) >= MOST_PLACES:
            continue
        names = [target.name for target in statement.targets if target.name in wanted]
        if not names:
            continue
        found.append(Related(f"`{names[0]}` is set here", statement.value.span))
        wanted |= set(_names(statement.value))
        for loop in loops:
            place = Related("in this loop", loop.iterable.span)
            if place not in found:
                found.append(place)
            wanted |= set(_names(loop.iterable))
    return tuple(found[:MOST_PLACES])


def _settings(
    statements: Sequence[ast.Statement], loops: tuple[ast.For, ...]
) -> Iterator[tuple[ast.Assign, tuple[ast.For, ...]]]:
    """The statements that set names, with the loops around each, in order."""
    for statement in statements:
        if isinstance(statement, ast.Assign):
            yield statement, loops
        elif isinstance(statement, ast.For):
            yield from _settings(statement.body, (statement, *loops))
        elif isinstance(statement, ast.Repeat):
            yield from _settings(statement.body, loops)
        elif isinstance(statement, ast.If):
            yield from _settings(statement.then, loops)
            yield from _settings(statement.other or (), loops)


def _names(expr: ast.Expr) -> Iterator[str]:
    return (part.name for part in expressions(expr) if isinstance(part, ast.Name))
