"""The lexer splits a text at once; read token by token it has the same ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import DiagnosticError
from netc.dsl.syntax.lex import MAX_BRACKETS, lex
from netc.dsl.syntax.tokens import TABLES, Tokens
from netc.dsl.text.source import Source

from ...runtime.highlight.texts import texts

TOKEN = re.compile(rf"[ \t\f\r]*(?:{TABLES.pattern})")
ITEM = re.compile(r'(net|block|const|expect|train|from)[ \t]+["A-Za-z_]')
PAIRS = {")": "(", "]": "[", "}": "{"}
WORDS = [
    *(
        "x",
        "1",
        "1..",
        "1e+5",
        '"a"',
        "net A",
        "net ",
        "\nnet A",
        "net = 3",
        "layer",
        "from",
        "else",
    ),
    *(
        "else =",
        "if",
        "true",
        "none",
        ".true",
        ".\nnet",
        ".",
        "...",
        "->",
        "=",
        "==",
        "*",
        ":",
        ",",
    ),
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "(a)",
        "(a, [b])",
        "\n",
        "\n",
        "\r\n",
        "\t",
        "# c",
        "# c\n",
        "\f",
    ),
]

Token = tuple[str, int, int]


def one_by_one(text: str) -> list[Token]:
    """The tokens as grammar.lark's first lines define them."""
    found: list[Token] = []
    newline: int | None = None
    level: list[str] = []
    at = 0
    while match := TOKEN.match(text, at):
        at = match.end()
        group = match.lastindex
        assert group is not None
        start, word, kind = match.start(group), match[group], TABLES.symbols[group]
        before = found[-1][0] if found else "LBRACE"
        if kind == "COMMENT":
            continue
        if kind == "_NEWLINE":
            if newline is None and (not level or level[-1] == "{"):
                newline = start
            continue
        if word in TABLES.keywords and before != "DOT":
            name = re.match(r"[ \t]*=(?!=)", text[at:]) and word not in ("true", "false", "none")
            kind = "NAME" if name else TABLES.symbols[TABLES.keywords[word]]
            if text[start - 1 : start] in ("", "\n") and ITEM.match(text, start):
                level.clear()
        if word in PAIRS.values():
            level.append(word)
        elif word in PAIRS and PAIRS[word] in level:
            while level.pop() != PAIRS[word]:
                pass
        if newline is not None:
            on = kind in ("RBRACE", "LBRACE", "ARROW", "ELSE") or before in ("LBRACE", "COMMA")
            found += [] if on else [("_NEWLINE", newline, newline + 1)]
            newline = None
        found.append((kind, start, at))
    return [*found, ("$END", len(text), len(text))]


def at_once(tokens: Tokens) -> list[Token]:
    kinds = [TABLES.symbols[kind] for kind in tokens.kinds]
    return list(zip(kinds, tokens.starts, tokens.ends, strict=True))


def test_every_text_of_the_repository() -> None:
    for place, text in texts().items():
        tokens = lex(Source("a.net", text))
        assert tokens.problems or at_once(tokens) == one_by_one(text), place


@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from(["", " "]))
def test_any_words(words: list[str], between: str) -> None:
    text = between.join(words)
    tokens = lex(Source("a.net", text))
    assert tokens.problems or at_once(tokens) == one_by_one(text)


def test_comments_and_items_are_where_they_stand() -> None:
    text = "# a\nconst b = 1 # c\n\n# d\nnet E(x: [N]) { # f\n  return x\n}\n"
    tokens = lex(Source("a.net", text))
    assert [comment.text for comment in tokens.comments] == ["# a", "# c", "# d", "# f"]
    assert [comment.span.text for comment in tokens.comments] == ["# a", "# c", "# d", "# f"]
    assert [tokens.span(item).text for item in tokens.items] == ["const", "net"]


def test_a_sign_that_means_a_newline_is_one_inside_brackets_too() -> None:
    tokens = lex(Source("a.net", "f(a;\nb)"))
    assert [kind for kind, _, _ in at_once(tokens)] == [
        *("NAME", "LPAR", "NAME", "_NEWLINE", "NAME", "RPAR", "$END")
    ]
    assert [problem.span.start for problem in tokens.problems] == [3]


@pytest.mark.parametrize(
    "inside",
    ["x", "(x)", "x + [y]", "a.b (x)", "a . true . b [x]", "net (x)", "# c\n(x)", "\n[\n]"],
)
@pytest.mark.parametrize("open", ["(", "[", "{", "f(a, "])
def test_brackets_have_a_limit_whatever_is_in_them(open: str, inside: str) -> None:
    deeper = inside.count("(") or inside.count("[")
    lex(Source("a.net", open * (MAX_BRACKETS - deeper) + inside))
    text = open * MAX_BRACKETS + inside
    if not deeper:
        lex(Source("a.net", text))
        text = open * (MAX_BRACKETS + 1) + inside
    with pytest.raises(DiagnosticError) as raised:
        lex(Source("a.net", text))
    (problem,) = raised.value.diagnostics
    last = max(text.rfind(sign) for sign in "([{")
    assert (problem.code, problem.span.start) == (Code.TOO_DEEP, last)


def test_a_long_run_of_space_or_of_newlines_is_read_once() -> None:
    for text in (" " * 200_000, "x" + "\n \r\t" * 200_000, "(" + "\n" * 200_000 + "net"):
        assert at_once(lex(Source("a.net", text))) == one_by_one(text)
