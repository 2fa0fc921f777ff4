"""The base of what recipes are made of: losses, optimizers, schedules, metrics, …

Each is a class declared with `@op`, as layers are: its fields are Keras's arguments with Keras's
defaults, and `keras_object` builds what Keras knows by the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, TypeAlias

from ....dsl.diagnostics.codes import Code
from ....dsl.record import record
from ...expand.values import Static
from ...ops.base.backend import Array, KerasModule, NumPy
from ...ops.base.declare import Declared, Refusal, arguments, construct, keras_arguments, op
from ...ops.base.kinds import STRING, arg, optional
from ...shapes.types import TensorType

CLASSES = ("classes", "one_hot")
"""The forms of targets that say one class of several."""
SIDES = ("binary", "signs")
"""The forms that say yes or no for each unit."""
TARGETS = (*CLASSES, *SIDES, "values")
"""All forms of targets; `Loss.targets` says what they are."""
NONE = "none"
"""What stands for a form where a loss takes no targets."""


class RecipeObject(Declared):
    """Something a recipe names, or builds by a call: `SGD(0.1, momentum=0.9)`."""

    __slots__ = ()

    module: ClassVar[str] = ""
    """The module of Keras that has its class: `optimizers`."""
    words: ClassVar[tuple[str, ...]] = ()
    """Keras's other names for it; each alone stands for an object with the defaults."""
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ({},)
    """Arguments, as a recipe gives them, with which it is held against Keras."""

    @classmethod
    def given_by(cls, word: str) -> Mapping[str, Static]:
        """The arguments that a word alone, a class's name or one of `words`, stands for."""
        return {}

    def keras_object(self, keras: KerasModule) -> object:
        """What Keras calls by the same name, with the same arguments."""
        home: object = keras
        for part in type(self).module.split("."):
            home = getattr(home, part)
        return getattr(home, type(self).__name__)(**keras_arguments(self, keras))


class Schedule(RecipeObject):
    """A learning rate for every step."""

    __slots__ = ()
    module = "optimizers.schedules"

    def rate(self, step: int) -> float:
        """The learning rate of a step; steps count from 0."""
        raise NotImplementedError(type(self).__name__)


class Optimizer(RecipeObject):
    """How weights follow their gradients."""

    __slots__ = ()
    module = "optimizers"

    @property
    def accumulates(self) -> int:
        """How many batches make a step together."""
        return 1

    def alone(self) -> Optimizer:
        """The same with a batch a step, for whoever adds up gradients by himself."""
        return self

    def at_rate(self, learning_rate: float | Schedule) -> Optimizer:
        """The same with another learning rate."""
        raise NotImplementedError(type(self).__name__)


class Measured(RecipeObject):
    """Something that is measured on one output: a loss or a metric."""

    __slots__ = ()

    last_axis_only: ClassVar[bool] = False
    """Whether its `axis`, an argument that Keras has, can be the last one alone."""

    def check_output(self, output: TensorType) -> None:
        """Raises Refusal where it, or an argument of it, does not fit an output of that type."""
        given = getattr(self, "axis", None)
        axes = given if isinstance(given, tuple) else () if given is None else (given,)
        name, rank = type(self).__name__, output.rank
        for axis in axes:
            if not -rank <= axis < rank:
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{name}` has no axis {axis} to work along: the output is {output}",
                    argument="axis",
                    help=f"its axes are {-rank} to {rank - 1}",
                )
            if self.last_axis_only and axis not in (-1, rank - 1):
                raise Refusal(
                    Code.BAD_VALUE,
                    f"`{name}` takes the classes from the last axis alone, got axis {axis}",
                    argument="axis",
                    help="leave `axis` out",
                )


class Loss(Measured):
    """What training makes smaller, for one output."""

    __slots__ = ()
    module = "losses"

    targets: ClassVar[str] = "values"
    """How it wants its targets: `classes` (one index a sample), `one_hot`, `binary` (0 or 1 for
    each unit), `signs` (-1 or 1; 0 and 1 are turned into them), `values` (as they come) or `none`
    (it has none: data bring nothing for its output)."""

    @property
    def form(self) -> str:
        """How this one wants its targets."""
        return type(self).targets

    @property
    def terms(self) -> tuple[Term, ...]:
        """What it is the sum of: itself, where it is no sum."""
        return (Term(1.0, self),)

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """The loss of each sample, or of each unit of each: their mean is the loss.

        `y` are the targets in the form of `targets`, `p` the outputs in float64. None where Keras
        alone computes it.
        """
        return None

    def value(self, np: NumPy, y: Array, p: Array, weights: Array | None = None) -> float | None:
        """The loss of all samples as one number; None where Keras alone computes it.

        `weights` `[samples]` are what the loss of each is multiplied by; as in Keras, the sum is
        divided by the number of samples.
        """
        return _mean(np, self.formula, y, p, weights, len(p))


@record
class Term:
    """One loss of a sum, and what it is multiplied by."""

    weight: float
    loss: Loss


@op
class Metric(Measured):
    """What is measured beside the loss, for one output."""

    module = "metrics"

    takes: ClassVar[tuple[str, ...]] = ("one_hot", "binary", "signs", "values")
    """The forms of targets (`Loss.targets`) that it can be measured on."""
    called: ClassVar[str] = ""
    """What histories call it where it is given no name: `auc`."""
    lower_is_better: ClassVar[bool] = False
    """Whether it is a distance from what is right; others are shares of it, or likenesses."""
    weighable: ClassVar[bool] = True
    """Whether it can count each sample by its weight."""
    measures: ClassVar[type[Loss] | None] = None
    """The loss whose mean it is, where it is one."""
    name: str | None = arg(
        optional(STRING), default=None, doc="what histories call it; none: Keras's name for it"
    )

    @classmethod
    def given_by(cls, word: str) -> Mapping[str, Static]:
        """The name that histories are to show, where the word is not what they show anyway."""
        return {} if word in (cls.called, cls.__name__) else {"name": word}

    @property
    def logged(self) -> str:
        """What histories and monitors call it; `val_` stands before it for validation."""
        return self.name or type(self).called

    def named(self, name: str) -> Metric:
        """The same metric under another name."""
        given = {argument: getattr(self, argument) for argument in arguments(type(self))}
        return construct(type(self), given | {"name": name})

    def for_targets(self, targets: str) -> Metric:
        """The metric that is measured on targets of that form (`accuracy` has several)."""
        return self

    def formula(self, np: NumPy, y: Array, p: Array) -> Array | None:
        """The figure of each sample, or of each unit of each: their mean is the metric.

        `y` are targets in one of the forms of `takes`, `p` the outputs in float64. None where
        Keras alone computes it, or where it is no mean.
        """
        loss = type(self).measures
        if loss is None:
            return None
        own = arguments(type(self)).keys() & arguments(loss).keys()
        return construct(loss, {name: getattr(self, name) for name in own}).formula(np, y, p)

    def value(self, np: NumPy, y: Array, p: Array) -> float | None:
        """The metric over all samples; None where Keras alone computes it."""
        return _mean(np, self.formula, y, p)

    def weighted(self, np: NumPy, y: Array, p: Array, weights: Array) -> float | None:
        """The metric where each sample counts by its weight; None where Keras alone computes it."""
        if type(self).value is not Metric.value:
            return None
        return _mean(np, self.formula, y, p, weights, float(weights.sum(dtype=np.float64)))

    def keras_object(self, keras: KerasModule) -> object:
        """Keras's metric, called as histories call it."""
        given = {**keras_arguments(self, keras), "name": self.logged}
        home: object = getattr(keras, type(self).module)
        return getattr(home, type(self).__name__)(**given)


class Augmentation(RecipeObject):
    """A random change of the training pictures, never of others."""

    __slots__ = ()
    module = "layers"

    mixes: ClassVar[bool] = False
    """Whether it mixes samples, and so changes the targets too (MixUp, CutMix)."""


class DataSource(RecipeObject):
    """Where samples come from."""

    __slots__ = ()


Formula: TypeAlias = "Callable[[NumPy, Array, Array], Array | None]"


def _mean(
    np: NumPy,
    formula: Formula,
    y: Array,
    p: Array,
    weights: Array | None = None,
    count: float = 0,
) -> float | None:
    """The mean of what a formula gives; what a net's numbers overflow is infinite or NaN.

    With `weights` each sample's share is multiplied by its own, and their sum divided by `count`.
    """
    with np.errstate(all="ignore"):
        values = formula(np, y, p.astype(np.float64))
        if values is None:
            return None
        if weights is None:
            return float(values.mean(dtype=np.float64))
        if values.ndim == 0:
            return None
        each = values.reshape(len(weights), -1).mean(axis=1, dtype=np.float64)
        return float((each * weights).sum() / count)
