"""What the report of a run is made of, when the run has ended."""

from __future__ import annotations

from datetime import datetime

from ...compiler.recipe.recipe import Recipe
from ..data.dataset import Dataset
from ..runs.facts import Facts
from ..runs.files import RECIPE_TEXT
from ..runs.folder import RunFolder
from .machine import machine, versions
from .outcome import Outcome
from .resumable import samples


def reported(
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder,
    started: datetime,
    command: tuple[str, ...],
    outcome: Outcome,
) -> Facts:
    """The facts of a run, or of a cross-validation, that began with a command."""
    return Facts(
        recipe=recipe,
        history=outcome.history,
        kept_restart=outcome.kept.restart if outcome.kept else 1,
        resolved=(folder / RECIPE_TEXT).read_text(encoding="utf-8"),
        started=started.strftime("%Y-%m-%d %H:%M"),
        seconds=outcome.seconds,
        command=command,
        versions=versions(),
        machine=machine(),
        samples=samples(dataset),
        agreement=outcome.agreement,
        notes=outcome.notes,
    )
