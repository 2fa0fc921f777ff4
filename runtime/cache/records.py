"""What is kept of each checked file: its findings, and all that they depend on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .digest import digest
from .disk import Disk
from .store import Record, Store

if TYPE_CHECKING:
    from ...compiler.alone import Reads
    from ...compiler.together import FileFindings

LONGEST = 2**18
"""Characters of a record; a file with more to say is checked each time."""


class Known:
    """The records of the files of one check, read and written a folder at a time.

    A record is what messages call the file, its findings or None, the root of its project, and the
    files that it was made of: path, digest, and how the path was written where that was otherwise.
    """

    def __init__(self, store: Store | None, disk: Disk, context: str) -> None:
        """Without a store nothing is known and nothing is kept."""
        self.store = store
        self.disk = disk
        self.context = context
        self._here = os.getcwd()
        self._packs: dict[str, dict[str, Record]] = {}
        self._changed: set[str] = set()

    def find(self, path: Path) -> FileFindings | str | None:
        """The findings of a file; where it has none, what messages call it.

        None where nothing is known of the file as it is now.
        """
        real = self._own(path)
        if self.store is None or real is None:
            return None
        record = self._pack(os.path.dirname(real)).get(str(path))
        if record is None or not self._holds(record, real):
            return None
        name, kept, _, files = record
        if kept is None:
            return name if isinstance(name, str) else None
        from .findings import Unreadable, decoded

        def text(number: int) -> str:
            found = self.disk.text(files[number][0]) if isinstance(files, list) else None
            if found is None:
                raise Unreadable
            return found

        try:
            return decoded(kept, text)
        except Unreadable:
            return None

    def record(self, path: Path, found: FileFindings, reads: Reads | None) -> Record | None:
        """What is to be kept of a file; None where its findings depend on more than what was read.

        Nothing is kept, either, where there is no store.
        """
        real = self._own(path)
        if self.store is None or real is None or reads is None or Path(real) not in reads.texts:
            return None
        if set(reads.links.values()) != reads.texts.keys():
            return None
        files: list[list[str]] = []
        for written, target in reads.links.items():
            asked = str(written) if written != path else real
            text = digest(reads.texts[target].encode())
            files.append([str(target), text, *([asked] if asked != str(target) else [])])
        kept: object = None
        if found.diagnostics or found.answered or found.idle:
            from .findings import encoded

            numbers = {reads.texts[Path(each[0])]: at for at, each in enumerate(files)}
            kept = encoded(found, numbers)
        made: Record = [found.name, kept, str(reads.root), files]
        return made if len(repr(made)) <= LONGEST else None

    def keep(self, path: Path, record: Record) -> None:
        """Remembers a record until all are saved."""
        real = self._own(path)
        assert real is not None
        folder = os.path.dirname(real)
        self._pack(folder)[str(path)] = record
        self._changed.add(folder)

    def save(self) -> None:
        """Writes what is new."""
        for folder in self._changed:
            if self.store is not None:
                self.store.write(self._name(folder), self._packs[folder])
        self._changed.clear()

    def _own(self, path: Path) -> str | None:
        """The absolute path of a file that is named without links, which may change what is found.

        None where there are any.
        """
        full = os.path.join(self._here, path)
        normal = os.path.normpath(full)
        return normal if self.disk.target(full) == normal else None

    def _pack(self, folder: str) -> dict[str, Record]:
        if folder not in self._packs:
            assert self.store is not None
            self._packs[folder] = self.store.read(self._name(folder))
        return self._packs[folder]

    def _name(self, folder: str) -> str:
        return digest(self.context.encode(), os.fsencode(folder))

    def _holds(self, record: Record, real: str) -> bool:
        """Whether all that a record depends on is as it was."""
        try:
            _, _, root, files = record
            if not isinstance(files, list) or self.disk.root(os.path.dirname(real)) != root:
                return False
            if real not in [each[0] for each in files]:
                return False
            return all(
                self.disk.target(each[-1] if len(each) > 2 else each[0]) == each[0]
                and self.disk.digest(each[0]) == each[1]
                for each in files
            )
        except (ValueError, TypeError, IndexError):
            return False
