"""Puts tables that benches print into the page of results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "results.md"


def put(head: Sequence[str], lines: Sequence[str]) -> None:
    """Replaces the table with this head. Raises ValueError where the page has none."""
    text = PAGE.read_text("utf-8")
    before, found, rest = text.partition("\n".join(head) + "\n")
    if not found:
        raise ValueError(f"{PAGE} has no table that begins with {head[0]}")
    body = re.match(r"(?:\|.*\n)*", rest)
    assert body is not None
    PAGE.write_text(before + "\n".join(lines) + "\n" + rest[body.end() :], "utf-8")
