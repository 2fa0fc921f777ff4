"""The VS Code extension: what it starts and shows, its colours, its package. `make editors`."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any

import pytest
from netc.dsl.syntax.lex import lex
from netc.dsl.text.source import Source
from netc.runtime.highlight.lexer import NetLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from ..runtime.highlight.texts import texts
from .places import VSCODE, node

pytestmark = pytest.mark.editors

SCOPES: dict[str, _TokenType] = {
    "comment": Comment,
    "string": String,
    "constant.character": String,
    "constant.numeric": Number,
    "constant.language": Keyword.Constant,
    "storage.type": Keyword,
    "keyword.control": Keyword,
    "support.type": Keyword.Type,
    "support.function": Name.Builtin,
    "entity.name.class": Name.Class,
    "variable.other.property": Name.Attribute,
    "variable.parameter": Name.Attribute,
    "variable.other.readwrite": Name.Variable,
    "variable.other.declaration": Name.Variable,
    "variable.other.constant": Name.Constant,
    "entity.name.section": Name.Label,
    "entity.name.label": Name.Label,
    "keyword.operator.word": Operator.Word,
}
"""What the scopes of the grammar are to Pygments; a longer one goes before a shorter one."""


def test_each_piece_has_the_colour_that_pygments_gives_it() -> None:
    """Line by line, as VS Code reads, comes the same as from the whole text."""
    read = {place: text for place, text in texts().items() if not lex(Source("", text)).problems}
    answers: Any = node(VSCODE / "test" / "tokenise.js", list(read.values()))
    for (place, text), tokens in zip(read.items(), answers, strict=True):
        lines = text.split("\n")
        coloured = {
            (line, start): (lines[line][start:end], scope)
            for line, start, end, scope in tokens
            if lines[line][start:end].strip()
        }
        for at, kind, piece in NetLexer().get_tokens_unprocessed(text):
            if kind not in (Comment.Single, Number, *SCOPES.values()):
                continue
            line = text.count("\n", 0, at)
            start = at - (text.rfind("\n", 0, at) + 1)
            assert (line, start) in coloured, (place, line + 1, piece)
            scope = coloured[line, start][1]
            meant = [of for name, of in SCOPES.items() if scope.startswith(name)]
            if kind is String:
                assert scope.startswith(("string", "constant.character")), (place, line + 1, piece)
            else:
                assert meant, (place, line + 1, piece, scope)
                assert kind in meant[0], (place, line + 1, piece, scope)


def test_it_starts_the_server_and_shows_graphs_as_the_server_draws_them() -> None:
    log: Any = node(VSCODE / "test" / "activate.js")
    ask = ["workspace/executeCommand", {"command": "netc.graphHtml"}]
    assert [method for method, _ in log["asked"]] == [ask[0]] * 7
    asked = [(params["command"], *params["arguments"]) for _, params in log["asked"]]
    one, two = (("netc.graphHtml", "file:///a.net", net) for net in ("One", "Two"))
    # Shown and picked; drawn again after saving; not drawn while there are findings.
    assert asked == [one, two, one, two, one, two, one]
    assert log["pages"] == ["<p>One 3</p>", "<p>Two 4</p>"]
    assert {json.dumps(panel["options"]) for panel in log["panels"]} == {
        '{"enableScripts": true, "localResourceRoots": [], "retainContextWhenHidden": true}'
    }
    missing = "`missing` did not start (spawn missing ENOENT): "
    assert log["said"][0] == "`One` has findings"
    assert log["said"][1].startswith(missing)
    assert log["stopped"] == 1


def test_the_package_holds_what_runs_and_nothing_else() -> None:
    archive = zipfile.ZipFile(VSCODE / "netc.vsix")
    names = {name.removeprefix("extension/") for name in archive.namelist()}
    assert names == {
        *("[Content_Types].xml", "extension.vsixmanifest", "package.json", "readme.md"),
        *("dist/extension.js", "language-configuration.json", "snippets/net.json"),
        *("syntaxes/net.tmLanguage.json", "syntaxes/markdown.tmLanguage.json"),
    }
    bundle = archive.read("extension/dist/extension.js").decode()
    assert set(re.findall(r'require\("(?!node:)([^"]+)"\)', bundle)) & {"vscode"} == {"vscode"}
    assert "vscode-languageclient" not in set(re.findall(r'require\("([^"]+)"\)', bundle))
