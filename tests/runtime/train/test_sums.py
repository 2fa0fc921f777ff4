"""Sums of losses: a step follows their gradient, and each has its figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session
from netc.runtime.report.judge import judge

from .small import CLASSES, IGNORED, class_data, dataset_of, recipe_of, run, values, weights_of

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

SOFTMAX = (
    "net Soft(x: float32[N, 4]) -> p: [N, 3] { return x -> Dense(3, activation=softmax) as a }"
)
ONE_STEP = """optimizer = SGD(0.5)
batch = all
keep = last"""


def test_a_step_follows_the_gradient_of_the_sum(tmp_path: Path) -> None:
    """By hand: cross-entropy and 0.3 of the mean squared error, of a softmax."""
    x, labels = class_data(11)
    settings = f"loss = categorical_crossentropy + 0.3 * MeanSquaredError\n{ONE_STEP}"
    outcome = run(tmp_path, SOFTMAX, settings, (x, labels))
    node = recipe_of(tmp_path, SOFTMAX, settings).checked.layers()["a"]
    kernel, bias = (SeededWeights(0).tensor("a", w).read().astype(float) for w in node.weights)
    y, scores = np.eye(3)[labels], x @ kernel + bias
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    entropy, squares = -(y * np.log(p)).sum(axis=1).mean(), ((p - y) ** 2).mean()

    figures = outcome.history.epochs[0].values
    assert figures["loss"] == pytest.approx(entropy + 0.3 * squares, rel=1e-5)
    assert figures["categorical_crossentropy_loss"] == pytest.approx(entropy, rel=1e-5)
    assert figures["mean_squared_error_loss"] == pytest.approx(squares, rel=1e-5)

    towards = 2 / 3 * (p - y)
    slope = (p - y) + 0.3 * p * (towards - (towards * p).sum(axis=1, keepdims=True))
    found = weights_of(outcome)
    np.testing.assert_allclose(found["a/kernel"], kernel - 0.5 * x.T @ slope / 11, rtol=1e-4)
    np.testing.assert_allclose(found["a/bias"], bias - 0.5 * slope.mean(axis=0), rtol=1e-4)


def test_a_loss_times_a_number_is_a_weight(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, CLASSES, "loss = 0.25 * categorical_crossentropy")
    (head,) = recipe.phases[0].heads
    assert (type(head.loss).__name__, head.weight) == ("CategoricalCrossentropy", 0.25)


def test_the_parts_of_several_outputs_are_logged_and_measured_again(tmp_path: Path) -> None:
    """What the report computes of the ONNX model is what training measured."""
    net = """net Two(x: float32[N, 4]) -> (kind: [N, 3], size: [N, 1]) {
      return x -> Dense(3, activation=softmax), x -> Dense(1)
    }"""
    settings = """loss = per_output(
        kind=categorical_crossentropy + 2 * Dice(axis=-1), size=mse + mae
      )
      loss_weights = per_output(kind=0.5)
      metrics = per_output(size=[mse])
      stop = EarlyStopping("val_kind_dice_loss", patience=2)
      epochs = 4
      batch = 12"""
    x, kinds = class_data(60)
    data = (x, {"kind": kinds, "size": x[:, :1]})
    held = (x[:24], {"kind": kinds[:24], "size": x[:24, :1]})
    outcome = run(tmp_path, net, settings, data, held)
    figures = outcome.history.epochs[-1].values
    assert figures["loss"] == pytest.approx(
        0.5 * (figures["kind_categorical_crossentropy_loss"] + 2 * figures["kind_dice_loss"])
        + figures["size_mean_squared_error_loss"]
        + figures["size_mean_absolute_error_loss"],
        rel=1e-5,
    )
    recipe = recipe_of(tmp_path, net, settings)
    part = dataset_of(recipe, data, held).validation
    assert part is not None
    assert outcome.kept is not None
    found = judge(Session(tmp_path / "run" / "model.onnx"), recipe, part, ()).values
    kept = outcome.history.epochs[outcome.kept.epoch - 1].values
    assert {f"val_{name}" for name in found} == {n for n in kept if n.startswith("val_")}
    for name, value in found.items():
        assert value == pytest.approx(kept[f"val_{name}"], rel=1e-4), name


def test_sums_train_in_half_precision_compiled(tmp_path: Path) -> None:
    settings = """loss = categorical_crossentropy + 0.1 * mse
      precision = mixed_bfloat16
      jit = true
      epochs = 3"""
    outcome = run(tmp_path, CLASSES, settings, class_data())
    assert np.isfinite(values(outcome, "mean_squared_error_loss")).all()
