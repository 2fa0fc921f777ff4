"""What the report of a run is made of, when the run has ended."""

from __future__ import annotations

from ..runs.facts import Facts
from ..runs.files import RECIPE_TEXT
from .begun import Begun
from .machine import machine, versions
from .outcome import Outcome
from .resumable import samples


def reported(run: Begun, outcome: Outcome) -> Facts:
    """The facts of a run, or of a cross-validation, and of what came of it."""
    return Facts(
        recipe=run.recipe,
        history=outcome.history,
        kept_restart=outcome.kept.restart if outcome.kept else 1,
        resolved=(run.folder / RECIPE_TEXT).read_text(encoding="utf-8"),
        started=run.started.strftime("%Y-%m-%d %H:%M"),
        seconds=outcome.seconds,
        command=run.command,
        versions=versions(),
        machine=machine(),
        samples=samples(run.dataset),
        agreement=outcome.agreement,
        notes=outcome.notes,
    )
