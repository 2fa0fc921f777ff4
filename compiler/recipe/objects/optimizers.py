"""Keras's optimizers, with its names, arguments and defaults."""

from __future__ import annotations

from collections.abc import Mapping

from ....dsl.diagnostics.codes import Code
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import BOOL, POSITIVE, STRING, arg, many, optional
from .base import Optimizer, Schedule
from .number_kinds import EPSILON, NUMBER, PART, above, above_to
from .optimizers_base import BETA, BETA_1_DOC, BETA_2_DOC, DECAY_DOC, EPSILON_DOC, LR_DOC, Tuned
from .schedules import RATE_OR_SCHEDULE


@op
class SGD(Tuned):
    """`w -= lr * g`; with momentum `v = m v - lr g; w += v`, Nesterov's `w += m v - lr g`."""

    learning_rate: float | Schedule = arg(RATE_OR_SCHEDULE, default=0.01, doc=LR_DOC)
    momentum: float = arg(PART, default=0.0, doc="the share of the last step that is kept")
    nesterov: bool = arg(BOOL, default=False, doc="whether momentum looks ahead (Nesterov)")

    def validate(self) -> None:
        """Raises Refusal for Nesterov's momentum without any, beside what all optimizers refuse."""
        super().validate()
        if self.nesterov and self.momentum == 0:
            raise Refusal(
                Code.BAD_VALUE,
                "`nesterov=true` has no effect with `momentum=0`",
                argument="nesterov",
                help="give `momentum=0.9` too",
            )


@op
class RMSprop(Tuned):
    """`w -= lr * g / sqrt(mean of g^2)` (Hinton 2012)."""

    rho: float = arg(BETA, default=0.9, doc="the decay of the squares' running mean")
    momentum: float = arg(PART, default=0.0, doc="the share of the last step that is kept")
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)
    centered: bool = arg(BOOL, default=False, doc="whether the mean gradient is taken off")


@op
class Adagrad(Tuned):
    """`w -= lr * g / sqrt(sum of g^2)` (Duchi et al. 2011)."""

    initial_accumulator_value: float = arg(EPSILON, default=0.1, doc="where the sum begins")
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)


@op
class Adadelta(Tuned):
    """Steps in proportion to the last steps' size (Zeiler 2012)."""

    rho: float = arg(BETA, default=0.95, doc="the decay of both running means")
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)


@op
class Adam(Tuned):
    """`w -= lr * mean of g / sqrt(mean of g^2)`, the means unbiased (Kingma and Ba 2014)."""

    beta_1: float = arg(BETA, default=0.9, doc=BETA_1_DOC)
    beta_2: float = arg(BETA, default=0.999, doc=BETA_2_DOC)
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)
    amsgrad: bool = arg(BOOL, default=False, doc="whether the greatest mean so far counts")


@op
class AdamW(Tuned):
    """Adam with weight decay apart from the gradients (Loshchilov and Hutter 2017)."""

    weight_decay: float = arg(EPSILON, default=0.004, doc=DECAY_DOC)
    beta_1: float = arg(BETA, default=0.9, doc=BETA_1_DOC)
    beta_2: float = arg(BETA, default=0.999, doc=BETA_2_DOC)
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)
    amsgrad: bool = arg(BOOL, default=False, doc="whether the greatest mean so far counts")


@op
class Adamax(Tuned):
    """Adam with the greatest gradient in place of the mean square (Kingma and Ba 2014)."""

    beta_1: float = arg(BETA, default=0.9, doc=BETA_1_DOC)
    beta_2: float = arg(BETA, default=0.999, doc="the decay of the greatest gradient")
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)


@op
class Nadam(Tuned):
    """Adam with Nesterov's momentum (Dozat 2016)."""

    beta_1: float = arg(BETA, default=0.9, doc=BETA_1_DOC)
    beta_2: float = arg(BETA, default=0.999, doc=BETA_2_DOC)
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)


@op
class Ftrl(Tuned):
    """Follow the regularized leader, for sparse weights (McMahan et al. 2013)."""

    learning_rate_power: float = arg(
        NUMBER, default=-0.5, doc="how the learning rate falls; at most 0"
    )
    initial_accumulator_value: float = arg(EPSILON, default=0.1, doc="where the sum begins")
    l1_regularization_strength: float = arg(EPSILON, default=0.0, doc="the weight of L1")
    l2_regularization_strength: float = arg(EPSILON, default=0.0, doc="the weight of L2")
    l2_shrinkage_regularization_strength: float = arg(
        EPSILON, default=0.0, doc="the weight of L2 in the gradient alone"
    )
    beta: float = arg(EPSILON, default=0.0, doc="the paper's beta")

    def validate(self) -> None:
        """Raises Refusal for a positive power, beside what all optimizers refuse."""
        super().validate()
        if self.learning_rate_power > 0:
            raise Refusal(
                Code.BAD_VALUE,
                "`learning_rate_power` of `Ftrl` is at most 0",
                argument="learning_rate_power",
            )


@op
class Lion(Tuned):
    """`w -= lr * sign(mean of g)` (Chen et al. 2023)."""

    beta_1: float = arg(
        above_to(0, 1),
        default=0.9,
        doc="the share of the mean in a step",
    )
    beta_2: float = arg(BETA, default=0.99, doc="the decay of the running mean")


@op
class Muon(Tuned):
    """Momentum made orthogonal for matrices, AdamW for everything else (Jordan 2024)."""

    adam_beta_1: float = arg(BETA, default=0.9, doc=f"in AdamW {BETA_1_DOC}")
    adam_beta_2: float = arg(BETA, default=0.999, doc=f"in AdamW {BETA_2_DOC}")
    adam_weight_decay: float = arg(EPSILON, default=0.004, doc="AdamW's weight decay")
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)
    weight_decay: float = arg(EPSILON, default=0.004, doc=DECAY_DOC, last=True)
    exclude_layers: tuple[str, ...] | None = arg(
        optional(many(STRING, "a list of patterns")),
        default=None,
        doc="layers that AdamW trains: regular expressions for their paths",
        last=True,
    )
    exclude_embeddings: bool = arg(
        BOOL, default=True, doc="whether AdamW trains embeddings", last=True
    )
    muon_a: float = arg(NUMBER, default=3.4445, doc="a number of the iteration", last=True)
    muon_b: float = arg(NUMBER, default=-4.775, doc="another", last=True)
    muon_c: float = arg(NUMBER, default=2.0315, doc="another", last=True)
    adam_lr_ratio: float = arg(
        EPSILON, default=1.0, doc="AdamW's learning rate, as a share", last=True
    )
    momentum: float = arg(
        PART, default=0.95, doc="the share of the last step that is kept", last=True
    )
    ns_steps: int = arg(POSITIVE, default=5, doc="steps of the iteration", last=True)
    nesterov: bool = arg(BOOL, default=True, doc="whether momentum looks ahead", last=True)
    rms_rate: float | None = arg(
        optional(above(0)), default=0.2, doc="the size of an update; none: as it comes", last=True
    )


@op
class Lamb(Tuned):
    """Adam with each layer's step in proportion to its weights (You et al. 2019)."""

    beta_1: float = arg(BETA, default=0.9, doc=BETA_1_DOC)
    beta_2: float = arg(BETA, default=0.999, doc=BETA_2_DOC)
    epsilon: float = arg(EPSILON, default=1e-7, doc=EPSILON_DOC)


@op
class Adafactor(Tuned):
    """Adam's squares kept by rows and columns, for less memory (Shazeer and Stern 2018)."""

    beta_2_decay: float = arg(NUMBER, default=-0.8, doc="the power of the step in the decay")
    epsilon_1: float = arg(EPSILON, default=1e-30, doc=EPSILON_DOC)
    epsilon_2: float = arg(EPSILON, default=0.001, doc="the least size of a weight for its step")
    clip_threshold: float = arg(above(0), default=1.0, doc="the largest update")
    relative_step: bool = arg(
        BOOL, default=True, doc="whether the learning rate falls as `1 / sqrt(step)`"
    )


OPTIMIZER_CLASSES: Mapping[str, type[Optimizer]] = {
    cls.__name__: cls
    for cls in (
        Adadelta,
        Adafactor,
        Adagrad,
        Adam,
        AdamW,
        Adamax,
        Ftrl,
        Lamb,
        Lion,
        Muon,
        Nadam,
        RMSprop,
        SGD,
    )
}
"""The optimizers a recipe can call, by name."""

OPTIMIZER_WORDS: Mapping[str, type[Optimizer]] = {
    name.lower(): cls for name, cls in OPTIMIZER_CLASSES.items()
}
"""The optimizers by their names in lower case."""
