"""What the VS Code extension says of itself is so; its snippets are nets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.version import __version__
from netc.runtime.lsp.lens import SHOW_GRAPH

from .places import VSCODE

MANIFEST = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))
SNIPPETS = json.loads((VSCODE / "snippets" / "net.json").read_text(encoding="utf-8"))
STOP = re.compile(r"\$\{(\d+):((?:[^{}]|\{[^}]*\})*)\}|\$(\d+)")
AROUND = {
    "residual": "net A(x: float32[N, 64]) -> [N, 64] {{\n{}\n}}\n",
    "repeat": "net A(x: float32[N, 64]) -> [N, 64] {{\n{}\n  return x\n}}\n",
    "for": "net A(x: float32[N, 8, 8, 3]) -> [N, 8, 8, 64] {{\n{}\n  return x\n}}\n",
    "layer": "net A(x: float32[N, 8]) -> [N, 64] {{\n{}\n  return x -> shared\n}}\n",
    "expect": "net Name(x: float32[N, 8]) {{\n  return x -> relu\n}}\n{}\n",
    "train": (
        "net Name(x: float32[N, 784]) -> logits: [N, 10] {{\n  return x -> Dense(10)\n}}\n{}\n"
    ),
}


def expanded(body: list[str]) -> str:
    """A snippet with the words that it proposes."""
    words: dict[str, str] = {"0": ""}

    def word(match: re.Match[str]) -> str:
        if match[1]:
            words[match[1]] = STOP.sub(word, match[2])
        return words[match[1] or match[3]]

    return STOP.sub(word, "\n".join(body))


def test_it_has_the_version_of_the_package_and_the_command_of_the_server() -> None:
    assert MANIFEST["version"] == __version__
    assert SHOW_GRAPH in [one["command"] for one in MANIFEST["contributes"]["commands"]]
    settings = MANIFEST["contributes"]["configuration"]["properties"]
    assert settings["netc.server.command"]["default"] == ["netc", "lsp"]


def test_every_file_that_it_names_is_there() -> None:
    named = re.findall(r'"\./((?!dist/)[^"]*)"', json.dumps(MANIFEST["contributes"]))
    assert len(named) == 4
    assert [name for name in named if not (VSCODE / name).is_file()] == []


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_right_as_it_stands(name: str) -> None:
    snippet = SNIPPETS[name]
    path = Path("/snippets/a.net")
    text = AROUND.get(snippet["prefix"], "{}\n").format(expanded(snippet["body"]))
    found = check_files([path], overlay={path: text}).diagnostics
    assert [(one.code.id, one.message) for one in found] == []
