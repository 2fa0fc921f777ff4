"""Losses on tensors inside the net: their gradient is followed, and the model lacks them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli import execute as netc
from netc.runtime.data.load import load_data
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session
from netc.runtime.report.judge import judge
from netc.runtime.report.measures import untried_note
from netc.runtime.train.options import RunOptions
from netc.runtime.train.plan import plan_lines
from netc.runtime.train.run import train

from .small import IGNORED, class_data, dataset_of, line_data, recipe_of, run, values, weights_of
from .test_resume import Cut, Cutting

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

DEEP = """net Deep(x: float32[N, 3]) -> y: [N, 1] {
  x -> Dense(2) as code -> Dense(1) as side
  return code -> Dense(1) as line
}"""
ONE_STEP = """loss = per_output(y=mse, side=0.4 * mae, code=0.1 * minimize)
optimizer = SGD(0.1)
batch = all
keep = last"""


def test_a_step_follows_the_gradient_of_all_its_losses(tmp_path: Path) -> None:
    """By hand: mse of the output, 0.4 of the mae of a side head, 0.1 of the mean of the code."""
    x, y = line_data(12)
    outcome = run(tmp_path, DEEP, ONE_STEP, (x, y))
    layers = recipe_of(tmp_path, DEEP, ONE_STEP).trained.layers()
    w = {
        path: [SeededWeights(0).tensor(path, each).read().astype(float) for each in node.weights]
        for path, node in layers.items()
        if node.weights
    }
    code = x @ w["code"][0] + w["code"][1]
    made, side = code @ w["line"][0] + w["line"][1], code @ w["side"][0] + w["side"][1]
    figures = outcome.history.epochs[0].values
    assert figures["y_loss"] == pytest.approx(((made - y) ** 2).mean(), rel=1e-5)
    assert figures["side_loss"] == pytest.approx(np.abs(side - y).mean(), rel=1e-5)
    assert figures["code_loss"] == pytest.approx(code.mean(), rel=1e-4)
    total = figures["y_loss"] + 0.4 * figures["side_loss"] + 0.1 * figures["code_loss"]
    assert figures["loss"] == pytest.approx(total, rel=1e-5)

    slope, aside = 2 * (made - y) / 12, 0.4 * np.sign(side - y) / 12
    into = slope @ w["line"][0].T + aside @ w["side"][0].T + 0.1 / code.size
    found = weights_of(outcome)
    np.testing.assert_allclose(found["code/kernel"], w["code"][0] - 0.1 * x.T @ into, rtol=1e-4)
    np.testing.assert_allclose(found["line/kernel"], w["line"][0] - 0.1 * code.T @ slope, rtol=1e-4)


def test_the_model_and_its_weights_are_those_of_the_net_alone(tmp_path: Path) -> None:
    x, y = line_data(12)
    outcome = run(tmp_path, DEEP, ONE_STEP, (x, y))
    folder = tmp_path / "run"
    session = Session(folder / "model.onnx")
    assert [spec.name for spec in session.outputs] == ["y"]
    saved = keras.saving.load_model(folder / "model.keras")
    assert {layer.name for layer in saved.layers} == {"x", "code", "line"}
    assert set(weights_of(outcome)) == {
        f"{layer}/{name}" for layer in ("code", "line") for name in ("kernel", "bias")
    }
    weights, out = str(folder / "best.safetensors"), str(tmp_path / "out.onnx")
    assert netc(["compile", str(tmp_path / "small.net"), "--weights", weights, "-o", out]) == 0


GOOGLE = """block Aux(x: [N, C]) -> [N, 3] {
  return x -> Dense(4, activation=tanh) -> Dense(3, activation=softmax) as probs
}

net Google(x: float32[N, 4]) -> probs: [N, 3] {
  x -> Dense(6, activation=tanh) as low -> Aux as aux
  return low -> Dense(6, activation=tanh) as high -> Dense(3, activation=softmax)
}

train Google {
  data = npz("rows.npz", validation_split=0.25, sample_weight="w")
  loss = per_output(
    probs=categorical_crossentropy,
    "aux"=0.3 * (sparse_categorical_crossentropy + sparse_categorical_crossentropy),
    "low"=0.01 * minimize,
  )
  class_weight = [1, 2, 0.5]
  metrics = per_output(probs=accuracy, "aux"=accuracy)
  weighted_metrics = [accuracy]
  optimizer = Adam(0.01)
  batch = 12
  keep = best("val_probs_loss")

  phase below {
    loss = per_output("aux"=sparse_categorical_crossentropy)
    metrics = per_output("aux"=accuracy)
    weighted_metrics = none
    keep = best("val_accuracy")
    epochs = 2
  }
  phase all {
    epochs = 3
  }
  phase frozen {
    freeze = [aux]
    epochs = 2
  }
}
"""


def google(folder: Path) -> Path:
    x, y = class_data(96)
    np.savez(folder / "rows.npz", x=x, y=y, w=np.random.default_rng(1).uniform(0.5, 2, 96))
    file = folder / "google.net"
    file.write_text(GOOGLE)
    return file


def test_phases_and_a_resumed_run_go_on_alike(tmp_path: Path) -> None:
    """Heads that one phase trains keep their weights for the next."""
    recipe, analysis = check_recipe(google(tmp_path))
    assert recipe is not None, analysis.diagnostics
    dataset = load_data(recipe)
    whole = train(recipe, dataset, tmp_path / "whole")
    with pytest.raises(Cut):
        train(recipe, dataset, tmp_path / "cut", RunOptions(watch=Cutting(1, 4, 2)))
    resumed = train(recipe, dataset, tmp_path / "cut", RunOptions(resume=True))
    assert [e.values for e in resumed.history.epochs] == [e.values for e in whole.history.epochs]
    for name, array in weights_of(whole).items():
        np.testing.assert_array_equal(weights_of(resumed)[name], array)

    first, *_, last = whole.history.epochs[:7]
    assert {n for n in first.values if "val_" not in n} == {"loss", "accuracy"}
    assert {n for n in last.values if "val_" not in n} == {
        "loss",
        "probs_loss",
        "aux_loss",
        "low_loss",
        "probs_accuracy",
        "probs_weighted_accuracy",
        "aux_accuracy",
        "aux_sparse_categorical_crossentropy_loss",
        "aux_sparse_categorical_crossentropy_part2_loss",
    }


def test_eval_measures_what_the_model_gives_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, _ = check_recipe(google(tmp_path))
    assert recipe is not None
    dataset = load_data(recipe)
    outcome = train(recipe, dataset, tmp_path / "run")
    assert dataset.validation is not None
    found = judge(Session(tmp_path / "run" / "model.onnx"), recipe, dataset.validation, ()).values
    assert outcome.kept is not None
    kept = outcome.history.epochs[outcome.kept.epoch - 1].values
    assert set(found) == {"probs_loss", "probs_accuracy", "probs_weighted_accuracy"}
    for name, value in found.items():
        assert value == pytest.approx(kept[f"val_{name}"], rel=1e-4), name

    capsys.readouterr()
    args = ["eval", str(recipe.file), "--run", str(tmp_path / "run"), "--part", "validation"]
    assert netc([*args, "--format", "json"]) == 0
    shown = capsys.readouterr()
    assert "note: the losses of `aux`, `low` belong to training" in shown.err
    assert json.loads(shown.out)["weighted"] == ["probs_loss", "probs_weighted_accuracy"]
    assert untried_note(recipe).startswith("The losses of `aux`, `low` belong to training")


def test_a_dry_run_says_whose_targets_are_learned_and_what_the_model_lacks(tmp_path: Path) -> None:
    recipe, _ = check_recipe(google(tmp_path))
    assert recipe is not None
    lines = plan_lines(recipe, load_data(recipe))
    assert "`aux` learns the targets of `probs`, inside the net" in lines
    assert "`low` is made small, inside the net" in lines
    assert f"{6 * 4 + 4 + 4 * 3 + 3} parameters are for training alone" in lines


def test_outputs_that_share_targets_need_one_array(tmp_path: Path) -> None:
    net = """net Masks(x: float32[N, 3]) -> (one: [N, 1], two: [N, 1]) {
      return x -> Dense(1), x -> Dense(1)
    }"""
    settings = "loss = mse\ntargets = per_output(one=two)\nepochs = 3\noptimizer = SGD(0.1)"
    x, y = line_data(24)
    recipe = recipe_of(tmp_path, net, settings)
    assert set(dataset_of(recipe, (x, y)).train.targets) == {"two"}
    outcome = run(tmp_path, net, settings, (x, y))
    assert values(outcome, "one_loss")[-1] < values(outcome, "one_loss")[0]


def test_inner_losses_train_in_half_precision_compiled(tmp_path: Path) -> None:
    settings = ONE_STEP.replace("batch = all", "precision = mixed_bfloat16\njit = true\nbatch = 7")
    outcome = run(tmp_path, DEEP, settings, line_data(24))
    assert np.isfinite(values(outcome, "side_loss")).all()
