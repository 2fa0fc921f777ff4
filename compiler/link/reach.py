"""How far links may lead: a project that a stranger wrote reads nothing outside itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from pathlib import Path

from ...dsl.record import record

ROOT_MARKS = (".git", "pyproject.toml", "netc.toml")
"""Files or folders that mark the top of a project."""

PRIVATE = ".git"
"""The folder of a project that holds what is the user's own, such as tokens of a CI service."""


@record(frozen=False)
class _Answers:
    """What was asked of the disk, and what it said."""

    here: Path = field(default_factory=Path.cwd)
    targets: dict[Path, Path] = field(default_factory=dict)
    roots: dict[Path, Path] = field(default_factory=dict)
    escapes: dict[Path, bool] = field(default_factory=dict)


_ANSWERS: ContextVar[_Answers | None] = ContextVar("answers", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Where paths lead is asked once until this ends; thousands of files lie in few folders."""
    token = _ANSWERS.set(_Answers())
    try:
        yield
    finally:
        _ANSWERS.reset(token)


def here() -> Path:
    """The working folder."""
    answers = _ANSWERS.get()
    return Path.cwd() if answers is None else answers.here


def resolved(path: Path) -> Path:
    """The absolute path behind all links; links in a circle are left as they are."""
    answers = _ANSWERS.get()
    if answers is None:
        return _resolved(path)
    target = answers.targets.get(path)
    if target is None:
        target = answers.targets[path] = _in_folder(path)
    return target


def _in_folder(path: Path) -> Path:
    """The same, by what the folder leads to, where the path itself is no link."""
    if not path.name or ".." in path.parts:
        return _resolved(path)
    target = resolved(path.parent) / path.name
    return _resolved(path) if target.is_symlink() else target


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def from_here(path: Path) -> str:
    """An absolute path as seen from the working folder; itself where they share no folder."""
    folder = here()
    if len(folder.parts) > 1 and path.parts[:2] == folder.parts[:2]:
        return Path(os.path.relpath(path, folder)).as_posix()
    return str(path)


def root_of(folder: Path) -> Path:
    """The top of the project that a folder without links in its path lies in.

    The nearest folder above that holds one of the marks; without one the current folder if the
    folder is below it, else the folder itself.
    """
    answers = _ANSWERS.get()
    if answers is None:
        return _root_of(folder)
    if folder not in answers.roots:
        answers.roots[folder] = _root_of(folder)
    return answers.roots[folder]


def _root_of(folder: Path) -> Path:
    for each in (folder, *folder.parents):
        if any((each / mark).exists() for mark in ROOT_MARKS):
            return each
    current = Path.cwd().resolve()
    return current if folder.is_relative_to(current) else folder


def project_root(path: Path) -> Path:
    """The folder that the imports of a file may not leave."""
    return root_of(resolved(path).parent)


def below(path: Path, folder: Path) -> bool:
    """Whether an absolute path is a folder or in it; as `is_relative_to`, without making paths."""
    parts = folder.parts
    found = path.parts[: len(parts)] == parts
    return found or (os.name == "nt" and path.is_relative_to(folder))


def inside(path: Path, *roots: Path) -> bool:
    """Whether a path without links lies in one of some projects, and in nothing private there."""
    return any(below(path, root) and PRIVATE not in path.relative_to(root).parts for root in roots)


def leads_out(path: Path) -> Path | None:
    """Where links lead a path that a command line names, if that is out of the current project.

    None where the path itself is outside: then whoever runs netc has named what lies there.
    """
    root = root_of(here())
    written = Path(os.path.normpath(here() / path))
    if not (below(written, root) or below(resolved(written.parent), root)):
        return None
    target = resolved(path)
    named = target == written or PRIVATE in written.parts
    return None if named or inside(target, root) else target


def escapes(path: Path) -> bool:
    """Whether the path of a net leads, by a link, out of the project that the path lies in."""
    answers = _ANSWERS.get()
    if answers is None:
        return _escapes(path)
    if path not in answers.escapes:
        answers.escapes[path] = _escapes(path)
    return answers.escapes[path]


def _escapes(path: Path) -> bool:
    written = os.path.normpath(os.path.join(here(), path))
    if str(resolved(path)) == written and ".." not in path.parts:
        return False  # There is no link on the way.
    if leads_out(path) is not None:
        return True
    folder, target = resolved(path.parent), resolved(path)
    return target != folder / path.name and not inside(target, root_of(folder))
