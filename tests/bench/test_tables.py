"""Rows go into the tables of docs/results.md, and those that nobody made again stay."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..places import DOCS, ROOT

sys.path.insert(0, str(ROOT / "bench"))

import import_files
import imports
import tables
import zoo

HEAD = ("| net | from | lines |", "|---|---|--:|")
PAGE = """\
# Figures

| net | from | lines |
|---|---|--:|
| a | netc | 1 |
| a | torch | 2 |
| gone | netc | 3 |

Behind it.
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "results.md"
    path.write_text(PAGE)
    return path


def test_rows_of_one_net_leave_the_others(page: Path) -> None:
    order = [("b", "netc"), ("a", "netc"), ("a", "torch")]
    made = [tables.line("a", "torch", 7), tables.line("b", "netc", "")]
    tables.put_rows(HEAD, made, lambda cells: (cells[0], cells[1]), order, page)

    assert page.read_text() == PAGE.replace(
        "| a | netc | 1 |\n| a | torch | 2 |\n| gone | netc | 3 |\n",
        "| b | netc |  |\n| a | netc | 1 |\n| a | torch | 7 |\n",
    )


def test_a_whole_table_is_replaced(page: Path) -> None:
    tables.put(HEAD, ["| c | netc | 9 |"], page)
    assert page.read_text().partition("--:|\n")[2] == "| c | netc | 9 |\n\nBehind it.\n"


def test_a_table_that_is_not_there_is_named(page: Path) -> None:
    with pytest.raises(ValueError, match=r"results\.md has no table that begins with \| x \|"):
        tables.put(["| x |", "|---|"], [], page)


@pytest.mark.parametrize(
    ("value", "shown"), [(2.34e-6, "2e-6"), (1e-12, "1e-12"), (0.0, "0"), (None, "")]
)
def test_a_difference_is_one_digit(value: float | None, shown: str) -> None:
    assert tables.digit(value) == shown


def test_the_page_has_the_rows_of_every_import() -> None:
    """PyTorch's by both exporters and Keras's, and each file of a package."""
    text = (DOCS / "results.md").read_text("utf-8")
    stood = [tables.cells(row)[:2] for row in text.splitlines() if row.startswith("| ")]
    missing = [row for row in imports.ROWS if [row.net, row.origin] not in stood]
    files = [import_files.shown(each, end) for each in import_files.PACKAGES for end in each.files]
    assert not missing
    assert set(files) <= {cells[0] for cells in stood}


def test_the_zoo_names_nets_as_links_to_their_files() -> None:
    assert zoo.linked("VGG16", "vgg.net") == "[`VGG16`](../models/vgg.net)"
    assert "| [`VGG16`](../models/vgg.net) |" in (DOCS / "results.md").read_text("utf-8")
