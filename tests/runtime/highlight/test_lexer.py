"""The Pygments lexer reads what the language's own lexer reads, and knows what words mean."""

from __future__ import annotations

import tomllib
from importlib import import_module

from netc.dsl.syntax.lex import lex
from netc.dsl.text.source import Source
from netc.runtime.highlight.lexer import NetLexer
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, _TokenType

from ...places import ROOT
from .texts import texts

TEXT = """\
from "./blocks.net" import Residual as Res  # blocks
const WIDE = 1_024
net Tiny(x: float32[N, 4], layer: int = 2) -> y: [N, 2] {
  layer gate = Dense(4, activation=relu)
  net = x -> Res(WIDE) as first
  repeat layer { net = net -> gate -> GELU }
  return net.layer if not true and layer == 2 else none
}
train Tiny {
  optimizer = Adam(1e-3)
}
"""


def kinds(text: str, of: _TokenType) -> list[str]:
    """The pieces of a text that are of a kind."""
    return [piece for _, kind, piece in NetLexer().get_tokens_unprocessed(text) if kind in of]


def test_only_what_the_language_refuses_is_an_error() -> None:
    lexer = NetLexer()
    for place, text in texts().items():
        pieces = list(lexer.get_tokens_unprocessed(text))
        assert "".join(piece for _, _, piece in pieces) == text, place
        wrong = [start for start, kind, _ in pieces if kind is Error]
        assert bool(wrong) == bool(lex(Source(place, text)).problems), place


def test_words_have_the_colours_of_what_they_mean() -> None:
    assert kinds(TEXT, Comment) == ["# blocks"]
    assert kinds(TEXT, String) == ['"./blocks.net"']
    assert kinds(TEXT, Number) == ["1_024", "4", "2", "2", "4", "2", "1e-3"]
    assert kinds(TEXT, Name.Class) == ["Tiny", "Tiny"]
    assert kinds(TEXT, Name.Constant) == ["WIDE"]
    assert kinds(TEXT, Name.Label) == ["Res", "first"]
    assert kinds(TEXT, Name.Builtin) == ["Dense", "relu", "GELU", "Adam"]
    assert kinds(TEXT, Keyword.Type) == ["float32", "int"]
    assert kinds(TEXT, Keyword.Constant) == ["true", "none"]
    assert kinds(TEXT, Operator.Word) == ["as", "as", "not", "and"]


def test_a_word_is_a_keyword_only_where_it_can_be_one() -> None:
    """`layer` and `net` are names in this net, too."""
    assert [word for word in kinds(TEXT, Keyword) if word not in ("float32", "int")] == [
        *("from", "import", "const", "net", "layer", "repeat"),
        *("return", "if", "true", "else", "none", "train"),
    ]
    assert kinds(TEXT, Name.Variable) == ["gate", "net", "net", "optimizer"]
    assert kinds(TEXT, Name.Attribute) == ["activation", "layer"]


def test_pygments_finds_it_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    home, _, name = project["entry-points"]["pygments.lexers"]["net"].partition(":")
    assert getattr(import_module(home), name) is NetLexer
    assert NetLexer.aliases == ["net"]
