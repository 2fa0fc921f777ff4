"""Each rule for causes has a page section, and looking for causes is counted as work."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.causes.table import FINDERS, Finder
from netc.compiler.check import check_files
from netc.compiler.expand.causes import MOST_ASKED

from ...places import ROOT

PAGE = ROOT / "tests" / "language" / "shape_causes.md"


@pytest.mark.parametrize("finder", FINDERS, ids=lambda finder: finder.name)
def test_each_rule_has_a_section(finder: Finder) -> None:
    headings = [
        line.lstrip("# ").casefold()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("##")
    ]
    assert finder.name.casefold() in headings


def test_names_are_told_apart() -> None:
    assert len({finder.name for finder in FINDERS}) == len(FINDERS)


def test_causes_are_looked_for_a_limited_number_of_times() -> None:
    path = Path("/page/many.net")
    body = "(x: float32[N, 8, 8, 3]) -> [N, 8, 8, 3] {\n  return x + (x -> Conv2D(3, 3))\n}\n"
    nets = [f"net A{index}{body}" for index in range(MOST_ASKED + 20)]
    found = check_files([path], overlay={path: "".join(nets)}).diagnostics
    assert len(found) == MOST_ASKED + 20
    assert sum("padding=same" in one.message for one in found) == MOST_ASKED
