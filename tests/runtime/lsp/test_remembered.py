"""Nets that stand as they did are not made again while a file is edited; all else is as fresh."""

from __future__ import annotations

import random
from pathlib import Path

from netc.compiler.check import check_files
from netc.compiler.remembered import Remembered

from ...places import MODELS

TWO = """\
const width = 8
block Unit(x: [N, C], units: int) {
  return x -> Dense(units) -> ReLU
}
net First(x: float32[N, 4]) -> [N, 2] {
  return x -> Unit(width) -> Dense(2)
}
net Second(x: float32[N, 4]) -> [N, 3] {
  return x -> Unit(9) -> Dense(3)
}
"""


def graphs(text: str, remembered: Remembered | None) -> tuple[list[object], list[str]]:
    """The graphs of a text by their nets, and what is found."""
    path = Path("edited.net").resolve()
    made = check_files([path], overlay={path: text}, remembered=remembered, keep_going=True)
    findings = [f"{one.span} {one.code.id} {one.message}" for one in made.diagnostics]
    return [net.graph for net in made.nets], findings


def test_a_net_is_kept_while_what_it_is_made_of_stands_where_it_stood() -> None:
    memory = Remembered()
    (first, second), _ = graphs(TWO, memory)
    (again, other), _ = graphs(TWO.replace("Dense(3)", "Dense(3) -> ReLU"), memory)
    assert again is first
    assert other is not second
    for changed in (
        TWO.replace("width = 8", "width = 6"),
        TWO.replace("-> ReLU\n}", "-> GELU\n}", 1),
        "\n" + TWO,
        TWO.replace("const width = 8\n", "const width =8 \n"),
    ):
        (again, _), _ = graphs(changed, memory)
        assert again is not first


def test_a_net_with_a_finding_is_made_again() -> None:
    memory = Remembered()
    text = TWO.replace("Unit(width) ->", "Unit(width) -> Softmax -> Softmax ->")
    (first, _), found = graphs(text, memory)
    (again, _), once_more = graphs(text, memory)
    assert found == once_more
    assert found != []
    assert again is not first


def test_whatever_is_typed_the_findings_are_those_of_a_fresh_check() -> None:
    draw = random.Random(5)
    for file in ("resnet.net", "unet.net", "gpt2.net"):
        text = (MODELS / file).read_text(encoding="utf-8")
        memory = Remembered()
        for _ in range(12):
            at = draw.randrange(len(text))
            edit = draw.choice(["", "2", "x", " ", "\n", "ReLU", "-> ", "}"])
            candidate = text[:at] + edit + text[at + draw.randrange(3) :]
            assert graphs(candidate, memory)[1] == graphs(candidate, None)[1]
            if draw.random() < 0.3:
                text = candidate
