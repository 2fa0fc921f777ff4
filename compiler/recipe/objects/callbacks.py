"""What watches a run: early stopping, a falling learning rate, and which weights are kept."""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.base.declare import op
from ...ops.base.kinds import COUNT, STRING, arg, choice, optional
from .base import RecipeObject
from .number_kinds import EPSILON, NUMBER

MODE = choice("auto", "min", "max")


@op
class EarlyStopping(RecipeObject):
    """Ends a phase when the monitored figure has not improved for `patience` epochs."""

    module = "callbacks"

    monitor: str = arg(STRING, default="val_loss", doc="the figure that is watched")
    min_delta: float = arg(EPSILON, default=0.0, doc="the least change that is an improvement")
    patience: int = arg(COUNT, default=0, doc="epochs without improvement before it stops")
    mode: str = arg(MODE, default="auto", doc="whether smaller or larger is better")
    baseline: float | None = arg(optional(NUMBER), default=None, doc="a value it must reach")
    start_from_epoch: int = arg(COUNT, default=0, doc="epochs before it begins to watch")


@op
class ReduceLROnPlateau(RecipeObject):
    """Multiplies the learning rate by `factor` when the monitored figure stops improving."""

    module = "callbacks"

    monitor: str = arg(STRING, default="val_loss", doc="the figure that is watched")
    factor: float = arg(EPSILON, default=0.1, doc="what the learning rate is multiplied by")
    patience: int = arg(COUNT, default=10, doc="epochs without improvement before it acts")
    mode: str = arg(MODE, default="auto", doc="whether smaller or larger is better")
    min_delta: float = arg(EPSILON, default=0.0001, doc="the least change that is an improvement")
    cooldown: int = arg(COUNT, default=0, doc="epochs to wait after it acted")
    min_lr: float = arg(EPSILON, default=0.0, doc="the least learning rate")


class Keep(RecipeObject):
    """Which weights are kept at the end of a phase."""

    __slots__ = ()


@op
class Best(Keep):
    """Keeps the weights of the epoch whose monitored figure was best: `keep = best("val_loss")`."""

    monitor: str = arg(STRING, default="val_loss", doc="the figure that is compared")
    mode: str = arg(MODE, default="auto", doc="whether smaller or larger is better")


@op
class Last(Keep):
    """Keeps the weights of the last epoch: `keep = last`."""


CALLBACK_CLASSES: Mapping[str, type[RecipeObject]] = {
    "EarlyStopping": EarlyStopping,
    "ReduceLROnPlateau": ReduceLROnPlateau,
    "best": Best,
    "last": Last,
}
"""What can be called for `stop`, `plateau` and `keep`, by name."""
