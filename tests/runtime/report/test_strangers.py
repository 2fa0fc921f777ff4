"""Names of strangers in what a run leaves: tables, pages, logs."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from netc.runtime.report import html
from netc.runtime.report.confusion import Confusion, draw_confusion, write_confusion_csv
from netc.runtime.report.panels import Line, Panel
from netc.runtime.report.svg import chart, legend

NAMES = ('=HYPERLINK("x")', "@SUM(1)", "-1+1\n::error::", "<script>\x1b[2J", "\u202e$\\frac{\"'")

TAGS = {"div", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd"}
TAGS |= {"details", "summary"}


def test_no_class_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "confusion.csv"
    counts = np.arange(25).reshape(5, 5)
    write_confusion_csv(Confusion(NAMES, counts), path)
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert len(rows) == 5
    for cell in (*head, *(cell for row in rows for cell in row)):
        assert not cell.startswith(("=", "@", "-", "+"))
        assert not set(cell) & {"\x1b", "\n", "\u202e"}
    assert [[int(cell) for cell in row[1:]] for row in rows] == counts.tolist()
    draw_confusion(Confusion(NAMES, counts), tmp_path / "confusion.png")


@pytest.mark.parametrize("name", NAMES)
def test_names_are_text_in_the_page(name: str) -> None:
    made = html.table([name], [[name]]) + html.pairs([(name, name)]) + html.details(name, "")
    found = ElementTree.fromstring(f"<div>{made}</div>")
    assert {each.tag for each in found.iter()} <= TAGS
    assert not set(made) & {"\x1b", "\u202e"}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_text_in_curves(name: str) -> None:
    line = Line(label=name, role="train", epochs=(1, 2), values=(0.5, 0.25), kept=True)
    panel = Panel(title=name, lines=(line,), bands=(), marks=(), log=False)
    for made in (chart(panel), legend([panel])):
        found = ElementTree.fromstring(made)
        assert not [each for each in found.iter() if each.tag == "script"]
        assert not set(made) & {"\x1b", "\u202e"}
