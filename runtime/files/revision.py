"""The `.net` files of a git revision, read from git's objects and never checked out.

Git gets no text of a stranger but the name of a revision, which it resolves to the id of a commit.
From there on only ids are asked for. No hook, filter, pager or remote is used.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ...dsl.diagnostics.suggest import nearest
from ...dsl.syntax.read import MAX_BYTES
from ...dsl.text.escape import terminal
from ..errors import UserError

SECONDS = 60
"""How long git may take for one answer."""

REGULAR = ("100644", "100755")
"""The modes of files in git that are no links and no submodules."""

OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""What git calls a commit or a file: a digest by SHA-1, or by SHA-256."""
_ODD = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, eq=False)
class Revision(Mapping[Path, bytes]):
    """The regular `.net` files of one commit, by their paths below `root`, each read when asked.

    `root` is a folder that is on no disk, so that nothing of the working tree stands for a file
    that the revision does not have.
    """

    name: str
    root: Path
    top: Path
    """The repository's folder, without links."""
    objects: Mapping[Path, str]
    _read: dict[Path, bytes] = field(default_factory=dict, repr=False)

    def __getitem__(self, path: Path) -> bytes:
        if path not in self._read:
            self._read[path] = _blob(self.top, self.objects[path])
        return self._read[path]

    def __contains__(self, path: object) -> bool:
        return path in self.objects

    def __iter__(self) -> Iterator[Path]:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def path(self, written: str) -> Path:
        """The path of a file as git takes it: from the top, or from here where it begins with `.`.

        Raises UserError for one that leads out of the repository, or is no `.net` file of it.
        """
        shown = terminal(f"{self.name}:{written}")
        here = Path.cwd().resolve()
        start = PurePosixPath()
        if written.startswith(("./", "../")) and here.is_relative_to(self.top):
            start = PurePosixPath(here.relative_to(self.top).as_posix())
        parts: list[str] = []
        for part in (start / written).parts:
            if (part == ".." and not parts) or part == "/":
                raise UserError(f"{shown}: is outside the repository")
            if part == "..":
                parts.pop()
            else:
                parts.append(part)
        path = self.root.joinpath(*parts)
        if path not in self.objects:
            there = [other.relative_to(self.root).as_posix() for other in self.objects]
            also = [other for other in there if other.rpartition("/")[2] == path.name]
            found = also if len(also) == 1 else nearest("/".join(parts), there)
            help = f"; it has {terminal(found[0])}" if found else ""
            raise UserError(f"{shown}: the revision has no such .net file{help}")
        return path


def read_revision(name: str) -> Revision:
    """The files of a revision of the repository that the working folder is in.

    Raises UserError where there is no repository, no git or no such revision, and for a name that
    could be an option.
    """
    shown = terminal(name)
    if not name or name.startswith("-") or _ODD.search(name):
        raise UserError(f"`{shown}` is no name of a git revision")
    top = _git(Path.cwd(), "rev-parse", "--show-toplevel").decode(errors="replace").rstrip("\n")
    if not top:
        raise UserError("the working folder is in no git repository")
    folder = Path(top).resolve()
    told = _git(
        folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    commit = told.decode("ascii", "replace").strip()
    if not OBJECT.fullmatch(commit):
        raise UserError(f"there is no git revision `{shown}` here")
    root = Path("/", f"revision {commit}").absolute()
    objects: dict[Path, str] = {}
    for entry in _git(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        if not path.endswith(b".net"):
            continue
        mode, kind, made = facts.decode("ascii", "replace").split(" ")
        if kind == "blob" and mode in REGULAR and OBJECT.fullmatch(made):
            objects[root / os.fsdecode(path)] = made
    return Revision(name, root, folder, objects)


def _blob(top: Path, made: str) -> bytes:
    """What a file holds, and of a large one so much that it is seen to be too large."""
    size = _git(top, "cat-file", "-s", made).strip()
    if not size.isdigit():
        raise UserError("git could not read a file of the revision")
    if int(size) > MAX_BYTES:
        return b" " * (MAX_BYTES + 1)
    return _git(top, "cat-file", "blob", made)


def _git(folder: Path, *words: str) -> bytes:
    """What git answers; nothing where it refuses. Raises UserError where it is missing or hangs."""
    settings = {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACEOBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "LC_ALL": "C",
    }
    command = ["git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never"]
    try:
        made = subprocess.run(
            [*command, "-C", str(folder), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **settings},
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise UserError("a revision needs git, which is not installed") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"git did not answer within {SECONDS} seconds") from None
    return made.stdout if made.returncode == 0 else b""
