"""`netc mcp`, driven by the protocol's own client; and its tools by themselves."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from netc.runtime.assist import tools
from netc.runtime.errors import UserError

from ...places import MODELS, ROOT
from ...waiting import LONGEST

WRONG = "net Net(x: float32[N, 8]) -> [N, 2] {\n  return x -> Dense(2, activation=relo)\n}\n"
RIGHT = WRONG.replace("relo", "relu")


def asked(folder: Path, calls: Mapping[str, dict[str, object]]) -> dict[str, Any]:
    """The tools that a server offers, and its answers to some calls, each by its tool."""

    async def talk() -> dict[str, Any]:
        path = os.pathsep.join(filter(None, [str(ROOT / ".links"), os.environ.get("PYTHONPATH")]))
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "netc", "mcp"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
        )
        async with Client(server) as client:
            listed = await client.list_tools()
            answers: dict[str, Any] = {"tools": {tool.name for tool in listed.tools}}
            for name, arguments in calls.items():
                answers[name] = await client.call_tool(name, arguments)
            return answers

    return asyncio.run(asyncio.wait_for(talk(), LONGEST))


def test_a_client_finds_and_uses_every_tool(tmp_path: Path) -> None:
    (tmp_path / "net.net").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "old.net").write_text(RIGHT.replace("-> Dense(2", "-> Dense(4) -> Dense(2"))
    answers = asked(
        tmp_path,
        {
            "check": {"text": WRONG},
            "summary": {"path": "net.net"},
            "explain": {"code": "NET0301"},
            "ops": {"name": "Conv2D"},
            "fix": {"text": WRONG},
            "diff": {"old": "old.net", "new": "net.net"},
            "graph": {"path": "net.net"},
        },
    )
    assert answers["tools"] == {tool.__name__ for tool in tools.TOOLS}
    assert not any(answers[name].is_error for name in answers["tools"])
    (finding,) = answers["check"].structured_content["findings"]
    assert (finding["code"], finding["fix"]["text"]) == ("NET0209", "relu")
    assert answers["summary"].structured_content["params"] == 18
    assert answers["fix"].structured_content["text"] == RIGHT
    text = str(answers["graph"].content)
    assert "flowchart TD" in text


def test_a_refusal_is_an_answer_of_one_line(tmp_path: Path) -> None:
    answers = asked(
        tmp_path, {"explain": {"code": "NET9999"}, "summary": {"path": "../secret.net"}}
    )
    assert answers["explain"].is_error
    assert "there is no code `NET9999`" in str(answers["explain"].content)
    assert answers["summary"].is_error
    assert "outside" in str(answers["summary"].content)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: tools.check(), "give the `text`"),
        (lambda: tools.check(path="/etc/passwd"), "outside"),
        (lambda: tools.check(path="notes.txt"), "no .net file"),
        (lambda: tools.check(path="missing.net"), "cannot read"),
        (lambda: tools.summary(text=WRONG), "NET0209"),
        (lambda: tools.ops("Conv9D"), "did you mean"),
        (lambda: tools.diff("/a.net", "b.net"), "outside"),
        (lambda: tools.graph(text=RIGHT, kind="png"), "mermaid or svg"),
    ],
)
def test_what_cannot_be_done_is_said(call: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        call()


def test_a_link_out_of_the_folder_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside.net"
    outside.write_text("secret", encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.net").symlink_to(outside)
    monkeypatch.chdir(inside)
    with pytest.raises(UserError, match="outside"):
        tools.check(path="link.net")


def test_all_of_the_reference_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {entry["name"] for entry in tools.ops()}
    assert {"Conv2D", "LSTM", "Adam", "CategoricalCrossentropy", "arange"} <= names
    (adam,) = tools.ops("adam")
    assert adam["family"] == "Optimizers"
    monkeypatch.chdir(MODELS)
    assert tools.summary(path="resnet.net", net="ResNet50")["params"] == 25_610_152
    right = tools.explain("NET0301")["right"]
    assert isinstance(right, list)
    for example in right:
        assert not tools.check(text=str(example))["failed"]
