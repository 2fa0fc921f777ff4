"""Files written whole or not at all: through links, with the modes they had."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What is wrong where a disk takes no more of a file."""
LONGEST_NAME = 200
"""The bytes of a name that a temporary one can be made of; most file systems take 255."""


def target_of(path: Path) -> Path:
    """The file that is written where `path` is: behind all links.

    Raises OSError for links in a circle, and where `check_target` does.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "Links in a circle", str(path))
    check_target(target)
    return target


def check_target(path: Path) -> None:
    """Raises OSError where a file cannot be replaced: no folder, read-only, or no file."""
    folder = path.parent
    if not folder.exists():
        raise FileNotFoundError(errno.ENOENT, "The folder does not exist", str(folder))
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "Not a folder", str(folder))
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        pass
    else:
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "Not a regular file, but a folder", str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "Not a regular file", str(path))
        # Root may write all files; one without any right to write is meant to stay as it is.
        if not mode & 0o222 or not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "Read-only", str(path))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "The folder is read-only", str(folder))


class Temporary:
    """A file beside `target` that takes its place when it is published.

    `suffix` ends its name, for writers that go by it. While it is there a lock on it tells other
    processes that it is no leftover.
    """

    def __init__(self, target: Path, suffix: str = "") -> None:
        """Makes the file, empty; leftovers of killed processes go. Raises OSError."""
        remove_leftovers(target)
        self.target = target
        stem = f".{_key(target)}.{os.getpid()}.tmp"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        count = 0
        while True:
            self.path = target.with_name(f"{stem}{count or ''}{suffix}")
            try:
                handle = os.open(self.path, flags, 0o600)
                break
            except FileExistsError:
                count += 1
        self._held = _held(handle)

    def publish(self) -> None:
        """Gives the file the mode of the one it replaces, and its place. Raises OSError."""
        try:
            before = self.target.stat()
        except FileNotFoundError:
            mask = os.umask(0)
            os.umask(mask)
            self.path.chmod(0o666 & ~mask)
        else:
            _give(self.path, before)
            self.path.chmod(stat.S_IMODE(before.st_mode))
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self.target)

    def discard(self) -> None:
        """Removes the file where it was not published."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
        with suppress(OSError):
            self.path.unlink()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Says of a full disk which file it takes no more of; who writes into an open one does not."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL and error.filename is None:
            error.filename, error.strerror = str(path), os.strerror(error.errno)
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that takes the place of `path` when the block ends without error.

    A link stays, and what it leads to is replaced. Raises OSError where that cannot be written.
    """
    target = target_of(path)
    temporary = Temporary(target, path.suffix)
    try:
        with naming(path):
            yield temporary.path
            temporary.publish()
    finally:
        temporary.discard()


def remove_leftovers(target: Path) -> None:
    """Removes the temporary files of `target` that no running process holds."""
    ours = re.compile(rf"\.{re.escape(_key(target))}\.\d+\.(old|tmp\d*(\.[^/]*)?)", re.DOTALL)
    with suppress(OSError):
        for entry in os.scandir(target.parent):
            if ours.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _remove_unheld(entry.path)


if sys.platform == "win32":

    def _held(handle: int) -> int | None:
        """Windows moves no file that is open, so none can be held."""
        os.close(handle)
        return None

    def _remove_unheld(path: str) -> None:
        """Leaves the file: nothing tells whether a process still writes it."""

    def _give(path: Path, before: os.stat_result) -> None:
        """Files of Windows have no owner that a writer could keep."""

else:
    import fcntl

    def _held(handle: int) -> int | None:
        """Locks a file for as long as the handle is open."""
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return handle

    def _remove_unheld(path: str) -> None:
        """Removes a file that no process has locked; else raises OSError."""
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        finally:
            os.close(handle)

    def _give(path: Path, before: os.stat_result) -> None:
        """Keeps the owner of the file that is replaced, where the process may."""
        with suppress(OSError):
            os.chown(path, before.st_uid, before.st_gid)


def _key(target: Path) -> str:
    """What a temporary name tells of its target: the name, or a digest of a long one."""
    name = os.fsencode(target.name)
    if len(name) <= LONGEST_NAME:
        return target.name
    from hashlib import sha256  # loads OpenSSL

    return sha256(name).hexdigest()[:32]
