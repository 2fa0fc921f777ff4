"""What a `train` block can set: every key, what it takes, its default, and where it may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ....dsl.record import record
from ...ops.base.kinds import (
    BOOL,
    COUNT,
    POSITIVE,
    Kind,
    OutOfRange,
    Word,
    at_least,
    choice,
    optional,
    show,
)
from ..objects.base import Augmentation, DataSource, Loss, Metric, Optimizer
from ..objects.callbacks import Best, EarlyStopping, Last, ReduceLROnPlateau
from ..objects.loads import load
from ..objects.number_kinds import EPSILON
from ..objects.optimizers import RMSprop

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@record
class Objects:
    """A value that is an object of some classes, by its name or by a call.

    `what` says it for messages: `a loss`.
    """

    what: str
    classes: tuple[type, ...]


@record
class Many:
    """A list of values; one value stands for a list of one, `none` for an empty one."""

    item: Takes


@record
class Patterns:
    """Paths of layers: labels, or strings that may hold `*`; or another kind of name."""

    what: str = "layers by label or path"


@record
class Optional:
    """A value or `none`."""

    item: Takes


Takes: TypeAlias = "Kind[Any] | Objects | Many | Patterns | Optional"


@record
class Key:
    """One setting of a recipe."""

    name: str
    takes: Takes
    doc: str
    default: object
    """The value where the setting is not written."""
    unsaid: str = ""
    """What happens where it is not written, if `default` says too little."""
    phase: bool = True
    """Whether a phase may set it too."""
    per_output: bool = False
    """Whether `per_output(name=…)` may give each output of the net its own."""

    @property
    def shown_default(self) -> str:
        """The default as the reference says it, and as a recipe writes it if it is a value."""
        if self.unsaid:
            return self.unsaid
        return self.default if isinstance(self.default, str) else show(self.default)


def _batch(value: object) -> int | None:
    if isinstance(value, Word) and value.text == "all":
        return None
    try:
        return POSITIVE.convert(value)
    except OutOfRange:
        raise
    except ValueError as error:
        raise ValueError(f"{error}, and not the word all") from None


def _class_weight(value: object) -> tuple[float, ...] | str | None:
    text = value.text if isinstance(value, Word) else value
    if value is None:
        return None
    if text == "balanced":
        return "balanced"
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("it is neither a list nor the word balanced")
    return tuple(EPSILON.convert(item) for item in value)


FOLDS = at_least(POSITIVE, 2, "an int of at least 2")
BATCH: Kind[int | None] = Kind("an int of at least 1 or the word all", _batch, frozenset(("all",)))
CLASS_WEIGHT: Kind[tuple[float, ...] | str | None] = Kind(
    "a list with one number a class, or balanced", _class_weight, frozenset(("balanced",))
)

_KEYS = (
    Key(
        "data",
        Objects("a data source", (DataSource,)),
        "where the samples come from",
        None,
        "arrays that Python gives",
        phase=False,
    ),
    Key(
        "weights",
        Many(Objects("load(…)", (load,))),
        "files with weights that the run starts from",
        (),
        "all weights are drawn",
        phase=False,
    ),
    Key("freeze", Many(Patterns()), "layers whose weights stay as they are", (), "no layer"),
    Key("unfreeze", Many(Patterns()), "layers that `freeze` leaves out", (), "no layer"),
    Key(
        "augment",
        Many(Objects("an augmentation", (Augmentation,))),
        "random changes of the training pictures",
        (),
        "nothing",
    ),
    Key(
        "cache",
        optional(COUNT),
        "passes over the samples of which the features of frozen layers are kept; 0: none",
        None,
        "one, where nothing is random before they end and it saves time",
    ),
    Key(
        "loss",
        Objects("a loss", (Loss,)),
        "what training makes smaller",
        None,
        "required",
        per_output=True,
    ),
    Key(
        "targets",
        Patterns("the name of an output"),
        "the output whose targets a loss takes",
        None,
        "an output has its own; inside the net there are those of the one output that has some",
        per_output=True,
    ),
    Key("loss_weights", EPSILON, "how much a loss counts", 1.0, per_output=True),
    Key(
        "class_weight",
        CLASS_WEIGHT,
        "how much a sample of each class counts",
        None,
        "all alike",
        per_output=True,
    ),
    Key(
        "optimizer",
        Objects("an optimizer", (Optimizer,)),
        "how the weights follow their gradients",
        RMSprop(),
        "RMSprop",
    ),
    Key(
        "metrics",
        Many(Objects("a metric", (Metric,))),
        "what is measured beside the loss",
        (),
        "nothing",
        per_output=True,
    ),
    Key(
        "weighted_metrics",
        Many(Objects("a metric", (Metric,))),
        "what is measured with each sample counted by its weight, as the loss is",
        (),
        "nothing",
        per_output=True,
    ),
    Key("batch", BATCH, "samples a step; `all`: batch gradient descent", 32),
    Key("epochs", POSITIVE, "how often the training samples are gone through", 1),
    Key(
        "stop",
        Optional(Objects("EarlyStopping", (EarlyStopping,))),
        "when to stop before all epochs are done",
        None,
    ),
    Key(
        "plateau",
        Optional(Objects("ReduceLROnPlateau", (ReduceLROnPlateau,))),
        "when to lower the learning rate",
        None,
    ),
    Key(
        "keep",
        Objects("best or last", (Best, Last)),
        "which epoch's weights are kept",
        None,
        "best of what `stop` watches, else of `val_loss`, else last",
    ),
    Key(
        "restarts",
        POSITIVE,
        "random initializations to train; the best is kept",
        1,
        phase=False,
    ),
    Key(
        "folds",
        optional(FOLDS),
        "cross-validation: into how many parts the training samples are split, each of which "
        "validates a net that the others train",
        None,
        "no cross-validation",
        phase=False,
    ),
    Key("seed", COUNT, "what everything random is drawn from", 0, phase=False),
    Key(
        "deterministic",
        BOOL,
        "whether two runs of one seed are alike to the bit",
        False,
        phase=False,
    ),
    Key("precision", choice(*PRECISIONS), "Keras's dtype policy", "float32", phase=False),
    Key(
        "mixed_precision",
        BOOL,
        "`true` is `precision = mixed_bfloat16`",
        False,
        phase=False,
    ),
    Key(
        "bucket_by_length",
        BOOL,
        "whether batches are of sequences of near-equal lengths, so that little is padded; their "
        "order stays a drawn one",
        False,
        phase=False,
    ),
    Key("jit", BOOL, "whether XLA compiles the step", False, phase=False),
    Key(
        "steps_per_execution",
        optional(POSITIVE),
        "steps that TensorFlow runs without coming back to Python",
        None,
        "netc chooses",
        phase=False,
    ),
)

KEYS: Mapping[str, Key] = {key.name: key for key in _KEYS}
"""Every setting by name."""
