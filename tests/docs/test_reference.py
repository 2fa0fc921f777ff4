"""The generated pages of docs/ say what the tables say now."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.ops.table import OPS
from netc.compiler.reference.pages import PAGES, write_pages
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.pages import page

from ..places import DOCS


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """If this fails: `make docs`."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()


def test_the_generator_writes_every_page(tmp_path: Path) -> None:
    write_pages(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == set(PAGES)


def test_every_layer_has_a_section() -> None:
    lines = PAGES["operators.md"]().split("\n")
    assert sorted(line[4:] for line in lines if line.startswith("### ")) == sorted(OPS)


@pytest.mark.parametrize("code", Code, ids=lambda code: code.id)
def test_every_code_is_linked_to_the_page_that_explains_it(code: Code) -> None:
    row = f"](../dsl/diagnostics/pages/{code.id}.md) | {code.severity} |"
    assert row in PAGES["diagnostics.md"]()
    assert page(code.id).startswith(f"# {code.id}: {code.title}")
