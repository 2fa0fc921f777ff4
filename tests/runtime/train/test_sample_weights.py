"""Weights of samples and of classes: each output's loss and weighted metrics follow them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array
from netc.runtime.api.api import train as train_by_recipe
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli import execute as netc
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.report.write import weighing
from netc.runtime.train.options import RunOptions
from netc.runtime.train.plan import plan_lines
from netc.runtime.train.run import train

from .small import CLASSES, IGNORED, class_data, recipe_of, values, weights_of
from .test_resume import Cut, Cutting

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

TWO = """net Two(x: float32[N, 4]) -> (kind: [N, 3], size: [N, 5, 1], close: [N, 2]) {
  x -> Dense(8, activation=tanh) as trunk
  return trunk -> Dense(3, activation=softmax) as kind,
    trunk -> Dense(5) -> Reshape([5, 1]), trunk -> Dense(2) -> Softplus
}"""
SETTINGS = """loss = per_output(kind=categorical_crossentropy + 0.5 * mse, size=mae, close=minimize)
loss_weights = per_output(size=0.5, close=0.1)
class_weight = per_output(kind=[1, 4, 0.5])
metrics = per_output(kind=[accuracy])
weighted_metrics = per_output(kind=[accuracy], size=[mse])
optimizer = SGD(0.1, momentum=0.9)
batch = all
epochs = 4
keep = last"""


def weighed(samples: int = 30) -> tuple[Array, dict[str, Array], Array]:
    x, kinds = class_data(samples)
    size = np.repeat(x[:, :1], 5, axis=1)[..., None]
    weights = np.random.default_rng(3).uniform(0.1, 3, samples).astype(np.float32)
    return x, {"kind": kinds, "size": size}, weights


def test_losses_metrics_and_steps_are_those_of_plain_keras_fit(tmp_path: Path) -> None:
    """Keras gets what each sample of each output weighs as arrays, worked out by hand."""
    from netc.compiler.lower.keras.lower import lower_keras

    x, y, weights = weighed()
    recipe = recipe_of(tmp_path, TWO, SETTINGS)
    dataset = from_arrays(
        recipe,
        (x, y),
        (x[:9], {k: v[:9] for k, v in y.items()}),
        sample_weight={"train": weights, "validation": weights[:9]},
    )
    ours = train(recipe, dataset, tmp_path / "run")

    plain = lower_keras(recipe.checked, SeededWeights(0))
    entropy, squares = keras.losses.CategoricalCrossentropy(), keras.losses.MeanSquaredError()

    def both(_: object, a: object, b: object, w: object = None) -> object:
        return entropy(a, b, w) + 0.5 * squares(a, b, w)

    loss = keras.losses.Loss
    sums = type("Sums", (loss,), {"__call__": both})()
    itself = type("Itself", (loss,), {"call": lambda _, y_true, y_pred: y_pred})()
    plain.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        [sums, keras.losses.MeanAbsoluteError(), itself],
        loss_weights=[1, 0.5, 0.1],
        metrics=[["accuracy"], [], []],
        weighted_metrics=[[keras.metrics.CategoricalAccuracy(name="w")], ["mse"], []],
    )
    hot = np.eye(3)[y["kind"]]
    steps, pairs = np.repeat(weights[:, None], 5, 1), np.repeat(weights[:, None], 2, 1)
    by_class = weights * np.array([1, 4, 0.5])[y["kind"]]
    theirs = plain.fit(
        x,
        [hot, y["size"], np.zeros(30)],
        sample_weight=[by_class, steps, pairs],
        validation_data=(
            x[:9],
            [hot[:9], y["size"][:9], np.zeros(9)],
            [weights[:9], steps[:9], pairs[:9]],
        ),
        batch_size=30,
        epochs=4,
        shuffle=False,
        verbose=0,
    ).history
    outputs = dict(zip(("kind", "size", "close"), plain.output_names, strict=True))
    names = {"loss": "loss"}
    names |= {f"{ours}_loss": f"{name}_loss" for ours, name in outputs.items()}
    names["kind_accuracy"] = f"{outputs['kind']}_accuracy"
    names["kind_weighted_accuracy"] = f"{outputs['kind']}_w"
    names["size_weighted_mse"] = f"{outputs['size']}_mse"
    for name, other in names.items():
        for part in ("", "val_"):
            found = values(ours, part + name)
            np.testing.assert_allclose(found, theirs[part + other], rtol=1e-4, err_msg=part + name)
    variable = plain.get_layer("trunk").kernel
    np.testing.assert_allclose(weights_of(ours)["trunk/kernel"], variable, rtol=1e-3, atol=1e-5)


NPZ = (
    CLASSES.replace("Small", "Rows")
    + """
train Rows {
  data = npz("rows.npz", test="test.npz", validation_split=0.25, sample_weight="w")
  loss = sparse_categorical_crossentropy
  metrics = [accuracy]
  weighted_metrics = [accuracy, SparseTopKCategoricalAccuracy(2)]
  optimizer = Adam(0.02)
  batch = 16
  epochs = 6
}
"""
)


def rows(folder: Path) -> Path:
    for name, count in (("rows", 80), ("test", 30)):
        x, y = class_data(count, seed=count)
        w = np.random.default_rng(count).uniform(0, 2, count)
        np.savez(folder / f"{name}.npz", x=x, y=y, w=w)
    (folder / "rows.net").write_text(NPZ)
    return folder / "rows.net"


def test_eval_and_report_say_which_figures_are_weighted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, _ = check_recipe(rows(tmp_path))
    assert recipe is not None
    dataset = load_data(recipe)
    outcome = train(recipe, dataset, tmp_path / "run")
    assert dataset.test is not None
    file = str(recipe.file)
    assert netc(["eval", file, "--run", str(tmp_path / "run"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    weighted = ["loss", "weighted_accuracy", "weighted_sparse_top_k_categorical_accuracy"]
    assert found["weighted"] == weighted

    from netc.runtime.infer.session import Session

    (x,), labels = dataset.test.inputs.values(), dataset.test.targets["probs"]
    assert isinstance(x, np.ndarray)
    p = Session(outcome.folder / "model.onnx").run({"x": x})["probs"].astype(float)
    w = dataset.test.weights
    assert w is not None
    right = p.argmax(axis=1) == labels
    losses = -np.log(p[np.arange(30), labels])
    second = (p >= np.sort(p, axis=1)[:, 1:2])[np.arange(30), labels]
    assert found["metrics"] == pytest.approx(
        {
            "loss": (w * losses).mean(),
            "accuracy": right.mean(),
            "weighted_accuracy": (w * right).sum() / w.sum(),
            "weighted_sparse_top_k_categorical_accuracy": (w * second).sum() / w.sum(),
        },
        rel=1e-4,
    )
    assert netc(["eval", file, "--run", str(tmp_path / "run")]) == 0
    assert f"samples count by their weights in {', '.join(weighted)}" in capsys.readouterr().out
    (note,) = weighing(recipe, dataset)
    assert note.startswith(f"Samples have weights; {', '.join(weighted)} count each by its own")


def test_a_run_that_is_cut_off_goes_on_alike(tmp_path: Path) -> None:
    recipe, _ = check_recipe(rows(tmp_path))
    assert recipe is not None
    dataset = load_data(recipe)
    whole = train(recipe, dataset, tmp_path / "whole")
    with pytest.raises(Cut):
        train(recipe, dataset, tmp_path / "cut", RunOptions(watch=Cutting(1, 3, 2)))
    resumed = train(recipe, dataset, tmp_path / "cut", RunOptions(resume=True))
    assert resumed.history.epochs[-1].values == whole.history.epochs[-1].values


def test_a_dry_run_says_what_samples_weigh(tmp_path: Path) -> None:
    recipe, _ = check_recipe(rows(tmp_path))
    assert recipe is not None
    dataset = load_data(recipe)
    low, high = (f(dataset.train.weights) for f in (np.min, np.max))
    assert f"sample weights: {low:g} to {high:g}" in plan_lines(recipe, dataset)


def test_arrays_from_python_bring_weights_by_part(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, CLASSES, "loss = sparse_categorical_crossentropy")
    x, y = class_data(12)
    made = from_arrays(recipe, (x, y), (x, y), sample_weight=np.arange(12))
    assert made.train.weights is not None
    assert made.train.weights.tolist() == list(range(12))
    assert made.validation is not None
    assert made.validation.weights is None
    with pytest.raises(UserError, match="sample_weight is for `test`, but the parts are train"):
        from_arrays(recipe, (x, y), sample_weight={"test": np.ones(12)})
    with pytest.raises(UserError, match=r"float64\[3\], but there are 12 samples"):
        from_arrays(recipe, (x, y), sample_weight=np.ones(3))
    with pytest.raises(UserError, match="weighs the samples of `data`, and there are none"):
        train_by_recipe(recipe.file, sample_weight=np.ones(3))
