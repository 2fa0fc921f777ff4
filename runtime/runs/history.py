"""What a run has seen so far: a row an epoch, how each phase ended, and the gradients' norms."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ..files.write import write_text

FINISHED, STOPPED, INTERRUPTED, NOT_FINITE = "finished", "stopped", "interrupted", "not finite"
PRUNED = "pruned"
"""How the run of a trial ends that a pruner gave up; `netc train --resume` goes on with it."""
"""How a phase, and with its last phase a run, can end."""
COMPLETE = (FINISHED, STOPPED)
"""The endings after which nothing is left to train."""

VALIDATION = "val_"
"""What Keras puts before the name of a figure of the validation part."""

FIXED = ("restart", "phase", "epoch", "learning_rate", "seconds")
"""The first columns of `history.csv`; the values follow by name."""


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
    """Keras's names: `loss`, `accuracy`, `val_loss`, …

    Those of the training part are means over the epoch, while the weights moved, unless the phase
    watches one of them: then they are measured at its end, as those of the validation part are.
    Where the optimizer keeps a running mean of the weights, that is what is measured.
    """


@dataclass(frozen=True)
class Ending:
    """How a phase of a restart ended.

    `reason` is `finished`, `stopped` (early), `interrupted` or `not finite`; `kept` is the epoch
    whose weights were kept, which may be one of an earlier phase; their monitored figure `monitor`
    is `value`.
    """

    restart: int
    phase: str
    epoch: int
    reason: str
    kept: int
    monitor: str
    value: float
    values: Mapping[str, float] = field(default_factory=dict)
    """Loss and metrics of the kept weights, by Keras's names, measured with those weights."""
    averaged: bool = False
    """Whether the kept weights are the running mean at the end of their epoch (`use_ema`)."""


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


def write_history(path: Path, epochs: Sequence[Epoch]) -> None:
    """Writes `history.csv`: a row an epoch, numbers in full, whole or not at all."""
    names = list(dict.fromkeys(name for epoch in epochs for name in epoch.values))
    rows: list[list[object]] = [[*FIXED, *names]]
    for epoch in epochs:
        fixed = [epoch.restart, epoch.phase, epoch.epoch, repr(epoch.learning_rate)]
        values = [repr(epoch.values[name]) if name in epoch.values else "" for name in names]
        rows.append([*fixed, f"{epoch.seconds:.3f}", *values])
    _write(path, rows)


def read_history(path: Path) -> tuple[Epoch, ...]:
    """The epochs of a `history.csv`. Raises OSError, ValueError or KeyError for another file."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Epoch(
                int(row.pop("restart")),
                row.pop("phase"),
                int(row.pop("epoch")),
                float(row.pop("learning_rate")),
                float(row.pop("seconds")),
                {name: float(value) for name, value in row.items() if value},
            )
            for row in csv.DictReader(file)
        )


def write_gradients(path: Path, gradients: Gradients) -> None:
    """Writes `gradients.csv`: a row a measured step, a column a layer, whole or not at all."""
    rows: list[list[object]] = [["step", *gradients.layers]]
    for step, norms in zip(gradients.steps, gradients.norms.tolist(), strict=True):
        rows.append([step, *map(repr, norms)])
    _write(path, rows)


def read_gradients(path: Path) -> Gradients:
    """The norms of a `gradients.csv`. Raises OSError or ValueError for another file."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    norms = np.array([[float(cell) for cell in row[1:]] for row in rows], np.float32)
    return Gradients(
        tuple(head[1:]), tuple(int(row[0]) for row in rows), norms.reshape(len(rows), -1)
    )


def _write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(path, text.getvalue())
