"""What a command line, or a call from Python, names: a file, or one net or recipe of it."""

from __future__ import annotations

from pathlib import Path


def split_target(target: str) -> tuple[Path, str | None]:
    """The file and the name in `FILE:NAME`; no name where there is none."""
    path, colon, name = target.rpartition(":")
    if colon and name.isidentifier() and not Path(target).exists():
        return Path(path), name
    return Path(target), None
