"""Keeps the files that a run was made from in its folder."""

from __future__ import annotations

import os
from pathlib import Path

from ...compiler.link.project import MODELS, Project
from ...compiler.link.reach import project_root, resolved
from ..files.write import write_text


def keep_sources(file: Path, folder: Path) -> None:
    """Copies a `.net` file and all it imports, but for the zoo, to the same places below `folder`.

    They lie as they do in their project, below the folder that holds them all, so that imports
    find each other. A file of the zoo itself is copied with what it imports. A file that cannot be
    read is left out.
    """
    project = Project(project_root(file))
    project.load(file)
    first = resolved(file)
    shipped = first.is_relative_to(MODELS)
    own = [path for path in project.modules if shipped or not path.is_relative_to(MODELS)]
    top = os.path.commonpath([path.parent for path in own])
    for path in own:
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, ValueError):
            continue
        copy = folder / path.relative_to(top)
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_text(copy, text)
