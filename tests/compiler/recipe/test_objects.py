"""Every loss, optimizer, schedule, metric and augmentation is Keras's, argument by argument."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import Refusal, arguments, construct, keras_value
from netc.compiler.ops.base.kinds import Word
from netc.compiler.recipe.objects.augment import AUGMENTATION_CLASSES
from netc.compiler.recipe.objects.base import TARGETS, Loss, Metric, Optimizer, RecipeObject
from netc.compiler.recipe.objects.callbacks import EarlyStopping, ReduceLROnPlateau
from netc.compiler.recipe.objects.losses import LOSS_CLASSES, LOSS_WORDS
from netc.compiler.recipe.objects.metrics import METRIC_CLASSES, METRIC_WORDS
from netc.compiler.recipe.objects.optimizers import OPTIMIZER_CLASSES, OPTIMIZER_WORDS
from netc.compiler.recipe.objects.schedules import SCHEDULE_CLASSES
from netc.compiler.reference.recipes import MISSING

NOT_IN_TEXT = {"self", "kwargs", "dtype", "data_format", "verbose", "restore_best_weights"}
"""A recipe has no dtypes of single objects, pictures are channels last, and what is kept is said
by `keep`."""

NOT_OF_KERAS = {"accuracy", "Minimize", "Warmup"}
"""`accuracy` becomes one of Keras's accuracies; Keras warms up CosineDecay only, and for `Minimize`
its models call `add_loss`."""

REQUIRED: dict[str, object] = {
    "initial_learning_rate": 0.1,
    "decay_steps": 10,
    "first_decay_steps": 10,
    "decay_rate": 0.5,
    "boundaries": [3],
    "values": [0.1, 0.2],
    "schedule": 0.1,
    "warmup_steps": 5,
    "factor": 0.2,
    "height_factor": 0.1,
    "width_factor": 0.1,
    "height": 4,
    "width": 4,
    "precision": 0.5,
    "recall": 0.5,
    "specificity": 0.5,
    "sensitivity": 0.5,
    "num_classes": 3,
    "target_class_ids": [0],
}
"""A value for every argument that has no default."""

SPECIAL: dict[str, dict[str, object]] = {
    "RandomPosterization": {"factor": 4},
    "F1Score": {"average": Word("macro")},
    "FBetaScore": {"average": Word("macro")},
}

CLASSES: dict[str, type[RecipeObject]] = {
    **{f"loss-{name}": cls for name, cls in LOSS_CLASSES.items()},
    **{f"optimizer-{name}": cls for name, cls in OPTIMIZER_CLASSES.items()},
    **{f"schedule-{name}": cls for name, cls in SCHEDULE_CLASSES.items()},
    **{f"metric-{name}": cls for name, cls in METRIC_CLASSES.items()},
    **{f"augmentation-{name}": cls for name, cls in AUGMENTATION_CLASSES.items()},
    "callback-EarlyStopping": EarlyStopping,
    "callback-ReduceLROnPlateau": ReduceLROnPlateau,
}


T = TypeVar("T", bound=RecipeObject)


def by_words(words: Mapping[str, type[T]]) -> dict[str, T]:
    """What each word alone stands for, where it can be built of nothing."""
    made = {}
    for word, cls in words.items():
        with suppress(Refusal):
            made[word] = construct(cls, cls.given_by(word))
    return made


LOSSES: dict[str, Loss] = by_words(LOSS_WORDS)
METRICS: dict[str, Metric] = by_words(METRIC_WORDS)
OPTIMIZERS: dict[str, Optimizer] = by_words(OPTIMIZER_WORDS)


def cases(*, of_keras: bool = True) -> list[Any]:
    return [
        pytest.param(cls, id=name)
        for name, cls in CLASSES.items()
        if not of_keras or cls.__name__ not in NOT_OF_KERAS
    ]


def theirs(cls: type[RecipeObject]) -> Any:
    home: Any = keras
    for part in cls.module.split("."):
        home = getattr(home, part)
    return getattr(home, cls.__name__)


def made(cls: type[RecipeObject], **given: object) -> RecipeObject:
    needed = {name: REQUIRED[name] for name, a in arguments(cls).items() if a.required}
    return construct(cls, {**needed, **SPECIAL.get(cls.__name__, {}), **given})


@pytest.mark.parametrize("cls", cases())
def test_names_order_and_defaults_are_keras_s(cls: type[RecipeObject]) -> None:
    wanted = {
        name: parameter.default
        for name, parameter in inspect.signature(theirs(cls).__init__).parameters.items()
        if name not in NOT_IN_TEXT and (name != "name" or issubclass(cls, Metric))
    }
    ours = arguments(cls)
    assert list(ours) == list(wanted)
    for name, argument in ours.items():
        if argument.required:
            assert wanted[name] is inspect.Parameter.empty, name
        elif name == "name":
            assert wanted[name] in (None, cls.called)  # type: ignore[attr-defined]
        else:
            assert argument.default == wanted[name], name


@pytest.mark.parametrize("cls", cases(of_keras=False))
def test_every_default_is_a_value_that_the_argument_takes(cls: type[RecipeObject]) -> None:
    for argument in arguments(cls).values():
        if not argument.required:
            assert argument.kind.convert(argument.default) == argument.default, argument.name
        assert argument.doc, argument.name


@pytest.mark.parametrize("cls", cases())
def test_keras_is_given_every_argument(cls: type[RecipeObject]) -> None:
    """What Keras says of the object it built is what the recipe says."""
    ours = made(cls)
    built = keras_value(ours, keras)
    assert type(built) is theirs(cls)
    config = built.get_config() if hasattr(built, "get_config") else {}  # type: ignore[attr-defined]
    for name in arguments(cls):
        value = getattr(ours, name)
        if name in config and name != "name" and not isinstance(value, RecipeObject):
            found = config[name]
            if isinstance(value, tuple):
                assert list(np.ravel(found)) == list(value), name
            elif isinstance(value, float) and isinstance(found, float):
                assert found == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("cls", cases(of_keras=False))
def test_every_object_says_what_it_is(cls: type[RecipeObject]) -> None:
    assert cls.__doc__
    first = cls.__doc__.splitlines()[0]
    assert first.endswith((".", "…")), first
    assert len(first) <= 100


def test_the_losses_that_keras_knows_by_a_word_mean_the_same() -> None:
    for word, loss in LOSSES.items():
        if type(loss).__name__ in NOT_OF_KERAS:
            continue
        function = keras.losses.get(word)
        built = loss.keras_object(keras)
        assert getattr(built, "fn", None) is function or type(built) is type(function), word
        assert loss.targets in TARGETS


def test_the_optimizers_that_keras_knows_by_a_word_mean_the_same() -> None:
    for word, optimizer in OPTIMIZERS.items():
        if word != "lamb":  # Keras exports it, but does not know the word.
            assert type(keras.optimizers.get(word)) is theirs(type(optimizer)), word
        assert type(optimizer).__name__.lower() == word


def test_the_metrics_that_keras_knows_by_a_word_mean_the_same() -> None:
    own = {"acc", "accuracy", "binary_iou", "fbeta_score", "logcosh"}
    for word, metric in METRICS.items():
        if word in own:
            continue
        found = keras.metrics.get(word)
        built = metric.keras_object(keras)
        same = type(found) is type(built) or getattr(built, "_fn", None) is found
        assert same, word


def test_what_needs_no_argument_is_built_from_nothing() -> None:
    for cls in (*LOSS_CLASSES.values(), *OPTIMIZER_CLASSES.values()):
        assert isinstance(construct(cls, {}), cls)


def test_what_keras_needs_is_missed() -> None:
    with pytest.raises(Refusal, match="`RandomCrop` needs `height`"):
        construct(AUGMENTATION_CLASSES["RandomCrop"], {})


@pytest.mark.parametrize("name", ["KLDivergence", "Hinge", "Poisson", "BinaryCrossentropy"])
def test_some_names_are_a_loss_and_a_metric(name: str) -> None:
    assert LOSS_CLASSES[name].module == "losses"
    assert METRIC_CLASSES[name].module == "metrics"


BASES = {"Loss", "Metric", "Optimizer", "LearningRateSchedule", "Layer"}


@pytest.mark.parametrize(
    ("module", "classes"),
    [
        ("losses", LOSS_CLASSES),
        ("optimizers", OPTIMIZER_CLASSES),
        ("optimizers.schedules", SCHEDULE_CLASSES),
        ("metrics", METRIC_CLASSES),
        ("layers", AUGMENTATION_CLASSES),
    ],
)
def test_what_keras_has_is_there_or_said_to_be_missing(
    module: str, classes: dict[str, type[RecipeObject]]
) -> None:
    home: Any = keras
    for part in module.split("."):
        home = getattr(home, part)
    theirs = {
        name
        for name, cls in vars(home).items()
        if inspect.isclass(cls) and (module != "layers" or "image_preprocessing" in cls.__module__)
    }
    layers = {"CenterCrop", "Resizing"}
    missing = theirs - BASES - set(classes) - (layers if module == "layers" else set())
    assert missing == set(MISSING.get(module, {}))
