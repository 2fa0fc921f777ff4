"""The zoo's table in docs/results.md is of nets that there are, with the counts they have."""

from __future__ import annotations

import re

import pytest
from netc.compiler.cost.costs import parameters

from ..models.zoo import graph
from ..places import DOCS

ROW = re.compile(r"\| \[`(\w+)`\]\(\.\./models/(\w+\.net)\) \| \d+ \| ([\d,]+) \|.*")
ROWS = sorted(
    {m.groups() for m in map(ROW.match, (DOCS / "results.md").read_text().splitlines()) if m}
)


def test_the_table_has_rows() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize(("net", "file", "shown"), ROWS, ids=lambda value: str(value))
def test_the_counts_of_the_table_are_those_of_the_nets(net: str, file: str, shown: str) -> None:
    counted = parameters(graph(file, net))
    assert int(shown.replace(",", "")) in (counted.total, counted.trainable)
