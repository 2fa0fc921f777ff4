"""Steps that a mask leaves out count in no figure, as Keras's `evaluate` has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array
from netc.runtime.cli.judged import judged_on
from netc.runtime.data.load import from_arrays
from netc.runtime.infer.keras_module import import_keras

from .runs import run_folder

keras = import_keras()

TAGS = """net Tags(ids: int32[N, 6]) -> tags: [N, 6, 3] {
  return ids -> Embedding(9, 4, mask_zero=true) -> LSTM(5, return_sequences=true)
    -> Dense(3, activation=softmax)
}
train Tags { loss = sparse_categorical_crossentropy
  metrics = [accuracy] }"""
UNUSED = """net Tags(ids: int32[N, 6]) -> tags: [N, 6, 1] {
  return ids -> Embedding(9, 4, mask_zero=true) -> Dropout(0.5) -> Dense(1) -> Sigmoid
}
train Tags { loss = binary_crossentropy
  metrics = [accuracy]
  weighted_metrics = [BinaryCrossentropy(name="bits")] }"""
CONFUSED = UNUSED.replace(
    "[accuracy]", '[AUC(name="auc"), Precision(name="sure"), Recall(name="found")]'
)
INSIDE = """net Tags(x: float32[N, 6, 2]) -> tags: [N, 6, 2] {
  return x -> Dense(4, activation=relu) -> Masking -> Dense(2)
}
train Tags { loss = mean_squared_error
  metrics = [mean_absolute_error] }"""
ONE_OF_TWO = """net Tags(ids: int32[N, 6]) -> (tags: [N, 6, 3], whole: [N, 3]) {
  x = ids -> Embedding(9, 4, mask_zero=true) -> GRU(5, return_sequences=true)
  return x -> Dense(3) as tag, x -> GlobalAveragePooling1D -> Dense(3) as all
}
train Tags {
  loss = per_output(
    tags=CategoricalCrossentropy(from_logits=true),
    whole=CategoricalCrossentropy(from_logits=true),
  )
  metrics = per_output(tags=[categorical_accuracy], whole=[categorical_accuracy]) }"""


def drawn(net: str) -> tuple[Array, Array | dict[str, Array]]:
    """Samples of a net of this file, and targets at all steps, those that are masked too."""
    rng = np.random.default_rng(5)
    ids = rng.integers(1, 9, (12, 6)).astype(np.int32)
    ids[np.arange(6) >= rng.integers(1, 6, (12, 1))] = 0
    if net == INSIDE:
        x = rng.normal(size=(12, 6, 2)).astype(np.float32)
        return x, rng.normal(size=(12, 6, 2)).astype(np.float32)
    if net in (UNUSED, CONFUSED):
        return ids, rng.integers(0, 2, (12, 6, 1))
    tags = rng.integers(0, 3, (12, 6))
    return ids, tags if net == TAGS else {"tags": tags, "whole": rng.integers(0, 3, 12)}


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("net", [TAGS, UNUSED, INSIDE, ONE_OF_TWO])
def test_figures_are_those_of_keras(tmp_path: Path, net: str, weighed: bool) -> None:
    run, _, recipe = run_folder(tmp_path, "tags", net)
    x, y = drawn(net)
    weights = np.arange(1, 13, dtype=np.float32) / 4 if weighed else None
    part = replace(from_arrays(recipe, (x, y)).train, weights=weights)
    judged = judged_on(run, part, recipe, ())

    model = lower_keras(recipe.checked, SeededWeights(1), keras=keras)
    heads = recipe.phases[-1].heads
    model.output_names = [head.output for head in heads]
    model.compile(
        loss=[head.loss.keras_object(keras) for head in heads],
        metrics=[[m.for_targets(h.targets).keras_object(keras) for m in h.metrics] for h in heads],
        weighted_metrics=[
            [m.for_targets(h.targets).keras_object(keras) for m in h.weighted] for h in heads
        ],
    )
    # Beside a mask Keras takes a weight for each step alone.
    steps = None if weights is None else np.repeat(weights[:, None], 6, axis=1)
    given = [weights if steps is None or h.output == "whole" else steps for h in heads]
    wanted = model.evaluate(
        x,
        one_hot(y) if isinstance(y, dict) else y,
        12,
        0,
        given if len(heads) > 1 and weighed else given[0],
        return_dict=True,
    )
    assert {
        name.replace("weighted_", ""): value for name, value in judged.values.items()
    } == pytest.approx(wanted, rel=1e-4)
    if net == TAGS:
        assert judged.confusion is not None
        assert judged.confusion.counts.sum() == (x != 0).sum()
    else:
        assert (net == INSIDE) == (judged.estimated is not None)


def test_figures_that_keras_computes_of_masked_steps_too_leave_them_out(tmp_path: Path) -> None:
    run, _, recipe = run_folder(tmp_path, "tags", CONFUSED)
    x, y = drawn(CONFUSED)
    assert isinstance(y, np.ndarray)
    judged = judged_on(run, from_arrays(recipe, (x, y)).train, recipe, ())
    p = lower_keras(recipe.checked, SeededWeights(1), keras=keras)(x).numpy()
    for metric in recipe.phases[-1].heads[0].metrics:
        wanted = metric.for_targets("binary").keras_object(keras)
        wanted.update_state(y[x != 0], p[x != 0])
        assert judged.values[wanted.name] == pytest.approx(float(wanted.result()), rel=1e-4)


def one_hot(targets: dict[str, Array]) -> list[Array]:
    """Classes as the loss of each output wants them."""
    return [np.eye(3, dtype=np.float32)[classes] for classes in targets.values()]


def test_answers_of_as_many_steps_as_samples_are_not_those_of_samples(tmp_path: Path) -> None:
    run, _, recipe = run_folder(tmp_path, "tags", TAGS)
    ids = np.zeros((6, 6), np.int32)
    ids[0] = 1 + np.arange(6)
    tags = np.zeros((6, 6), np.int32)
    judged = judged_on(run, from_arrays(recipe, (ids, tags)).train, recipe, ())
    assert judged.confusion is not None
    assert judged.confusion.counts.sum() == 6
    assert judged.mistakes == ()
