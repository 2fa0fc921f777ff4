"""A project with every example of the pages, right and wrong, and the shipped models."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...markdown import examples
from ...places import MODELS, ROOT

PAGES = sorted((ROOT / "dsl" / "diagnostics" / "pages").glob("*.md"))
LANGUAGE = sorted((ROOT / "tests" / "language").glob("*.md"))


def write_corpus(folder: Path) -> list[Path]:
    """Writes it, and returns its files as seen from the folder; no two folders are one project."""
    for page in (*PAGES, *LANGUAGE):
        for number, example in enumerate(examples(page)):
            below = folder / page.stem / str(number)
            below.mkdir(parents=True)
            for name, text in {"page.net": example.text, **example.files}.items():
                path = below / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    shutil.copytree(MODELS, folder / "models", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "netc.toml").touch()
    return sorted(path.relative_to(folder) for path in folder.rglob("*.net"))
