"""What the curves of a run show, before anybody draws them: one panel a figure that was measured.

Both `curves.png` and the page draw these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..runs.history import FINISHED, VALIDATION, Ending, Epoch, History

LOG_FROM = 100.0
"""A loss whose largest value is this many times its smallest is drawn on a log scale."""


TEXTS = {"kept": "weights kept", "best": "best of its phase", "stopped": "stopped early"}
SHORT = ("auc", "mae", "mse", "mape", "msle", "rmse", "kld", "iou")


@dataclass(frozen=True)
class Line:
    """One curve. `role` is `train`, `validation` or `rate`; a value may be NaN."""

    role: str
    label: str
    epochs: tuple[int, ...]
    values: tuple[float, ...]
    kept: bool
    """Whether it is of the restart that was kept; others are drawn faintly."""


@dataclass(frozen=True)
class Band:
    """The epochs of one phase."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Mark:
    """An epoch that stands out.

    `kind` is `kept` (its weights are what the run gives), `best` (of a phase before the last,
    whose weights the next one began with), `stopped`, `interrupted` or `not finite`.
    """

    kind: str
    epoch: int

    @property
    def text(self) -> str:
        """What a legend calls it."""
        return TEXTS.get(self.kind, self.kind)


@dataclass(frozen=True)
class Panel:
    """A figure over the epochs."""

    title: str
    lines: tuple[Line, ...]
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    log: bool


def measured(epochs: Sequence[Epoch]) -> tuple[str, ...]:
    """The names of what was measured, without `val_`: the loss first, then as they first came."""
    names = dict.fromkeys(
        name.removeprefix(VALIDATION) for epoch in epochs for name in epoch.values
    )
    losses = [name for name in names if name == "loss" or name.endswith("_loss")]
    losses.sort(key=lambda name: name != "loss")
    return (*losses, *(name for name in names if name not in losses))


def panels(history: History, kept: int = 1) -> tuple[Panel, ...]:
    """The loss, every metric, and the learning rate; `kept` is the restart that was kept."""
    restarts = sorted({epoch.restart for epoch in history.epochs}, key=lambda r: (r == kept, r))
    rows = {r: [e for e in history.epochs if e.restart == r] for r in restarts}
    bands, marks = _bands(rows.get(kept, [])), _marks(history.endings, kept)
    made = []
    for name in measured(history.epochs):
        lines = [
            line
            for restart in restarts
            for role, key in (("train", name), ("validation", VALIDATION + name))
            if (line := _line(role, key, rows[restart], restart, kept)) is not None
        ]
        log = name.endswith("loss") and _spread(lines) >= LOG_FROM
        made.append(Panel(title(name), tuple(lines), bands, marks, log))
    rates = [
        Line(
            "rate",
            "learning rate" if restart == kept else f"restart {restart}",
            tuple(epoch.epoch for epoch in rows[restart]),
            tuple(epoch.learning_rate for epoch in rows[restart]),
            restart == kept,
        )
        for restart in restarts
    ]
    above = all(value > 0 for line in rates for value in line.values if math.isfinite(value))
    if rates:
        made.append(Panel("Learning rate", tuple(rates), bands, marks, above))
    return tuple(made)


def title(name: str) -> str:
    """The name of a figure as a heading: `sparse_categorical_accuracy` without underscores."""
    words = " ".join(w.upper() if w in SHORT else w for w in name.split("_"))
    return words[:1].upper() + words[1:]


def _line(role: str, key: str, rows: Sequence[Epoch], restart: int, kept: int) -> Line | None:
    held = [epoch for epoch in rows if key in epoch.values]
    if not held:
        return None
    word = {"train": "training", "validation": "validation"}[role]
    return Line(
        role,
        word if restart == kept else f"{word}, restart {restart}",
        tuple(epoch.epoch for epoch in held),
        tuple(float(epoch.values[key]) for epoch in held),
        restart == kept,
    )


def _spread(lines: Sequence[Line]) -> float:
    values = [v for line in lines if line.kept for v in line.values if math.isfinite(v)]
    return max(values) / min(values) if values and min(values) > 0 else 0.0


def _bands(rows: Sequence[Epoch]) -> tuple[Band, ...]:
    """The phases of the kept restart; none where there is only one without a name."""
    made: list[Band] = []
    for epoch in rows:
        if made and made[-1].name == epoch.phase:
            made[-1] = Band(epoch.phase, made[-1].first, epoch.epoch)
        else:
            made.append(Band(epoch.phase, epoch.epoch, epoch.epoch))
    return () if len(made) == 1 and not made[0].name else tuple(made)


def _marks(endings: Sequence[Ending], kept: int) -> tuple[Mark, ...]:
    made: list[Mark] = []
    own = [ending for ending in endings if ending.restart == kept]
    for ending in own:
        if ending.reason != FINISHED:
            made.append(Mark(ending.reason, ending.epoch))
        if ending.kept:
            made.append(Mark("kept" if ending is own[-1] else "best", ending.kept))
    return tuple(made)
