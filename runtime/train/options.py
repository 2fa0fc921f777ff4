"""How a run is made, beside its recipe and its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..runs.folds import Fold
from .cluster import Cluster
from .watch import Watch


@dataclass(frozen=True)
class RunOptions:
    """How a run is made; by itself a new one that tells nobody of it."""

    resume: bool = False
    """Whether the run that the folder holds goes on from its last saved epoch."""
    watch: Watch = field(default_factory=Watch)
    """Who is told what happens."""
    command: tuple[str, ...] = ()
    """The command line that began it."""
    times: Mapping[str, float] = field(default_factory=dict)
    """Moments, in seconds since the epoch, that belong into the table of where time went."""
    tensorboard: bool = False
    """Whether logs for TensorBoard are written into the folder."""
    cluster: Cluster | None = None
    """All workers that train together; only the chief writes the folder."""
    embed: bool = False
    """Whether the first layers of the models scale pictures as the recipe's `data` says."""
    cache: bool = True
    """Whether features of frozen layers are kept; otherwise these run in each epoch."""
    fold: Fold | None = None
    """The fold of a cross-validation that the run is."""


DEFAULT = RunOptions()
