"""Which .net files some paths stand for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ..errors import UserError
from ..runs.files import FACTS, RECIPE, SWEEP

RUN_MARKS = (frozenset((RECIPE, FACTS)), frozenset((RECIPE, SWEEP)))
"""The files that mark the folder of a run of `netc train`, or of a sweep."""


def files_below(
    paths: tuple[Path, ...], takes: Callable[[Path], bool] = lambda _: True
) -> list[Path]:
    """The files that some paths stand for: of a folder all below it, but for those of runs.

    The folder of a run keeps the files as they were when it began. Of files below a folder `takes`
    chooses. Raises UserError where a folder holds none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        below: list[Path] = []
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if any(set(names) >= marks for marks in RUN_MARKS) and Path(folder) != path:
                folders.clear()
                continue
            below.extend(Path(folder, name) for name in sorted(names) if name.endswith(".net"))
        if not below:
            raise UserError(f"there is no .net file below {path}")
        found.update(dict.fromkeys(filter(takes, below)))
    return list(found)
