"""What the playground's page gets from netc, without a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from netc.runtime.assist.playground import call
from netc.runtime.picture import engine

from ...places import MODELS

WRONG = """\
# 𝄞 is two units of UTF-16, as places in JavaScript are
net Net(x: float32[N, 8]) -> [N, 2] {
  return x -> Dense(2, activaton=relu)
}
"""
RIGHT = WRONG.replace("activaton", "activation")


@pytest.fixture
def ask() -> Any:
    """The function that the page calls; each answer can be written as JSON."""
    answer = call(MODELS)

    def asked(verb: str, *given: object) -> Any:
        return json.loads(json.dumps(answer(verb, list(given))))

    return asked


def units(text: str, start: int, stop: int) -> str:
    """A part of a text by places as JavaScript counts them."""
    return text.encode("utf-16-le")[2 * start : 2 * stop].decode("utf-16-le")


def test_findings_have_places_as_javascript_counts_them(ask: Any) -> None:
    (finding,) = ask("check", WRONG)["findings"]
    assert finding["code"] == "NET0202"
    assert units(WRONG, finding["from"], finding["to"]) == "activaton=relu"


def test_fixes_are_edits_that_are_proved(ask: Any) -> None:
    ask("check", WRONG)
    (((edit,),),) = (ask("fixes"),)
    assert units(WRONG, edit["from"], edit["to"]) == "activaton"
    assert edit["insert"] == "activation"
    assert ask("mend") == RIGHT


def test_a_finding_that_nothing_is_proved_to_mend_has_no_fix(ask: Any) -> None:
    ask("check", "net Net(x: float32[N, 8]) -> [N, 2] {\n  return x -> Qzxvw(2)\n}\n")
    assert ask("fixes") == [None]


def test_a_net_at_fault_is_refused_in_words(ask: Any) -> None:
    ask("check", WRONG)
    assert ask("summary", "Net") == {"refused": "there is no net `Net` without fault"}
    assert "refused" in ask("graph", "Net")
    ask("check", "net Net(")
    assert "refused" in ask("format")
    assert "refused" in ask("example", "../pyproject.toml")


def test_a_net_has_a_summary_and_the_one_formatting(ask: Any) -> None:
    assert ask("check", RIGHT.replace(", activation", ",activation"))["nets"] == ["Net"]
    assert ask("format") == RIGHT
    summary = ask("summary", "Net")
    assert ["Total params", "18"] in summary["below"]
    assert "Total params: 18" in summary["text"]


def test_an_example_stands_where_its_imports_find_their_files(ask: Any) -> None:
    assert "fpn.net" in ask("examples")
    assert ask("check", ask("example", "fpn.net"), "fpn.net")["findings"] == []


def test_a_text_imports_files_that_came_with_it(ask: Any) -> None:
    text = (
        'from "./blocks.net" import Twice\n\n'
        "net Net(x: float32[N, 8]) -> [N, 8] {\n  return x -> Twice\n}\n"
    )
    twice = "block Twice(x: [N, C]) -> [N, C] {\n  return x -> Dense(C) * 2\n}\n"
    assert [one["code"] for one in ask("check", text)["findings"]] == ["NET0251"]
    assert ask("check", text, "page.net", {"blocks.net": twice})["nets"] == ["Net"]
    assert ask("check", text, "page.net", {"../../blocks.net": twice})["nets"] == ["Net"]
    (found,) = ask("check", text, "page.net", {"blocks.net": twice.replace("Dense", "Dens")})[
        "findings"
    ]
    assert (found["file"].endswith("blocks.net"), found["from"]) == (True, None)
    assert ask("fixes") == [None]
    assert ask("check", WRONG)["findings"][0]["code"] == "NET0202"


def test_pictures_can_be_laid_out_by_another_graphviz(ask: Any) -> None:
    ask("check", RIGHT)
    drawn = ask("graph", "Net")
    texts: list[str] = []

    def other(text: str) -> str:
        engine.use(None)
        texts.append(text)
        try:
            return engine.lay_out(text)
        finally:
            engine.use(other)

    engine.use(other)
    try:
        assert ask("graph", "Net") == drawn
    finally:
        engine.use(None)
    assert texts
    assert all(text.startswith("digraph{") for text in texts)
