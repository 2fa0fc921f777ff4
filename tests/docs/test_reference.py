"""The generated pages of docs/ say what the tables say now."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.ops.table import CONSTANTS, OPS
from netc.compiler.reference import pages as of_compiler
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.pages import page
from netc.runtime.cli import VERBS
from netc.runtime.reference import pages as of_runtime

import netc

from ..places import DOCS

PAGES = {**of_compiler.PAGES, **of_runtime.PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """If this fails: `make docs`."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()


def test_the_generator_writes_every_page(tmp_path: Path) -> None:
    of_compiler.write_pages(str(tmp_path))
    of_runtime.write_pages(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == set(PAGES)


def test_every_layer_has_a_section() -> None:
    lines = PAGES["operators.md"]().split("\n")
    assert sorted(line[4:] for line in lines if line.startswith("### ")) == sorted(
        [*OPS, *CONSTANTS]
    )


@pytest.mark.parametrize("code", Code, ids=lambda code: code.id)
def test_every_code_is_linked_to_the_page_that_explains_it(code: Code) -> None:
    row = f"](../dsl/diagnostics/pages/{code.id}.md) | {code.severity} |"
    assert row in PAGES["diagnostics.md"]()
    assert page(code.id).startswith(f"# {code.id}: {code.title}")


def test_every_verb_and_every_public_name_is_explained() -> None:
    verbs = [line[8:] for line in PAGES["cli.md"]().split("\n") if line.startswith("## netc ")]
    assert verbs == list(VERBS)
    text = PAGES["api.md"]()
    assert [name for name in netc.__all__ if f"netc.{name}" not in text] == []
    assert "|  |" not in text, "an attribute without a docstring"
