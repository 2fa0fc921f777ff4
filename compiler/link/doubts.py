"""What is legal and seldom meant, seen in the text alone: loops that return, names of layers."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ops.table import ALIASES, OPS, family

ARITHMETIC = frozenset(("reduce", "tensor"))
"""Families of layers whose names are words of arithmetic, such as `Mean`: blocks may have them."""


def check_name(definition: ast.Definition, findings: Findings) -> None:
    """Reports a block with the name of a layer, which the file can then no longer call."""
    name = definition.name.name
    if definition.kind != "block" or name not in {*OPS, *ALIASES} or family(name) in ARITHMETIC:
        return
    findings.fault(
        Code.HIDES_LAYER,
        f"the block `{name}` hides the layer of that name",
        definition.name.span,
        "a layer, too",
        help="give the block a name of its own",
    )


def check_return(
    loop: ast.For | ast.Repeat, behind: ast.Statement | None, findings: Findings
) -> None:
    """Reports a `return` that every first round reaches; `behind` is what follows the loop."""
    for before, statement in zip((None, *loop.body), loop.body, strict=False):
        if isinstance(statement, ast.Return):
            findings.fault(
                Code.RETURN_IN_LOOP,
                "the loop returns in its first round",
                statement.span,
                "no round follows",
                help="put the `return` behind the loop",
                fix=_moved(loop, before, statement, behind),
            )
            return


def following(statements: Sequence[ast.Statement], one: ast.Statement) -> ast.Statement | None:
    """The statement behind another in the same block."""
    index = next(i for i, each in enumerate(statements) if each is one)
    return statements[index + 1] if index + 1 < len(statements) else None


def _moved(
    loop: ast.For | ast.Repeat,
    before: ast.Statement | None,
    statement: ast.Return,
    behind: ast.Statement | None,
) -> Fix | None:
    """The edit that puts a `return` behind its loop, or away where the loop has one behind it."""
    if before is None or statement is not loop.body[-1]:
        return None
    text, start = loop.span.source.text, before.span.end
    if text[start : statement.span.start].strip() not in ("", ";"):
        return None
    if text[statement.span.end : loop.span.end].strip() != "}":
        return None
    line = text.rfind("\n", 0, loop.span.start) + 1
    indent = text[line : loop.span.start]
    if indent.strip():
        return None
    end = f"\n{indent}}}"
    if not isinstance(behind, ast.Return):
        end += f"\n{indent}{statement.span.text}"
    return Fix(Span(loop.span.source, start, loop.span.end), end, unsafe=True)
