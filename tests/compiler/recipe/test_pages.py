"""Recipes by example: what a `train` block can say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...markdown import Example, check_example, examples_of


@pytest.mark.parametrize("example", examples_of(sorted(Path(__file__).parent.glob("*.md"))))
def test_an_example_does_what_its_page_says(example: Example) -> None:
    check_example(example)
