"""The files that paths, folders and patterns of a command line name."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from ..data.folders import files_below
from ..errors import UserError, unreadable


def paths_below(paths: Sequence[Path], endings: Sequence[str], what: str) -> tuple[Path, ...]:
    """The files that files, folders (at any depth) and patterns name, each once.

    Of folders those with some endings. Raises UserError for a folder or a pattern that has none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            try:
                own, _ = files_below(path, endings)
            except OSError as error:
                raise unreadable(path, error) from error
            if not own:
                raise UserError(f"{path}: holds no {what} ({', '.join(endings)})")
            found |= dict.fromkeys(own)
        elif not path.exists() and glob.has_magic(str(path)):
            called = sorted(Path(each) for each in glob.glob(str(path), recursive=True))
            called = [each for each in called if each.is_file()]
            if not called:
                raise UserError(f"{path}: no file is called so")
            found |= dict.fromkeys(called)
        else:
            found[path] = None
    return tuple(found)
