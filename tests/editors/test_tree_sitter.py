"""The tree-sitter grammar reads what the compiler's parser reads. `make tree-sitter`."""

from __future__ import annotations

import ctypes
import random
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from netc.dsl.diagnostics.diagnostic import DiagnosticError
from netc.dsl.syntax import ast
from netc.dsl.syntax.lex import lex
from netc.dsl.syntax.parse import parse
from netc.dsl.syntax.tokens import TABLES
from netc.dsl.text.source import Source
from netc.runtime.highlight.lexer import NetLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from ..runtime.highlight.texts import texts
from .places import TREE_SITTER

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser

pytestmark = pytest.mark.tree_sitter

KINDS = {
    "AnyDim": {"name"},
    "Arg": {"keyword_argument"},
    "Bool": {"true", "false"},
    "EllipsisLiteral": {"ellipsis"},
    "ExprStatement": {"bare"},
    "Ident": {"name", "type", "string"},
    "LayerDef": {"layer"},
    "ListExpr": {"list"},
    "NoneLiteral": {"none"},
    "Param": {"parameter"},
    "Pipeline": {"pipeline", "chain"},
    "StaticTypeExpr": {"type", "name", "tensor_type"},
    "TensorTypeExpr": {"tensor_type"},
    "TupleExpr": {"tuple"},
    "WeightDef": {"weight"},
}
"""What nodes of the syntax tree are called here, where that is not their own name."""

AFTER_READING = (
    *("NET0004", "NET0104", "NET0105", "a weight is a tensor, not a list"),
    "an argument without a name follows the named argument",
    "the name of an argument has no quotes",
)
"""What the parser refuses although it is of the grammar's form, as codes or beginnings of messages:
files without an item, numbers of no known form, statements without effect, …"""


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Language:
    from tree_sitter import Language

    library = tmp_path_factory.mktemp("grammar") / "net.so"
    source = TREE_SITTER / "src"
    files = (source / "parser.c", source / "scanner.c")
    compiler = ("cc", "-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-I", source)
    subprocess.run([*compiler, *files, "-o", library], check=True)
    loaded = ctypes.CDLL(str(library)).tree_sitter_net
    loaded.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype = ctypes.py_object
    capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return Language(capsule(loaded(), b"tree_sitter.Language", None))


@pytest.fixture(scope="module")
def parser(language: Language) -> Parser:
    from tree_sitter import Parser

    return Parser(language)


def refused(text: str) -> list[str]:
    """What the compiler's parser says of a text."""
    try:
        parse(Source("", text))
    except DiagnosticError as error:
        return [f"{one.code.id} {one.message}" for one in error.diagnostics]
    return []


def by_grammar(said: list[str]) -> bool:
    """Whether some of it is said by the grammar itself.

    A line that ends too early goes on in the next one here.
    """
    if any("found the end of the line" in one for one in said):
        return False
    parts = [(one, one.partition(" ")[2]) for one in said]
    return not all(
        code.startswith(AFTER_READING) or text.startswith(AFTER_READING) for code, text in parts
    )


@cache
def legal() -> dict[str, str]:
    """The texts that can be parsed, by where they stand."""
    return {place: text for place, text in texts().items() if not refused(text)}


def test_every_text_is_read_or_refused_as_the_compiler_does(parser: Parser) -> None:
    for place, text in texts().items():
        wrong = parser.parse(text.encode()).root_node.has_error
        said = refused(text)
        if by_grammar(said):
            assert wrong, (place, said)
        if not said:
            assert not wrong, place


def test_every_node_of_the_syntax_tree_is_a_node_here(parser: Parser) -> None:
    for place, text in legal().items():
        coded = text.encode()
        found: dict[tuple[int, int], set[str]] = {}
        for node in below(parser.parse(coded).root_node):
            found.setdefault((node.start_byte, node.end_byte), set()).add(node.type)
        for node in syntax(parse(Source("", text))):
            if isinstance(node, ast.Arg) and node.name is None:
                continue
            name = type(node).__name__
            start, end = (len(text[:at].encode()) for at in (node.span.start, node.span.end))
            kinds = found.get((start, end), set())
            assert kinds & KINDS.get(name, {name.lower()}), (place, name, text[start:end])


def test_texts_with_a_slip_are_refused_as_the_compiler_does(parser: Parser) -> None:
    """A token left out, said twice, or another one in its place.

    Keywords are not put where names stand: there tree-sitter takes them for names.
    """
    choose = random.Random(12)
    short = sorted(text for text in legal().values() if len(text) < 1500)
    refusals = 0
    for _ in range(2000):
        text = choose.choice(short)
        tokens = lex(Source("", text))
        one, other = (choose.randrange(len(tokens.kinds) - 1) for _ in range(2))
        start, end = tokens.starts[one], tokens.ends[one]
        here, piece = text[start:end], text[tokens.starts[other] : tokens.ends[other]]
        pieces = [one for one in (here, piece) if one.strip() and one not in TABLES.keywords]
        changes = ["", *(f"{here} {one}" for one in pieces), *pieces]
        changed = text[:start] + choose.choice(changes) + text[end:]
        said = refused(changed)
        wrong = parser.parse(changed.encode()).root_node.has_error
        refusals += wrong
        if by_grammar(said):
            assert wrong, (said, changed)
        if not said:
            assert not wrong, changed
    assert refusals > 500


def test_highlights_are_those_of_the_other_grammars(parser: Parser, language: Language) -> None:
    expected = {
        Comment.Single: ("comment",),
        String: ("string",),
        Number: ("number",),
        Keyword: ("keyword",),
        Keyword.Constant: ("boolean", "constant.builtin"),
        Operator.Word: ("keyword.operator",),
        Name.Label: ("label", "type"),
        Name.Class: ("type",),
        Name.Constant: ("constant",),
    }
    query = read(language, "highlights")
    for place, text in legal().items():
        captured: dict[int, set[str]] = {}
        for name, node in query(parser.parse(text.encode()).root_node):
            captured.setdefault(node.start_byte, set()).add(name)
        for at, kind, piece in NetLexer().get_tokens_unprocessed(text):
            if kind in expected:
                names = captured.get(len(text[:at].encode()), set())
                assert any(name.startswith(expected[kind]) for name in names), (place, piece, names)


def test_what_has_braces_folds_and_names_have_homes(parser: Parser, language: Language) -> None:
    text = (
        "const WIDE = 8\n"
        "net Tiny(x: float32[N, 4]) -> [N, 8] {\n"
        "  layer shared = Dense(WIDE)\n"
        "  y = x -> shared as first\n"
        "  return y\n"
        "}\n"
        "train Tiny {\n"
        "  phase warm { epochs = 1 }\n"
        "}  # done\n"
    )
    root = parser.parse(text.encode()).root_node
    folds = [node.start_point.row for _, node in read(language, "folds")(root)]
    assert sorted({*folds}) == [1, 2, 6, 7]
    homes = [
        (name.rpartition(".")[2], (node.text or b"").decode())
        for name, node in read(language, "locals")(root)
        if ".definition." in name
    ]
    assert sorted(homes) == [
        *(("constant", "WIDE"), ("field", "first"), ("parameter", "x"), ("type", "Tiny")),
        *(("var", "shared"), ("var", "y")),
    ]
    assert [node.text for _, node in read(language, "injections")(root)] == [b"# done"]


def read(language: Language, name: str) -> Any:
    """A query as a function from a node to its captures."""
    from tree_sitter import Query, QueryCursor

    text = (TREE_SITTER / "queries" / f"{name}.scm").read_text(encoding="utf-8")
    cursor = QueryCursor(Query(language, text))

    def captures(root: Node) -> Iterator[tuple[str, Node]]:
        for capture, nodes in cursor.captures(root).items():
            for node in nodes:
                yield capture, node

    return captures


def below(node: Node) -> Iterator[Node]:
    """The named nodes under one, and itself."""
    if node.is_named:
        yield node
    for child in node.children:
        yield from below(child)


def syntax(value: object) -> Iterator[Any]:
    """The nodes of a syntax tree that have a span."""
    if isinstance(value, tuple):
        for item in value:
            yield from syntax(item)
    elif type(value).__module__ == ast.__name__ and not isinstance(value, ast.Comment):
        if hasattr(value, "span"):
            yield value
        for name in getattr(type(value), "__slots__", ()) or vars(value):
            yield from syntax(getattr(value, name))
