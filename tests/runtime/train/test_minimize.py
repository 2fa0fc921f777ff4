"""Losses that are outputs of the net: `minimize`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.check import check_files
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.load import load_data
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session
from netc.runtime.report.judge import judge
from netc.runtime.train.options import RunOptions
from netc.runtime.train.run import train

from .small import IGNORED, dataset_of, line_data, recipe_of, run, values, weights_of
from .test_resume import Cut, Cutting

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

CODER = """net Coder(x: float32[N, 3]) -> (y: [N, 1], size: [N]) {
  y = x -> Dense(1) as line
  return y, y ** 2 -> Sum(axis=-1)
}"""
BOTH = """loss = per_output(y=mse, size=minimize)
loss_weights = per_output(size=0.5)
optimizer = SGD(0.1)
batch = all
keep = last"""


def test_a_step_follows_the_gradient_of_the_mean_output(tmp_path: Path) -> None:
    """One step by hand: mse and half of the mean of `y ** 2`."""
    x, y = line_data(9)
    outcome = run(tmp_path, CODER, BOTH, (x, {"y": y}))
    source = SeededWeights(0)
    node = recipe_of(tmp_path, CODER, BOTH).checked.layers()["line"]
    kernel, bias = (source.tensor("line", weight).read().astype(float) for weight in node.weights)
    made = x @ kernel + bias
    figures = outcome.history.epochs[0].values
    assert figures["y_loss"] == pytest.approx(((made - y) ** 2).mean(), rel=1e-5)
    assert figures["size_loss"] == pytest.approx((made**2).mean(), rel=1e-5)
    assert figures["loss"] == pytest.approx(figures["y_loss"] + figures["size_loss"] / 2, rel=1e-5)
    slope = 2 * (made - y) + 0.5 * 2 * made
    found = weights_of(outcome)
    np.testing.assert_allclose(found["line/kernel"], kernel - 0.1 * x.T @ slope / 9, rtol=1e-4)
    np.testing.assert_allclose(found["line/bias"], bias - 0.1 * slope.mean(axis=0), rtol=1e-4)


TRIPLETS = """block Embed(x: [N, 4]) -> [N, 2] {
  return x -> Dense(8, activation=tanh) as hidden -> Dense(2) as code
}

net Embedding(x: float32[N, 4]) -> code: [N, 2] {
  return x -> Embed as embed
}

# The distance to a point of the same group plus 1 should be below that to one of another group.
net Triplets(
  anchor: float32[N, 4], same: float32[N, 4], other: float32[N, 4]
) -> loss: [N] {
  layer embed = Embed
  code = anchor -> embed
  near = (code - (same -> embed)) ** 2 -> Sum(axis=-1)
  far = (code - (other -> embed)) ** 2 -> Sum(axis=-1)
  return near - far + 1 -> ReLU
}

train Triplets {
  data      = npz("triplets.npz", validation_split=0.25)
  loss      = minimize
  optimizer = Adam(0.02)
  batch     = 16
  epochs    = 12
}
"""


def triplets(folder: Path) -> Path:
    """A file with the nets, and triplets of points of three groups that overlap."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(3, 4))

    def points(groups: np.ndarray) -> np.ndarray:
        return np.asarray(centers[groups] + rng.normal(size=(160, 4)) * 0.7, np.float32)

    own = rng.integers(0, 3, 160)
    others = (own + rng.integers(1, 3, 160)) % 3
    named = {"anchor": points(own), "same": points(own), "other": points(others)}
    np.savez(folder / "triplets.npz", **named)
    file = folder / "triplets.net"
    file.write_text(TRIPLETS)
    return file


def test_a_triplet_loss_needs_no_targets_and_teaches_the_net_that_shares_its_block(
    tmp_path: Path,
) -> None:
    recipe, _ = check_recipe(triplets(tmp_path))
    assert recipe is not None
    dataset = load_data(recipe)
    assert not dataset.train.targets
    outcome = train(recipe, dataset, tmp_path / "run")
    loss = values(outcome, "val_loss")
    assert min(loss) < 0.9 * loss[0]

    # What eval computes from the ONNX model is what training measured.
    assert dataset.validation is not None
    session = Session(tmp_path / "run" / "model.onnx")
    found = judge(session, recipe, dataset.validation, dataset.classes)
    assert found.values["loss"] == pytest.approx(min(loss), rel=1e-5)

    # The weights are those of the plain net, by the paths of the block that both use.
    analysis = check_files([recipe.file])
    (embedding,) = [net.graph for net in analysis.nets if net.name == "Embedding"]
    assert embedding is not None
    paths = {f"{p}/{w.name}" for p, node in embedding.layers().items() for w in node.weights}
    assert set(weights_of(outcome)) == paths


def test_a_run_that_is_cut_off_goes_on_alike(tmp_path: Path) -> None:
    recipe, _ = check_recipe(triplets(tmp_path))
    assert recipe is not None
    dataset = load_data(recipe)
    whole = train(recipe, dataset, tmp_path / "whole")
    with pytest.raises(Cut):
        train(recipe, dataset, tmp_path / "cut", RunOptions(watch=Cutting(1, 6, 2)))
    resumed = train(recipe, dataset, tmp_path / "cut", RunOptions(resume=True))
    assert values(resumed, "val_loss") == values(whole, "val_loss")
    for name, array in weights_of(whole).items():
        np.testing.assert_array_equal(weights_of(resumed)[name], array)


def test_the_saved_model_has_layers_of_keras_alone(tmp_path: Path) -> None:
    x, y = line_data(9)
    run(tmp_path, CODER, BOTH, (x, {"y": y}))
    with zipfile.ZipFile(tmp_path / "run" / "model.keras") as file:
        config = json.loads(file.read("config.json"))
    modules = {layer["module"].split(".")[0] for layer in config["config"]["layers"]}
    assert modules == {"keras"}
    assert not config.get("compile_config")


@pytest.mark.parametrize("extra", [{"size": np.zeros(9)}, {}])
def test_arrays_are_asked_for_what_has_targets_only(
    tmp_path: Path, extra: dict[str, np.ndarray]
) -> None:
    x, y = line_data(9)
    recipe = recipe_of(tmp_path, CODER, BOTH)
    if not extra:
        assert set(dataset_of(recipe, (x, {"y": y})).train.targets) == {"y"}
        return
    with pytest.raises(UserError, match="are called `y`, `size`, but the net has `y`"):
        dataset_of(recipe, (x, {"y": y} | extra))


def test_targets_that_no_loss_takes_are_refused(tmp_path: Path) -> None:
    x, y = line_data(9)
    recipe = recipe_of(tmp_path, CODER, "loss = per_output(size=minimize)")
    assert not dataset_of(recipe, (x, {})).train.targets
    with pytest.raises(UserError, match="no loss of the recipe takes some"):
        dataset_of(recipe, (x, y))


def test_mixing_samples_leaves_the_output_without_targets_alone(tmp_path: Path) -> None:
    net = """net Pictures(x: float32[N, 6, 6, 1]) -> (probs: [N, 3], size: [N]) {
      code = x -> Flatten -> Dense(3)
      return code -> Softmax, code ** 2 -> Sum(axis=-1)
    }"""
    settings = """loss = per_output(probs=categorical_crossentropy, size=minimize)
      augment = [MixUp]
      precision = mixed_bfloat16
      jit = true"""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 6, 6, 1)).astype(np.float32), rng.integers(0, 3, 20)
    outcome = run(tmp_path, net, settings, (x, {"probs": y}))
    assert outcome.good
    assert np.isfinite(values(outcome, "size_loss")).all()
