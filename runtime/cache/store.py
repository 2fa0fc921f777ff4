"""Packs of records on disk: read whole and unharmed or not at all, replaced at once, bounded."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TypeAlias

from .digest import SIZE, digest

Record: TypeAlias = "list[object]"
"""What is kept of one file, as JSON has it."""

HEAD = b"netc cache\n"
ENDING = ".pack"
LARGEST = 32 * 2**20
"""Bytes of a pack."""
MOST = 256 * 2**20
"""Bytes of all packs: past it the ones used longest ago go, to three quarters of it."""
DAY = 24 * 3600


class Store:
    """Packs in a folder, each under a digest of what its records were made with."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def read(self, name: str) -> dict[str, Record]:
        """The records of a pack by their keys; none where it is missing, harmed or another's."""
        path = self._path(name)
        try:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
                self._used(path, os.fstat(file.fileno()).st_mtime)
        except OSError:
            return {}
        start = len(HEAD) + 2 * SIZE
        body = data[start:]
        if len(data) > LARGEST or data[:start] != HEAD + digest(name.encode(), body).encode():
            return {}
        import json

        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, name: str, records: dict[str, Record]) -> None:
        """Puts a pack in the place of what is there; leaves it where that fails.

        Of several processes that write one, the last is kept whole.
        """
        import json

        body = json.dumps(records, separators=(",", ":")).encode()
        data = HEAD + digest(name.encode(), body).encode() + body
        if len(data) > LARGEST:
            return
        with suppress(OSError):
            os.makedirs(self.folder, 0o700, exist_ok=True)
            self._replace(self._path(name), data)
            self._bound()

    def clear(self) -> int:
        """Removes all packs, and returns how many there were."""
        count = 0
        for path, _, _ in self.packs():
            with suppress(OSError):
                os.unlink(path)
                count += path.endswith(ENDING)
        return count

    def packs(self) -> list[tuple[str, int, float]]:
        """The path, size and time of last use of each file of the cache."""
        found: list[tuple[str, int, float]] = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                stem, ending = os.path.splitext(entry.name)
                if ending in (ENDING, ".tmp") and stem.replace(".", "").isalnum():
                    with suppress(OSError):
                        about = entry.stat(follow_symlinks=False)
                        found.append((entry.path, about.st_size, about.st_mtime))
        return found

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name + ENDING)

    def _used(self, path: str, before: float) -> None:
        """Notes that a pack was of use, once a day."""
        if time.time() - before > DAY:
            with suppress(OSError):
                os.utime(path)

    def _replace(self, path: str, data: bytes) -> None:
        temporary = f"{path.removesuffix(ENDING)}.{os.getpid()}.tmp"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def _bound(self) -> None:
        """Removes the packs used longest ago where all together are too large, and leftovers."""
        packs = sorted(self.packs(), key=lambda pack: pack[2])
        total = sum(size for _, size, _ in packs)
        aim = MOST * 3 // 4 if total > MOST else total
        for path, size, used in packs:
            leftover = not path.endswith(ENDING) and time.time() - used > DAY
            if total > aim or leftover:
                with suppress(OSError):
                    os.unlink(path)
                total -= size
