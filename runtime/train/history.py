"""What a run has seen so far: a row an epoch, how each phase ended, and the gradients' norms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.ops.backend import Array


@dataclass(frozen=True)
class Epoch:
    """One epoch. Restarts and epochs count from 1; epochs go on through the phases."""

    restart: int
    phase: str
    epoch: int
    learning_rate: float
    """That of the epoch's last step."""
    seconds: float
    values: Mapping[str, float]
    """Keras's names: `loss`, `accuracy`, `val_loss`, …"""


@dataclass(frozen=True)
class Ending:
    """How a phase of a restart ended.

    `reason` is `finished`, `stopped` (early), `interrupted` or `not finite`; `kept` is the epoch
    whose weights were kept, whose monitored figure `monitor` was `value`.
    """

    restart: int
    phase: str
    epoch: int
    reason: str
    kept: int
    monitor: str
    value: float


@dataclass(frozen=True)
class Gradients:
    """The L2 norm of each layer's gradient at some steps of the kept restart.

    `norms` is `[points, layers]`; `steps` counts from 1 through the phases.
    """

    layers: tuple[str, ...]
    steps: tuple[int, ...]
    norms: Array


@dataclass(frozen=True)
class History:
    """Everything of a run that curves are drawn from."""

    epochs: tuple[Epoch, ...] = ()
    endings: tuple[Ending, ...] = ()
    gradients: Gradients | None = None
