"""What Keras's optimizers share: how they are declared, their last arguments, and clipping."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, dataclass_transform

from ....dsl.diagnostics.codes import Code
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import BOOL, EPSILON, FLOAT, POSITIVE, Kind, arg, at_least, between, optional
from .base import Optimizer, Schedule
from .named import PART, above

T = TypeVar("T")

BETA = between(FLOAT, 0, 1, "a number from 0 up to 1")
LR_DOC = "the learning rate: a number, or a schedule"
BETA_1_DOC = "the decay of the gradients' running mean"
BETA_2_DOC = "the decay of the squared gradients' running mean"
EPSILON_DOC = "what keeps a division from one by zero"

SHARED: Mapping[str, tuple[Kind[Any], object, str]] = {
    "weight_decay": (optional(EPSILON), None, "the share of a weight that each step takes away"),
    "clipnorm": (optional(above(0)), None, "the largest norm of each weight's gradient"),
    "clipvalue": (optional(above(0)), None, "the largest absolute value in a gradient"),
    "global_clipnorm": (optional(above(0)), None, "the largest norm of all gradients together"),
    "use_ema": (BOOL, False, "whether a running mean of the weights is kept"),
    "ema_momentum": (PART, 0.99, "the decay of that mean"),
    "ema_overwrite_frequency": (
        optional(POSITIVE),
        None,
        "steps after which the mean replaces the weights; none: at the end only",
    ),
    "loss_scale_factor": (optional(above(0)), None, "what loss and gradients are scaled by"),
    "gradient_accumulation_steps": (
        optional(at_least(POSITIVE, 2, "an int of at least 2")),
        None,
        "steps whose gradients are averaged into one",
    ),
}
"""The arguments that every optimizer ends with."""
CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
"""Those of them that clip the gradients; at most one is given."""


@dataclass_transform(frozen_default=True, field_specifiers=(arg,))
def optimizer(cls: type[T]) -> type[T]:
    """`@op`, with the arguments of all optimizers behind the class's own (but its `trailing`)."""
    given = inspect.get_annotations(cls)
    trailing: tuple[str, ...] = getattr(cls, "trailing", ())
    own = {name: given[name] for name in given if name not in trailing}
    for name, (kind, default, doc) in SHARED.items():
        if name not in own:
            own[name] = "object"
            setattr(cls, name, arg(kind, default=default, doc=doc))
    cls.__annotations__ = {**own, **{name: given[name] for name in trailing}}
    return op(cls)


class Tuned(Optimizer):
    """What Keras's optimizers share."""

    __slots__ = ()

    trailing: ClassVar[tuple[str, ...]] = ()
    """Its own arguments that stand behind those that all optimizers have."""
    learning_rate: float | Schedule
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_overwrite_frequency: int | None

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
