"""Which nets a pull request touches: files that differ, and those that import them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, normpath

from ..files.revision import Revision

_IMPORT = re.compile(rb'^[ \t]*from[ \t]+"([^"\\\n]*)"[ \t]+import\b', re.MULTILINE)


MOST = 1000
"""The files whose imports are followed; of more, those that differ are all that is looked at."""


@dataclass(frozen=True)
class Changes:
    """Paths of `.net` files from the top of the repository, each list in order."""

    compared: tuple[str, ...]
    """Those in both revisions that differ, or import what does."""
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.compared or self.added or self.removed)


def changes_of(base: Revision, head: Revision) -> Changes:
    """What is different between two revisions."""
    old, new = _files(base), _files(head)
    differ = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    importers = _importers(head) if differ and len(new) <= MOST else {}
    waiting = list(differ)
    while waiting:
        for path in importers.get(waiting.pop(), ()):
            if path not in differ:
                differ.add(path)
                waiting.append(path)
    return Changes(
        tuple(sorted(differ & old.keys() & new.keys())),
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
    )


def _files(revision: Revision) -> dict[str, str]:
    """The id of each file's content, by its path."""
    return {_name(revision, path): made for path, made in revision.objects.items()}


def _name(revision: Revision, path: Path) -> str:
    return path.relative_to(revision.root).as_posix()


def _importers(revision: Revision) -> Mapping[str, Iterable[str]]:
    """The files that import a file, by its path."""
    found: dict[str, list[str]] = {}
    for path in revision:
        name = _name(revision, path)
        for written in _IMPORT.findall(revision[path]):
            inner = written.decode(errors="surrogateescape")
            found.setdefault(normpath(f"{dirname(name)}/{inner}".lstrip("/")), []).append(name)
    return found
