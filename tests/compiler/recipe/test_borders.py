"""Every object of recipes, with its defaults and with each argument at its borders.

The check takes it or says why not, and what it takes Keras builds and computes with.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import arguments, keras_value
from netc.compiler.recipe.objects.base import (
    Augmentation,
    DataSource,
    Loss,
    Metric,
    Optimizer,
    RecipeObject,
    Schedule,
)
from netc.compiler.recipe.objects.callbacks import EarlyStopping, Keep, ReduceLROnPlateau
from netc.compiler.recipe.objects.families import families
from netc.compiler.recipe.objects.loads import load
from netc.compiler.recipe.recipe import Recipe

from .nets import analyse

ENDS = {
    "binary": ("sigmoid", "binary_crossentropy"),
    "classes": ("softmax", "sparse_categorical_crossentropy"),
    "one_hot": ("softmax", "categorical_crossentropy"),
    "signs": ("tanh", "hinge"),
    "values": ("linear", "mse"),
    "none": ("linear", "minimize"),
}
"""For each form of targets how a net ends that learns them, and a loss that takes them."""

REQUIRED = {
    "initial_learning_rate": "0.1",
    "decay_steps": "10",
    "first_decay_steps": "10",
    "decay_rate": "0.5",
    "boundaries": "[3]",
    "values": "[0.1, 0.2]",
    "schedule": "0.1",
    "warmup_steps": "5",
    "factor": "0.2",
    "height_factor": "0.1",
    "width_factor": "0.1",
    "height": "8",
    "width": "8",
    "precision": "0.5",
    "recall": "0.5",
    "specificity": "0.5",
    "sensitivity": "0.5",
    "num_classes": "3",
    "target_class_ids": "[0]",
    "path": '"data"',
    "file": '"weights.npz"',
}
"""A value for every argument that has no default."""

NEEDED = {
    "F1Score": {"average": "macro"},
    "FBetaScore": {"average": "macro"},
    "IoU": {"sparse_y_pred": "false"},
    "MeanIoU": {"sparse_y_pred": "false"},
    "RandomPosterization": {"factor": "4"},
    "TopKCategoricalAccuracy": {"k": "2"},
    "SparseTopKCategoricalAccuracy": {"k": "2"},
}
"""What else an object must be given to be taken."""

BORDERS = [
    *("-1", "0", "1e-30", "0.5", "1", "1.5", "2", "3", "255", "2147483647", "1e300", "-1e300"),
    *("true", "none", '""', '"x"', "[]", "[0]", "[3]", "[0, 1]", "[1, 0]", "[0.5, 0.5]", "[1, 2]"),
]

rng = np.random.default_rng(0)
CLASSES = rng.integers(0, 3, 6)
SIDES = rng.integers(0, 2, (6, 3)).astype("float32")
P = (np.full((6, 3), 1 / 3) + rng.normal(0, 0.05, (6, 3))).astype("float32")
TARGETS = {
    "classes": CLASSES,
    "one_hot": np.eye(3, dtype="float32")[CLASSES],
    "binary": SIDES,
    "signs": 2 * SIDES - 1,
    "values": P + 0.1,
    "none": P,
}
PICTURES = rng.uniform(0, 255, (4, 8, 8, 3)).astype("float32")


def form_of(cls: type[RecipeObject]) -> str:
    """The form of targets to try an object with."""
    if issubclass(cls, Loss):
        return cls.targets
    if issubclass(cls, Metric):
        return next(form for form in ENDS if form in cls.takes)
    return "one_hot"


def recipe_of(cls: type[RecipeObject], call: str, name: str) -> str:
    """A recipe that has the object in its place."""
    loss, setting = ENDS[form_of(cls)][1], "metrics"
    places = {
        Optimizer: "optimizer",
        Augmentation: "augment",
        DataSource: "data",
        EarlyStopping: "stop",
        ReduceLROnPlateau: "plateau",
        Keep: "keep",
        load: "weights",
    }
    for of, key in places.items():
        if issubclass(cls, of):
            setting = key
    if issubclass(cls, Loss):
        loss, setting, call = call, "seed", "0"
    elif issubclass(cls, Schedule):
        setting, call = "optimizer", f"SGD({call})"
    data = "" if issubclass(cls, DataSource) else 'data = npz("a.npz", validation_split=0.5)'
    return f"train {name} for Net {{\n{data}\nepochs = 300\nloss = {loss}\n{setting} = {call}\n}}\n"


LINES = 6
"""How many a recipe has."""


def object_of(recipe: Recipe, cls: type[RecipeObject]) -> object:
    """What the recipe made of the call."""
    (phase,) = recipe.phases
    (head,) = phase.heads
    if issubclass(cls, Schedule):
        return phase.optimizer.learning_rate  # type: ignore[attr-defined]
    held = [phase.optimizer, head.loss, *head.metrics, *phase.augment, *recipe.loads]
    held += [phase.stop, phase.plateau, phase.keep, recipe.data]
    wanted = cls if cls.__name__ != "accuracy" else Metric
    return next(one for one in held if isinstance(one, wanted))


def calls(name: str, cls: type[RecipeObject]) -> Iterator[list[str]]:
    """The object with its defaults; then for each argument with each value."""
    known = arguments(cls)
    given = {n: REQUIRED[n] for n, argument in known.items() if argument.required}
    given |= NEEDED.get(cls.__name__, {})
    yield [call(name, given)]
    for argument in known.values():
        texts = dict.fromkeys((*BORDERS, *sorted(argument.kind.words)))
        yield [call(name, given | {argument.name: text}) for text in texts]


def call(name: str, given: Mapping[str, str]) -> str:
    return f"{name}({', '.join(f'{argument}={text}' for argument, text in given.items())})"


def compute(made: object, form: str) -> None:
    """What training does with the object, in small."""
    built: Any = keras_value(made, keras)
    if isinstance(made, Loss):
        built(TARGETS[form], P)
    elif isinstance(made, Metric):
        built.update_state(TARGETS[form], P)
        assert np.shape(built.result()) == ()
    elif isinstance(made, Schedule):
        for step in (0, 1, 7, 100):
            assert math.isnan(made.rate(step)) == math.isnan(float(built(step)))
            assert made.rate(step) >= 0
    elif isinstance(made, Augmentation):
        labels = np.eye(3, dtype="float32")[[0, 1, 2, 0]]
        built({"images": PICTURES, "labels": labels} if made.mixes else PICTURES, training=True)


def cases() -> list[Any]:
    return [
        pytest.param(name, cls, id=f"{family.title} {name}")
        for family in families()
        for name, cls in family.classes.items()
    ]


@pytest.mark.parametrize(("name", "cls"), cases())
def test_what_the_check_takes_keras_computes_with(name: str, cls: type[RecipeObject]) -> None:
    form = form_of(cls)
    shape, body = "[N, 4]", "x"
    if issubclass(cls, Augmentation | DataSource):
        shape, body = "[N, 8, 8, 3]", "x -> Flatten"
    net = (
        f"net Net(x: float32{shape}) -> y: [N, 3] {{\n"
        f"  return {body} -> Dense(3, activation={ENDS[form][0]}) as code\n}}\n"
    )
    first, *others = calls(name, cls)
    assert try_calls(net, cls, first) == first
    for written in others:
        try_calls(net, cls, written)


def try_calls(net: str, cls: type[RecipeObject], written: list[str]) -> list[str]:
    """The calls that the check takes, all of which Keras computes with; it refuses the others."""
    recipes = [recipe_of(cls, call, f"R{n}") for n, call in enumerate(written)]
    analysis = analyse(net + "".join(recipes))
    taken = {recipe.name: recipe for recipe in analysis.recipes}
    refused = set()
    for found in analysis.diagnostics:
        if found.severity == "error":
            line = found.span.source.text[: found.span.start].count("\n") - net.count("\n")
            refused.add(f"R{line // LINES}")
    assert taken.keys() | refused == {f"R{n}" for n in range(len(written))}
    assert not taken.keys() & refused
    for name, recipe in taken.items():
        if cls.module:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    compute(object_of(recipe, cls), form_of(cls))
                except Exception as error:
                    raise AssertionError(written[int(name[1:])]) from error
    return [call for n, call in enumerate(written) if f"R{n}" in taken]


@pytest.mark.parametrize("word", ["F1Score", "FBetaScore", "f1_score", "fbeta_score"])
def test_an_object_that_its_defaults_make_impossible_is_a_finding(word: str) -> None:
    text = (
        "net Net(x: float32[N, 4]) -> y: [N, 3] {\n"
        "  return x -> Dense(3, activation=softmax)\n}\n"
        f"train Net {{\n  loss = categorical_crossentropy\n  metrics = [{word}]\n}}\n"
    )
    (found,) = analyse(text).diagnostics
    assert found.code.id == "NET0209"
    assert found.span.text == word
    assert "average=macro" in found.help
