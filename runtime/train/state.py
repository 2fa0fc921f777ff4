"""The state of a run: its position, the weights it keeps, the gradients it measured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Recipe
from ..runs.history import History
from .checkpoint import Checkpoint
from .norms import Norms, learning_layers, restored
from .phase import PhaseRun
from .position import Position
from .snapshot import Snapshot


class RunState:
    """All that changes while a recipe trains, but for what is inside the model.

    `kept` are the weights that the restart keeps so far, and `norms` its gradients; `winner` and
    `winner_norms` are those of the best restart that has ended.
    """

    def __init__(self, recipe: Recipe, checkpoint: Checkpoint | None = None) -> None:
        """The state before the first step, or that of a checkpoint."""
        self._layers = learning_layers(recipe)
        self.position = Position()
        self.kept: Snapshot | None = None
        self.winner: Snapshot | None = None
        self.norms = self.winner_norms = Norms(self._layers)
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def history(self) -> History:
        """What was seen; gradients are those of the restart that is kept."""
        position = self.position
        return History(tuple(position.epochs), tuple(position.endings), self.winner_norms.gradients)

    def next_restart(self) -> None:
        """Goes to the start of the next restart."""
        self.position = self.position.next_restart()
        self.kept = None
        self.norms = Norms(self._layers)

    def arrays(self, run: PhaseRun) -> Mapping[str, Array]:
        """What a checkpoint holds beside the position, with the variables of the running phase."""
        found: dict[str, Array] = {}
        for prefix, variables in (("model", run.net.variables), ("phase", run.moving)):
            found |= {f"{prefix}/{i}": np.asarray(v) for i, v in enumerate(variables)}
        for prefix, snapshot in (("kept", self.kept), ("winner", self.winner)):
            if snapshot is not None:
                found |= {f"{prefix}/{name}": array for name, array in snapshot.arrays.items()}
        found["norms"], found["winner_norms"] = self.norms.array, self.winner_norms.array
        return found

    def _restore(self, checkpoint: Checkpoint) -> None:
        position, arrays = checkpoint.position, checkpoint.arrays
        kept, winner = checkpoint.group("kept"), checkpoint.group("winner")
        self.position = position
        self.kept = Snapshot(kept) if kept else None
        self.winner = Snapshot(winner) if winner else None
        self.norms = restored(self._layers, position.measured, arrays["norms"])
        self.winner_norms = restored(self._layers, position.winner_measured, arrays["winner_norms"])
