"""What is on disk, each question asked once in a process."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path

from ...compiler.link.reach import root_of
from .digest import digest

BOM = b"\xef\xbb\xbf"
LONGEST = 8 * 2**20
"""Bytes of a file that are read; longer ones are no nets."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe in the place of a file must not be waited for."""


class Disk:
    """Folders, links and contents as they are when they are first asked for."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._roots: dict[str, str] = {}
        self._targets: dict[str, str] = {}
        self._digests: dict[str, str | None] = {}

    def target(self, path: str) -> str:
        """What an absolute path leads to, behind all links."""
        known = self._targets.get(path)
        if known is None:
            folder, name = os.path.split(path)
            if folder not in self._folders:
                self._folders[folder] = os.path.realpath(folder)
            known = os.path.join(self._folders[folder], name)
            if name in ("", ".", "..") or _is_link(known):
                known = os.path.realpath(path)
            self._targets[path] = known
        return known

    def root(self, folder: str) -> str:
        """The top of the project that a folder without links in its path lies in."""
        if folder not in self._roots:
            self._roots[folder] = str(root_of(Path(folder)))
        return self._roots[folder]

    def digest(self, path: str) -> str | None:
        """That of the text of a file, without a byte order mark; None where none can be read."""
        if path not in self._digests:
            data = _read(path)
            self._digests[path] = None if data is None else digest(data)
        return self._digests[path]

    def text(self, path: str) -> str | None:
        """The text that has the digest; None where the file is another by now."""
        data = _read(path)
        if data is None or digest(data) != self.digest(path):
            return None
        try:
            return data.decode()
        except UnicodeDecodeError:
            return None


def _is_link(path: str) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _read(path: str) -> bytes | None:
    try:
        handle = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LONGEST:
            return None
        data = b"".join(iter(partial(os.read, handle, found.st_size + 1), b""))
    except OSError:
        return None
    finally:
        os.close(handle)
    return data.removeprefix(BOM)
