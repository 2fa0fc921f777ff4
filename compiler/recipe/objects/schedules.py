"""Learning rates that change from step to step: Keras's schedules, and a warm-up for any.

`rate(step)` computes in Python what Keras computes in float32; steps count from 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ....dsl.diagnostics.codes import Code
from ...ops.base.backend import KerasModule
from ...ops.base.declare import Refusal, keras_value, op
from ...ops.base.kinds import BOOL, COUNT, POSITIVE, Kind, arg, at_least, describe, many, optional
from .base import Schedule
from .number_kinds import NUMBER, PART, RATE, above
from .warmup import keras_warmup

START_DOC = "the learning rate at step 0"
STEPS = above(0)


@op
class ExponentialDecay(Schedule):
    """`lr * decay_rate ^ (step / decay_steps)`; with `staircase` it falls in steps."""

    initial_learning_rate: float = arg(RATE, doc=START_DOC)
    decay_steps: float = arg(STEPS, doc="steps until it is multiplied by `decay_rate`")
    decay_rate: float = arg(RATE, doc="what it is multiplied by")
    staircase: bool = arg(BOOL, default=False, doc="whether `step / decay_steps` is rounded down")

    def rate(self, step: int) -> float:
        """`lr * decay_rate ^ (step / decay_steps)`, as Keras's documentation gives it."""
        return float(self.initial_learning_rate * self.decay_rate ** _turns(self, step))


@op
class InverseTimeDecay(Schedule):
    """`lr / (1 + decay_rate * step / decay_steps)`; with `staircase` it falls in steps."""

    initial_learning_rate: float = arg(RATE, doc=START_DOC)
    decay_steps: float = arg(STEPS, doc="how often the decay is applied, in steps")
    decay_rate: float = arg(RATE, doc="how much the divisor grows each time")
    staircase: bool = arg(BOOL, default=False, doc="whether `step / decay_steps` is rounded down")

    def rate(self, step: int) -> float:
        """`lr / (1 + decay_rate * step / decay_steps)`, as Keras's documentation gives it."""
        return self.initial_learning_rate / (1 + self.decay_rate * _turns(self, step))


def _turns(schedule: ExponentialDecay | InverseTimeDecay, step: int) -> float:
    turns = step / schedule.decay_steps
    return math.floor(turns) if schedule.staircase else turns


@op
class PiecewiseConstantDecay(Schedule):
    """`values[0]` up to step `boundaries[0]`, `values[1]` up to `boundaries[1]`, …"""

    boundaries: tuple[int, ...] = arg(
        many(COUNT, "a list of steps"), doc="the last steps of all values but the last"
    )
    values: tuple[float, ...] = arg(
        many(RATE, "a list of learning rates"), doc="the learning rates, one more than boundaries"
    )

    def validate(self) -> None:
        """Raises Refusal for a wrong number of values, or boundaries that do not rise."""
        if not self.boundaries:
            raise Refusal(
                Code.BAD_VALUE,
                "`boundaries` of `PiecewiseConstantDecay` is empty",
                argument="boundaries",
                help="a constant learning rate is a number",
            )
        if len(self.values) != len(self.boundaries) + 1:
            raise Refusal(
                Code.BAD_VALUE,
                f"{len(self.boundaries)} boundaries part {len(self.boundaries) + 1} values, "
                f"but `values` holds {len(self.values)}",
                argument="values",
            )
        if any(b <= a for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise Refusal(
                Code.BAD_VALUE,
                "each of the `boundaries` must be greater than the one before it",
                argument="boundaries",
            )

    def rate(self, step: int) -> float:
        """The value of the first boundary that `step` is not past; else the last value."""
        for boundary, value in zip(self.boundaries, self.values, strict=False):
            if step <= boundary:
                return value
        return self.values[-1]


@op
class PolynomialDecay(Schedule):
    """From `initial_learning_rate` to `end_learning_rate` as `(1 - step / decay_steps)^power`."""

    initial_learning_rate: float = arg(RATE, doc=START_DOC)
    decay_steps: int = arg(POSITIVE, doc="steps until the end")
    end_learning_rate: float = arg(RATE, default=0.0001, doc="the learning rate at the end")
    power: float = arg(above(0), default=1.0, doc="the power; 1: a straight line")
    cycle: bool = arg(
        BOOL, default=False, doc="whether it rises again after each `decay_steps` steps"
    )

    def rate(self, step: int) -> float:
        """`(lr - end) * (1 - step / n)^power + end`, as Keras's documentation gives it.

        `n` is `decay_steps`, or with `cycle` its first multiple that is not below `step`.
        """
        length = float(self.decay_steps)
        if self.cycle:
            length *= max(1, math.ceil(step / length))
        part = min(1.0, step / length)
        fall = self.initial_learning_rate - self.end_learning_rate
        return float(fall * (1 - part) ** self.power + self.end_learning_rate)


@op
class CosineDecay(Schedule):
    """Half a cosine from `initial_learning_rate` to `alpha` times it (Loshchilov 2016).

    With `warmup_target` it first rises in a straight line to that, and falls from there.
    """

    initial_learning_rate: float = arg(RATE, doc=START_DOC)
    decay_steps: int = arg(POSITIVE, doc="steps of the fall")
    alpha: float = arg(PART, default=0.0, doc="the end, as a share of where the fall begins")
    warmup_target: float | None = arg(
        optional(RATE), default=None, doc="where the rise ends; none: no rise"
    )
    warmup_steps: int = arg(COUNT, default=0, doc="steps of the rise")

    def validate(self) -> None:
        """Raises Refusal where there are warm-up steps but no target, or the other way round."""
        if (self.warmup_target is None) != (self.warmup_steps == 0):
            missing = "warmup_steps" if self.warmup_target is not None else "warmup_target"
            raise Refusal(
                Code.BAD_VALUE,
                "`warmup_target` and `warmup_steps` of `CosineDecay` only work together",
                argument="warmup_steps" if missing == "warmup_target" else "warmup_target",
                help=f"give `{missing}` too",
            )

    def rate(self, step: int) -> float:
        """`top * ((1 - alpha) * (1 + cos(pi * t)) / 2 + alpha)`, `t` the part done.

        From Keras's documentation, after Loshchilov and Hutter 2016 (SGDR); the rise before it is
        linear.
        """
        start, top = self.initial_learning_rate, self.initial_learning_rate
        if self.warmup_target is not None:
            top = self.warmup_target
            if step < self.warmup_steps:
                return start + (top - start) * step / self.warmup_steps
        part = min(1.0, (step - self.warmup_steps) / self.decay_steps)
        return top * ((1 - self.alpha) * _cosine(part) + self.alpha)


@op
class CosineDecayRestarts(Schedule):
    """Half a cosine, again and again: warm restarts (Loshchilov and Hutter 2016)."""

    initial_learning_rate: float = arg(RATE, doc=START_DOC)
    first_decay_steps: int = arg(POSITIVE, doc="steps of the first fall")
    t_mul: float = arg(
        at_least(NUMBER, 1, "a number of at least 1"),
        default=2.0,
        doc="how much longer each fall is than the last",
    )
    m_mul: float = arg(RATE, default=1.0, doc="how much higher each fall begins than the last")
    alpha: float = arg(PART, default=0.0, doc="the end, as a share of `initial_learning_rate`")

    def rate(self, step: int) -> float:
        """`lr * ((1 - alpha) * m_mul^i * (1 + cos(pi * t)) / 2 + alpha)` in the i-th period.

        `t` is the part of the period that is done; from Keras's documentation.
        """
        done = step / self.first_decay_steps
        if self.t_mul == 1:
            period = math.floor(done)
            part = done - period
        else:
            period = math.floor(math.log(1 - done * (1 - self.t_mul)) / math.log(self.t_mul))
            before = (1 - self.t_mul**period) / (1 - self.t_mul)
            part = (done - before) / self.t_mul**period
        height = self.m_mul**period * _cosine(part)
        return float(self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha))


def _cosine(part: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * part))


@op
class Warmup(Schedule):
    """Rises in a straight line to where another schedule, or a number, begins; then follows it.

    Keras has this for CosineDecay only. The schedule's own steps count from the end of the rise.
    """

    schedule: float | Schedule = arg(
        Kind("a number or a schedule", lambda value: RATE_OR_SCHEDULE.convert(value)),
        doc="what follows",
    )
    warmup_steps: int = arg(POSITIVE, doc="steps of the rise")
    initial_learning_rate: float = arg(RATE, default=0.0, doc=START_DOC)

    def rate(self, step: int) -> float:
        """`start + (top - start) * step / warmup_steps`, then the schedule (Goyal et al. 2017)."""
        if step >= self.warmup_steps:
            return rate(self.schedule, step - self.warmup_steps)
        top, start = rate(self.schedule, 0), self.initial_learning_rate
        return start + (top - start) * step / self.warmup_steps

    def keras_object(self, keras: KerasModule) -> object:
        """A schedule of a class of its own, since Keras has none."""
        follows = keras_value(self.schedule, keras)
        return keras_warmup(keras, follows, self.warmup_steps, self.initial_learning_rate)


def rate(learning_rate: float | Schedule, step: int) -> float:
    """The learning rate of a step, of a schedule or a constant."""
    return learning_rate.rate(step) if isinstance(learning_rate, Schedule) else learning_rate


SCHEDULE_CLASSES: Mapping[str, type[Schedule]] = {
    cls.__name__: cls
    for cls in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
        Warmup,
    )
}
"""The schedules a recipe can call, by name."""


def _rate_or_schedule(value: object) -> float | Schedule:
    if isinstance(value, Schedule):
        return value
    if isinstance(value, int | float):
        return RATE.convert(value)
    raise ValueError(f"{describe(value)} is neither a number nor a schedule")


RATE_OR_SCHEDULE: Kind[float | Schedule] = Kind(
    "a number of at least 0 or a schedule such as ExponentialDecay(0.1, 1000, 0.9)",
    _rate_or_schedule,
)
