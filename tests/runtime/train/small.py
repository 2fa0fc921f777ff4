"""Small nets, recipes and data that train in a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import from_arrays
from netc.runtime.runs.history import Ending, Epoch
from netc.runtime.train.outcome import Outcome
from netc.runtime.train.run import train
from netc.runtime.train.watch import Results, Watch
from safetensors.numpy import load_file

IGNORED = "ignore:__array__ implementation:DeprecationWarning"
"""Keras saves by way of a call that NumPy 2 warns of."""

LINEAR = "net Line(x: float32[N, 3]) -> y: [N, 1] { return x -> Dense(1) as line }"
CLASSES = """net Small(x: float32[N, 4]) -> probs: [N, 3] {
  return x -> Dense(8, activation=tanh) as one -> Dense(3, activation=softmax) as two
}"""


def recipe_of(tmp: Path, net: str, settings: str, name: str = "small.net") -> Recipe:
    """The recipe of a file with one net and the settings of its `train` block."""
    title = net.split("(")[0].removeprefix("net ").strip()
    file = tmp / name
    file.write_text(f"{net}\n\ntrain {title} {{\n{settings}\n}}\n")
    recipe, analysis = check_recipe(file)
    assert recipe is not None, [d.message for d in analysis.diagnostics]
    return recipe


def line_data(samples: int = 24, seed: int = 0) -> tuple[Array, Array]:
    """Inputs, and targets that are a line through them with some noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3 + 0.1 * rng.normal(size=(samples, 1))
    return x, y.astype(np.float32)


def class_data(samples: int = 60, seed: int = 0) -> tuple[Array, Array]:
    """Inputs, and one of three classes for each."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 4)).astype(np.float32)
    return x, (x @ np.random.default_rng(1).normal(size=(4, 3))).argmax(axis=1)


@dataclass
class Seen(Watch):
    """A watch that writes down what it is told."""

    steps: list[tuple[int, int]] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, epoch: int, step: int, results: Results) -> None:
        self.steps.append((epoch, step))

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        self.epochs.append(epoch)

    def ending(self, ending: Ending) -> None:
        self.endings.append(ending)

    def note(self, text: str) -> None:
        self.notes.append(text)


def run(
    tmp: Path,
    net: str,
    settings: str,
    data: tuple[Array, Array],
    validation: tuple[Array, Array] | None = None,
    *,
    out: str = "run",
) -> Outcome:
    """Trains a net by the settings of a recipe; the run's folder is `tmp / out`."""
    recipe = recipe_of(tmp, net, settings)
    return train(recipe, dataset_of(recipe, data, validation), tmp / out)


def dataset_of(
    recipe: Recipe, data: tuple[Array, Array], validation: tuple[Array, Array] | None = None
) -> Dataset:
    """Arrays as a recipe's dataset."""
    return from_arrays(recipe, data, validation)


def weights_of(outcome: Outcome) -> dict[str, Array]:
    """The weights that a run kept, by path."""
    return dict(load_file(outcome.folder / "best.safetensors"))


def start(recipe: Recipe) -> dict[str, Array]:
    """The weights that a recipe starts from, by path."""
    source = SeededWeights(recipe.seed)
    return {
        f"{path}/{weight.name}": source.tensor(path, weight).read()
        for path, node in recipe.checked.layers().items()
        for weight in node.weights
    }


def values(outcome: Outcome, name: str) -> list[float]:
    """A figure of all epochs."""
    return [epoch.values[name] for epoch in outcome.history.epochs]
