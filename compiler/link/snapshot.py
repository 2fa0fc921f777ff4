"""The files of a project as they were once, which stand on no disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...dsl.record import record


@record(eq=False)
class Snapshot:
    """All that imports may read, by paths below `root`, a folder that does not exist.

    `label` is what messages put before a path, such as `HEAD~1`.
    """

    label: str
    root: Path
    files: Mapping[Path, bytes]

    def has(self, path: Path) -> bool:
        """Whether a path is one of its files, or where one would be."""
        return path.is_relative_to(self.root)

    def shown(self, path: Path) -> str:
        """What messages call a file."""
        return f"{self.label}:{path.relative_to(self.root).as_posix()}"
