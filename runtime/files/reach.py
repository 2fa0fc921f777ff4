"""Refuses files that links lead to out of a project: a stranger's text reads nothing of yours."""

from __future__ import annotations

from pathlib import Path

from ...compiler.link.reach import inside, leads_out, project_root, resolved
from ..errors import UserError


def recipe_roots(file: Path, base: Path) -> tuple[Path, Path]:
    """The folders that the data of a recipe may lie in: its project, and where paths begin."""
    return project_root(file), resolved(base)


def require_inside(path: Path, *roots: Path, way_out: str = "") -> None:
    """Raises UserError where a path leads out of all of some folders without links."""
    target = resolved(path)
    if not inside(target, *roots):
        raise UserError(f"{path}: leads out of the project, to {target}{way_out}")


def require_named(path: Path) -> None:
    """Raises UserError where a path of a command line is a link that leads out of the project."""
    target = leads_out(path)
    if target is not None:
        raise UserError(
            f"{path}: leads out of the project, to {target}; name that path itself if it is meant"
        )
