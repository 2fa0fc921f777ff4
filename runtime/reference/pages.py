"""The pages of docs/ that are made from the command line and the Python API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .api import api_markdown
from .cli import cli_markdown

PAGES: Mapping[str, Callable[[], str]] = {"api.md": api_markdown, "cli.md": cli_markdown}
"""The generated pages, by file name."""


def write_pages(folder: str = "docs") -> None:
    """Writes the generated pages into a folder."""
    for name, page in PAGES.items():
        Path(folder, name).write_text(page(), encoding="utf-8", newline="\n")
