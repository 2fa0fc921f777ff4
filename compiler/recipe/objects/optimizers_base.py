"""What Keras's optimizers share: their last arguments, and clipping."""

from __future__ import annotations

from dataclasses import replace

from ....dsl.diagnostics.codes import Code
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import BOOL, POSITIVE, arg, at_least, between, optional
from .base import Optimizer, Schedule
from .number_kinds import EPSILON, NUMBER, PART, above
from .schedules import RATE_OR_SCHEDULE

BETA = between(NUMBER, 0, 1, "a number from 0 up to 1")
LR_DOC = "the learning rate: a number, or a schedule"
BETA_1_DOC = "the decay of the gradients' running mean"
BETA_2_DOC = "the decay of the squared gradients' running mean"
EPSILON_DOC = "what keeps a division from one by zero"
DECAY_DOC = "the share of a weight that each step takes away"

CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
"""The arguments that clip the gradients; at most one is given."""


@op
class Tuned(Optimizer):
    """What Keras's optimizers share: the learning rate first, and the last arguments."""

    learning_rate: float | Schedule = arg(RATE_OR_SCHEDULE, default=0.001, doc=LR_DOC)
    weight_decay: float | None = arg(optional(EPSILON), default=None, doc=DECAY_DOC, last=True)
    clipnorm: float | None = arg(
        optional(above(0)),
        default=None,
        doc="the largest norm of each weight's gradient",
        last=True,
    )
    clipvalue: float | None = arg(
        optional(above(0)), default=None, doc="the largest absolute value in a gradient", last=True
    )
    global_clipnorm: float | None = arg(
        optional(above(0)),
        default=None,
        doc="the largest norm of all gradients together",
        last=True,
    )
    use_ema: bool = arg(
        BOOL,
        default=False,
        doc="whether the running mean of the weights is what is evaluated and kept",
        last=True,
    )
    ema_momentum: float = arg(PART, default=0.99, doc="the decay of that mean", last=True)
    ema_overwrite_frequency: int | None = arg(
        optional(POSITIVE),
        default=None,
        doc="steps after which the mean replaces the weights that learn; none: it never does",
        last=True,
    )
    loss_scale_factor: float | None = arg(
        optional(above(0)), default=None, doc="what loss and gradients are scaled by", last=True
    )
    gradient_accumulation_steps: int | None = arg(
        optional(at_least(POSITIVE, 2, "an int of at least 2")),
        default=None,
        doc="batches whose gradients make one step, as one batch of all their samples would",
        last=True,
    )

    @property
    def accumulates(self) -> int:
        """How many batches make a step together."""
        return self.gradient_accumulation_steps or 1

    def alone(self) -> Optimizer:
        """The same with a batch a step.

        Keras counts batches where it adds up gradients: its schedules, running means and Adam's
        corrections go by them, so that its step is not that of the larger batch.
        """
        return replace(self, gradient_accumulation_steps=None)

    def at_rate(self, learning_rate: float | Schedule) -> Optimizer:
        """The same with another learning rate."""
        return replace(self, learning_rate=learning_rate)

    def validate(self) -> None:
        """Raises Refusal for two kinds of clipping, or the frequency of a mean that is not kept."""
        given = [name for name in CLIPPING if getattr(self, name) is not None]
        if len(given) > 1:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{given[0]}` and `{given[1]}` cannot both clip the gradients",
                argument=given[1],
                help="keep one of them; Keras's optimizers take only one way of clipping",
            )
        if self.ema_overwrite_frequency is not None and not self.use_ema:
            raise Refusal(
                Code.BAD_VALUE,
                "`ema_overwrite_frequency` has no effect without `use_ema`",
                argument="ema_overwrite_frequency",
                help="add `use_ema=true`",
            )
