"""The generated pages of docs/ say what the tables say now."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.codes import page
from netc.compiler.ops.table import OPS
from netc.compiler.reference import PAGES, main
from netc.dsl.codes import Code

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """If this fails: `python -m netc.compiler.reference docs`."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()


def test_the_generator_writes_every_page(tmp_path: Path) -> None:
    main(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == set(PAGES)


def test_every_layer_has_a_section() -> None:
    lines = PAGES["operators.md"]().split("\n")
    assert sorted(line[4:] for line in lines if line.startswith("### ")) == sorted(OPS)


@pytest.mark.parametrize("code", Code, ids=lambda code: code.id)
def test_every_code_is_linked_to_the_page_that_explains_it(code: Code) -> None:
    assert f"](../compiler/codes/{code.id}.md) | {code.severity} |" in PAGES["diagnostics.md"]()
    assert page(code.id).startswith(f"# {code.id}: {code.title}")
