"""A text has one tree, whether its stretches are read by templates or by the automaton."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netc.compiler.headroom import headroom
from netc.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from netc.dsl.syntax.ast import File
from netc.dsl.syntax.parse import MAX_DEPTH, parse
from netc.dsl.syntax.steps import LONGEST, MOST, Templates
from netc.dsl.syntax.templates import compiled
from netc.dsl.text.source import Source

from ...mutation.slips import slips
from ...runtime.highlight.texts import texts

WORDS = [
    *("x", "y", "Dense", "float32", "8", "0.5", "1M", '"a"', "layer", "weight", "net", "from"),
    *("for", "in", "repeat", "if", "else", "return", "assert", "as", "true", "none", "not", "and"),
    *("train", "expect", "const", "block", "import", "phase"),
    *("->", "=", "==", "+", "-", "*", "**", "/", ".", "...", ":", ",", "(", ")", "[", "]"),
    *("{", "}", "\n", "\n", "\n", "# a\n", ";", "$", "N: [N, 4]", "x = x -> F(8, a=b)\n"),
    *("net N(x: [N, 4]) -> [N, 4] {\n", "  return x -> F\n}\n", "train N {\n", "a = 1\n"),
]
FIRST, NEVER = Templates(compiled, often=1), Templates(compiled, often=10**9)
"""Templates from the first time on, and none."""


def read(source: Source, templates: Templates) -> File | tuple[Diagnostic, ...]:
    """The tree of a text, or what is wrong with it."""
    try:
        return parse(source, templates)
    except DiagnosticError as error:
        return error.diagnostics


def same(text: str) -> bool:
    """Whether templates make of a text what the automaton makes of it."""
    source = Source("a.net", text)
    return read(source, FIRST) == read(source, NEVER)


def test_every_text_of_the_repository() -> None:
    for place, text in texts().items():
        assert same(text), place


def test_texts_with_a_slip() -> None:
    for place, text in list(texts().items())[::40]:
        for slip in list(slips(text))[:60]:
            assert same(slip.text), (place, slip)


@given(st.lists(st.sampled_from(WORDS), max_size=60), st.booleans())
def test_any_words(words: list[str], inside: bool) -> None:
    text = " ".join(words)
    if inside:
        text = f"net A(x: [N, 4]) {{\n{text}\n}}\nblock B(x: [N]) {{ return x }}\n"
    assert same(text)


@pytest.mark.parametrize(
    "stage",
    [
        *("F(8, a=b)", "F(a=b, 8)", "F(a=1, b, c=2)", 'F("a"=1)', "F()", "F(True)", "F(a=None)"),
        *("F(1x)", "F(1.5M, 0x1)", "F as label", "F * 2 as True", "F(G(1), a=H(b=2))", "True(1)"),
        *("F(8,\n 8)", "F((8, 8))", "F([8], a=[b])", "F(-8)", "per_output(\"a\"=1, 'b'=2)"),
    ],
)
def test_nodes_that_are_made_without_their_makers(stage: str) -> None:
    lines = f"x = x -> {stage}\nx, y = True -> {stage} -> {stage}\n" * 3
    assert same(f"net A(x: [N, 4]) {{\n{lines}return x\n}}\n")


@pytest.mark.parametrize("unit", ["if a {\n y = 1\n", "repeat 2 {\n y = x -> F\n y = x -> F\n"])
def test_nesting_is_counted_through_templates(unit: str) -> None:
    """Both below the limit and past it."""
    for depth in range(MAX_DEPTH // 2 - 4, MAX_DEPTH // 2 + 4):
        assert same(f"net A(x: [N]) {{\n{unit * depth}{'}' * depth}\ny = 1\n}}\n"), depth


def test_a_deep_expression_before_a_template() -> None:
    for depth in range(MAX_DEPTH - 6, MAX_DEPTH + 3):
        line = f"y = {'-' * depth}x\n"
        with headroom():
            assert same(f"net A(x: [N]) {{\n{line}y = 1\n{line}y = x -> F\n}}\n"), depth


def test_what_comes_often_is_read_by_a_template() -> None:
    line = "  x = x -> Dense(8, activation=relu)\n"
    templates = Templates(compiled)
    parse(Source("a.net", f"net A(x: [N, 8]) {{\n{line * 40}  return x\n}}\n"), templates)
    found = [template for template in templates.known.values() if template is not None]
    assert [template.width for template in found if not template.states] == [13]


def test_a_small_text_is_read_without() -> None:
    templates = Templates(compiled)
    parse(Source("a.net", "net A(x: [N, 8]) {\n  x = x -> Dense(8)\n  return x\n}\n"), templates)
    assert not templates.known


def test_ever_new_stretches_do_not_fill_the_memory() -> None:
    sums = [" ".join(f"{sign} x" for sign in signs) for signs in product("+-*/", repeat=6)]
    lines = [f"  y = x {one}\n" for one in sums]
    few = lines[: 2 * MOST - 1]
    often, once = Templates(compiled, often=1), Templates(compiled)
    parse(Source("a.net", f"net A(x: [N]) {{\n{''.join(few)}}}\n"), often)
    parse(Source("a.net", f"net A(x: [N]) {{\n{''.join([*lines, *lines])}}}\n"), once)
    assert 0 < len(often.known) <= MOST
    assert 0 < len(once.counts) <= 8 * MOST


def test_a_stretch_has_a_limit() -> None:
    templates = Templates(compiled, often=1)
    text = f"net A(x: [N]) {{\n  y = f({', '.join('x' * 10_000)})\n}}\n"
    parse(Source("a.net", text), templates)
    assert max(len(kinds) for _, kinds in templates.known) <= LONGEST + 3
