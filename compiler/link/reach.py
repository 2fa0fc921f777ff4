"""How far links may lead: a project that a stranger wrote reads nothing outside itself."""

from __future__ import annotations

import os
from pathlib import Path

ROOT_MARKS = (".git", "pyproject.toml", "netc.toml")
"""Files or folders that mark the top of a project."""

PRIVATE = ".git"
"""The folder of a project that holds what is the user's own, such as tokens of a CI service."""


def resolved(path: Path) -> Path:
    """The absolute path behind all links; links in a circle are left as they are."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def from_here(path: Path) -> str:
    """An absolute path as seen from the working folder; itself where they share no folder."""
    here = Path.cwd()
    if len(here.parts) > 1 and path.parts[:2] == here.parts[:2]:
        return Path(os.path.relpath(path, here)).as_posix()
    return str(path)


def root_of(folder: Path) -> Path:
    """The top of the project that a folder without links in its path lies in.

    The nearest folder above that holds one of the marks; without one the current folder if the
    folder is below it, else the folder itself.
    """
    for each in (folder, *folder.parents):
        if any((each / mark).exists() for mark in ROOT_MARKS):
            return each
    here = Path.cwd().resolve()
    return here if folder.is_relative_to(here) else folder


def project_root(path: Path) -> Path:
    """The folder that the imports of a file may not leave."""
    return root_of(resolved(path).parent)


def inside(path: Path, *roots: Path) -> bool:
    """Whether a path without links lies in one of some projects, and in nothing private there."""
    return any(
        path.is_relative_to(root) and PRIVATE not in path.relative_to(root).parts for root in roots
    )


def leads_out(path: Path) -> Path | None:
    """Where links lead a path that a command line names, if that is out of the current project.

    None where the path itself is outside: then whoever runs netc has named what lies there.
    """
    root = root_of(Path.cwd())
    written = Path(os.path.normpath(Path.cwd() / path))
    if not (written.is_relative_to(root) or resolved(written.parent).is_relative_to(root)):
        return None
    target = resolved(path)
    named = target == written or PRIVATE in written.parts
    return None if named or inside(target, root) else target


def escapes(path: Path) -> bool:
    """Whether the path of a net leads, by a link, out of the project that the path lies in."""
    if leads_out(path) is not None:
        return True
    folder, target = resolved(path.parent), resolved(path)
    return target != folder / path.name and not inside(target, root_of(folder))
