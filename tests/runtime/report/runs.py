"""Run folders as a training leaves them, with fresh weights in place of trained ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import load_data
from netc.runtime.train.resumable import fingerprint
from netc.runtime.weights import save_safetensors

CLASSIFIER = """\
net Digits(image: float32[N, 12, 12, 1]) -> probs: [N, 3] {
  return image -> Flatten
    -> Dense(8, activation=tanh, kernel_regularizer=L2(0.01))
    -> Dense(3, activation=softmax)
}

train Digits {
  data      = npz("digits.npz", validation_split=0.25, test_split=0.25, classes=NAMES)
  loss      = sparse_categorical_crossentropy
  optimizer = SGD(0.1)
  metrics   = [accuracy, SparseTopKCategoricalAccuracy(2, name="top2")]
  epochs    = 3
}
"""

REGRESSION = """\
net Line(x: float32[N, 4]) -> y: [N, 1] {
  return x -> Dense(5, activation=relu) -> Dense(1)
}

train Line {
  data      = npz("line.npz", validation_split=0.25)
  loss      = mean_squared_error
  optimizer = SGD(0.1)
  metrics   = [mean_absolute_error, r2_score]
}
"""

SIDES = """\
net Sides(x: float32[N, 4]) -> p: [N, 1] {
  return x -> Dense(5, activation=relu) -> Dense(1, activation=sigmoid)
}

train Sides {
  data      = npz("sides.npz", test_split=0.5)
  loss      = binary_crossentropy
  optimizer = SGD(0.1)
  metrics   = [accuracy, AUC, AUC(curve=PR, name="pr"), Precision]
}
"""


@dataclass(frozen=True)
class Made:
    """A run folder, the recipe it is of, and its data."""

    run: Path
    file: Path
    recipe: Recipe
    dataset: Dataset


def classifier(folder: Path, names: tuple[str, ...] = ("a", "b", "c")) -> Made:
    """A run of a net that tells three kinds of pictures apart."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (80, 12, 12, 1)).astype("float32")
    y = rng.integers(0, 3, 80).astype("int32")
    np.savez(folder / "digits.npz", x=x, y=y)
    listed = "[" + ", ".join(f'"{name}"' for name in names) + "]"
    return made(folder, "digits", CLASSIFIER.replace("NAMES", listed))


def regression(folder: Path) -> Made:
    """A run of a net that gives one value."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)).astype("float32")
    np.savez(folder / "line.npz", x=x, y=x.sum(axis=1, keepdims=True))
    return made(folder, "line", REGRESSION)


def sides(folder: Path) -> Made:
    """A run of a net that says yes or no."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)).astype("float32")
    np.savez(folder / "sides.npz", x=x, y=(x.sum(axis=1) > 0).astype("int32"))
    return made(folder, "sides", SIDES)


def made(folder: Path, name: str, text: str) -> Made:
    """The run folder `<folder>/runs/<recipe>` of a recipe whose data are in the folder."""
    run, file, recipe = run_folder(folder, name, text)
    return Made(run, file, recipe, load_data(recipe))


def run_folder(folder: Path, name: str, text: str) -> tuple[Path, Path, Recipe]:
    """The run folder of a recipe, its file, and the recipe."""
    file = folder / f"{name}.net"
    file.write_text(text)
    recipe, analysis = check_recipe(file)
    assert recipe is not None, analysis.diagnostics
    run = folder / "runs" / recipe.name
    run.mkdir(parents=True)
    weights = SeededWeights(1)
    write_onnx(compile_onnx(recipe.checked, weights), run / "model.onnx")
    save_safetensors(run / "best.safetensors", recipe.checked, weights)
    facts = {"net": recipe.net, "graph": fingerprint(recipe.checked)}
    (run / "run.json").write_text(json.dumps(facts))
    return run, file, recipe
