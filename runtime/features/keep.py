"""Decides for each phase whether features are kept, and gives its samples with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...compiler.recipe.frozen import Unsafe, frozen_part
from ...compiler.recipe.recipe import Phase, Recipe
from ..cache.place import features_folder, why_unusable_below
from ..data.dataset import Dataset, Part
from ..data.encode import encoders
from ..errors import unreadable
from .compute import Features, Kept, Setting, Stopped, Weights
from .extract import Unkept
from .samples import Digests

WORTH = 2 * 10**10
"""Multiply-accumulates that must be saved: about a second of two cores."""
Say = Callable[[str], None]


class Keeper:
    """Computes features once, and knows them from then on."""

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        say: Say,
        progress: Callable[[int, int], bool] = lambda done, total: True,
        root: Path | None = None,
    ) -> None:
        """`say` is told in one line what is kept, or why nothing is; `progress` how many samples
        are done, and answers whether to go on."""
        self.recipe, self.dataset, self._say = recipe, dataset, say
        self.root = features_folder() if root is None else root
        self._setting = Setting(recipe, dataset, self.root, Digests(), progress)

    def of(self, phase: Phase, take: Callable[[], Weights]) -> Kept | None:
        """What is kept for a phase that begins with the weights that `take` gives.

        None where nothing is. Raises UserError where a picture is damaged.
        """
        if phase.cache == 0:
            return None
        found = frozen_part(self.recipe, phase)
        if found is None or not self._worth(phase, found.macs):
            return None
        said = f"phase {phase.name}: " if phase.name else ""

        def refuse(why: str) -> None:
            self._say(f"{said}frozen layers run again in each epoch: {why}")

        if isinstance(found, Unsafe):
            refuse(f"{found.why}; {found.way_out}")
            return None
        taught = taught_by_inputs(self.recipe, phase, self.dataset.train)
        if taught is not None:
            refuse(taught)
            return None
        why = why_unusable_below(self.root)
        if why is not None:
            refuse(f"their features would be kept in {self.root}, but {why}")
            return None
        try:
            made = Features(self._setting, phase, found, take())
            kept = made.kept()
        except Stopped:
            return None
        except OSError as error:
            full = unreadable(Path(error.filename or self.root), error)
            refuse(f"their features cannot be kept: {full}")
            return None
        except Unkept as error:
            refuse(f"their features cannot be kept: {error}")
            return None
        self._say(said + made.told())
        return kept

    def _worth(self, phase: Phase, macs: int) -> bool:
        if phase.cache is not None:
            return True
        samples = sum(len(part) for part in (self.dataset.train, self.dataset.validation) if part)
        return macs * samples * (phase.epochs - 1) >= WORTH


def taught_by_inputs(recipe: Recipe, phase: Phase, part: Part) -> str | None:
    """Why targets cannot be had where the inputs are not read; None where they can."""
    if part.lengths is not None:
        return "its sequences are padded batch by batch"
    for head in encoders(recipe, phase.heads):
        if head.source in part.copies:
            return f"`{head.source}` learns what the net gets, so that all of it runs"
        if phase.augment and head.rank == 4:
            return f"the targets of `{head.source}` move as augmentation moves the pictures"
    return None
