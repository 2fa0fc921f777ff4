"""Trees as short text, so that a test can show what it expects."""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass

import pytest
from netc.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source, Span

HEAD = "net A(x: float32[N, 4]) {\n"


def file(text: str) -> ast.File:
    return parse(Source("a.net", text))


def show(node: object) -> str:
    """A tree without spans: names and values as they are, everything else in parentheses."""
    if isinstance(node, ast.Ident | ast.Name):
        return node.name
    if isinstance(node, ast.Number | ast.String | ast.Bool):
        return repr(node.value)
    if isinstance(node, ast.Binary):
        return f"({show(node.left)} {node.op} {show(node.right)})"
    if isinstance(node, tuple):
        return f"[{' '.join(map(show, node))}]"
    if is_dataclass(node):
        parts = [
            show(getattr(node, field.name))
            for field in fields(node)
            if not isinstance(getattr(node, field.name), Span | Source)
        ]
        return f"({' '.join([type(node).__name__, *parts])})"
    return str(node)


@pytest.fixture(name="show", scope="session")
def show_fixture() -> Callable[[object], str]:
    return show


@pytest.fixture
def read() -> Callable[[str], ast.File]:
    return file


@pytest.fixture
def statements() -> Callable[[str], Sequence[ast.Statement]]:
    """Parses the body of a net."""

    def parse_body(text: str) -> Sequence[ast.Statement]:
        net = file(f"{HEAD}{text}\n}}\n").items[0]
        assert isinstance(net, ast.Definition)
        return net.body

    return parse_body


@pytest.fixture
def expr(statements: Callable[[str], Sequence[ast.Statement]]) -> Callable[[str], ast.Expr]:
    """Parses one expression."""

    def parse_expr(text: str) -> ast.Expr:
        (statement,) = statements(f"y = {text}")
        assert isinstance(statement, ast.Assign)
        return statement.value

    return parse_expr


@pytest.fixture
def problems() -> Callable[[str], Sequence[Diagnostic]]:
    """The diagnostics of a text that must not parse."""

    def of(text: str) -> Sequence[Diagnostic]:
        with pytest.raises(DiagnosticError) as caught:
            file(text)
        return caught.value.diagnostics

    return of


@pytest.fixture
def problem(problems: Callable[[str], Sequence[Diagnostic]]) -> Callable[[str], Diagnostic]:
    """The only diagnostic of a text, or of a statement in a net, that must not parse."""

    def of(text: str) -> Diagnostic:
        is_file = text.startswith(("net", "block", "const", "from", "expect", "train", "!"))
        (only,) = problems(text.removeprefix("!") if is_file else f"{HEAD}{text}\n}}\n")
        return only

    return of
