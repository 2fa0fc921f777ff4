"""The generated pages of docs/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .codes import diagnostics_markdown
from .operators import operators_markdown
from .recipes import objects_markdown

PAGES: Mapping[str, Callable[[], str]] = {
    "operators.md": operators_markdown,
    "diagnostics.md": diagnostics_markdown,
    "recipe-objects.md": objects_markdown,
}
"""The generated pages, by file name."""


def write_pages(folder: str = "docs") -> None:
    """Writes the generated pages into a folder."""
    for name, page in PAGES.items():
        Path(folder, name).write_text(page(), encoding="utf-8", newline="\n")
