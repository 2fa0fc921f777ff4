"""Which nets a pull request touches: files that differ, and those that import them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, normpath

from ..files.revision import Revision

_IMPORT = re.compile(rb'^[ \t]*from[ \t]+"([^"\\\n]*)"[ \t]+import\b', re.MULTILINE)


ALIKE = 0.5
"""The least part of their lines that a file has under both of its paths, as git has it."""

MOST_HELD = 400
"""The pairs of files that went and came of which each is looked at."""

MOST = 1000
"""The files whose imports are followed; of more, those that differ are all that is looked at."""


@dataclass(frozen=True)
class Changes:
    """Paths of `.net` files from the top of the repository, each list in order."""

    compared: tuple[str, ...]
    """Those in both revisions that differ, or import what does."""
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()
    """Files under another path, the old path and the new one: most of their lines are the same."""

    def __bool__(self) -> bool:
        return bool(self.compared or self.added or self.removed or self.renamed)


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
    added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    renamed = _renamed(base, head, removed, added)
    return Changes(
        tuple(sorted(differ & old.keys() & new.keys())),
        tuple(path for path in added if path not in renamed.values()),
        tuple(path for path in removed if path not in renamed),
        tuple(renamed.items()),
    )


def _renamed(
    base: Revision, head: Revision, removed: Sequence[str], added: Sequence[str]
) -> dict[str, str]:
    """The new path of each file that went and came, the most alike first."""
    if not removed or not added or len(removed) * len(added) > MOST_HELD:
        return {}
    olds = {path: _lines(base[base.root / path]) for path in removed}
    news = {path: _lines(head[head.root / path]) for path in added}
    shares = sorted(
        (-2 * (ours & theirs).total() / max(1, ours.total() + theirs.total()), path, other)
        for path, ours in olds.items()
        for other, theirs in news.items()
    )
    found: dict[str, str] = {}
    for share, path, other in shares:
        if -share >= ALIKE and path not in found and other not in found.values():
            found[path] = other
    return found


def _lines(text: bytes) -> Counter[bytes]:
    return Counter(line.strip() for line in text.splitlines() if line.strip())


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
