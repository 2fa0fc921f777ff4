"""Whatever the input is, the answer is a tree or a diagnostic; never another exception."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import DiagnosticError
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source

N = 10_000


@pytest.mark.parametrize(
    "text", ["", "\n\n", "  ", " " * 100_000, "# only a comment", "\r\n# a\r\n"]
)
def test_an_empty_file_defines_nothing(problems, text):
    (found,) = problems(text)
    assert found.code is Code.EMPTY_FILE


@pytest.mark.parametrize(
    "text",
    [
        "y = " + "(" * N + "1" + ")" * N,
        "y = " + "[" * N + "1" + "]" * N,
        "y = " + "(" * N,
        "if a {\n" * N + "}\n" * N,
        "y = " + "-" * 100_000 + "1",
        "y = " + "not " * N + "a",
        "y = " + "a if b else " * N + "c",
        "y = " + "a + " * N + "a",
        "y = " + "a ** " * N + "a",
        "y = a" + ".b" * N,
        "y = a" + "[0]" * N,
        "y = a" + "()" * N,
        "if a { }" + " else if a { }" * N,
    ],
    ids=lambda text: text[:20],
)
def test_deep_nesting_is_reported_as_such(problem, text):
    assert problem(text).code is Code.TOO_DEEP


def test_the_bracket_that_goes_too_deep_is_underlined(problem):
    found = problem("y = " + "(" * N)
    assert (found.span.line, found.span.column) == (2, 204)


def test_moderate_nesting_is_fine(expr):
    expr("(" * 199 + "1" + ")" * 199)
    expr("1 + " * 490 + "1")


@pytest.mark.parametrize(
    "text",
    [
        "y = x" + " -> F" * N,
        "y = f(" + "a, " * N + ")",
        "y = 1\n" * N,
        "if a { }\n" * N,
    ],
    ids=lambda text: text[:20],
)
def test_long_is_not_deep(statements, text):
    assert statements(text.rstrip("\n"))


@pytest.mark.parametrize(
    "text",
    ["(" * N, ")" * N, "{" * N, "}" * N, "net A(\n" * N, '"\n' * N, "'" * N, "$" * N, "->" * N,
     "net A() {\n" + "y = = 1\n" * N, "net A() { y = " + "-" * N + "]", "\x00" * N, "\ud800"],
    ids=lambda text: repr(text[:10]),
)  # fmt: skip
def test_garbage_is_reported(problems, text):
    assert 1 <= len(problems(text)) <= 20


def attempt(text: str) -> None:
    try:
        parse(Source("a.net", text))
    except DiagnosticError as error:
        for found in error.diagnostics:
            assert 0 <= found.span.start <= found.span.end <= len(text)
            assert found.message


@given(st.text(alphabet=st.sampled_from(list("ab1.,:=+-*<(){}[]\n \"'#_!@é\x00")), max_size=60))
def test_any_characters(text):
    attempt(text)


WORDS = [
    *("net", "block", "const", "expect", "train", "from", "import", "for", "in", "if", "else"),
    *("repeat", "return", "assert", "layer", "phase", "as", "not", "and", "or", "true", "none"),
    *("a", "b", "3", '"s"', "(", ")", "[", "]", "{", "}", ",", ":", "=", "==", "->", "*", "**"),
    *("-", "+", ".", "...", "_", "\n", "\nnet A", "\n}\n", "# c\n", "?"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_words(text):
    attempt(text)


def test_a_valid_file_with_any_token_removed_doubled_or_swapped():
    text = (
        "from a.b import C as D\nconst k = 3\n"
        "block A(x: [N, _], n: int = 2) -> (y: [N], [..., 4]) {\n"
        "  layer d = Dense(n, bias=false)\n  for i, j in [(1, 2)] { x = x[:, 0:] -> d * 2 as l }\n"
        '  if n == 2 and not k { return x } else if k < 3 { assert k, "no" } else { }\n}\n'
        "expect A(n=1) { params < 10M }\ntrain R for A { a = [b] }\n"
    )
    parse(Source("a.net", text))
    words = text.replace("\n", " \n ").split(" ")
    random.seed(1)
    for at in range(len(words)):
        attempt(" ".join(words[:at] + words[at + 1 :]))
        attempt(" ".join([*words[:at], words[at], *words[at:]]))
        attempt(" ".join([*words[:at], random.choice(WORDS), *words[at + 1 :]]))
