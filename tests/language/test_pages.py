"""The language by example, and every example of the manual."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..markdown import Example, check_example, examples_of

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"


@pytest.mark.parametrize(
    "example", examples_of([*sorted(HERE.glob("*.md")), *sorted(DOCS.rglob("*.md"))])
)
def test_an_example_does_what_its_page_says(example: Example) -> None:
    check_example(example)
