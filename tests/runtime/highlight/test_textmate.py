"""The grammar of the VS Code extension is the one that the language's tables give."""

from __future__ import annotations

import re

from netc.runtime.highlight.textmate import grammar_json, terminal

from ...places import ROOT


def test_the_grammar_of_the_extension_is_current() -> None:
    """If this fails: `make docs`."""
    grammar = ROOT / "editors" / "vscode" / "syntaxes" / "net.tmLanguage.json"
    assert grammar.read_text(encoding="utf-8") == grammar_json()


def test_patterns_are_those_of_the_one_grammar_file() -> None:
    assert re.fullmatch(terminal("NUMBER"), "1_024.5e-3")
    assert re.fullmatch(terminal("COMMENT"), "# a comment")
