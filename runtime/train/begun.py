"""What a run has from its first moment on, a cross-validation too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ...compiler.recipe.recipe import Recipe
from ..data.dataset import Dataset
from ..runs.folder import RunFolder


def _now() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True)
class Begun:
    """A run that has begun: what it trains by and on, and where what comes of it is written."""

    recipe: Recipe
    dataset: Dataset
    folder: RunFolder
    command: tuple[str, ...] = ()
    """The command line that began it."""
    started: datetime = field(default_factory=_now)
