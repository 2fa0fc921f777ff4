"""A small net with a frozen part, and runs of it whose features are kept or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from netc.compiler.ops.base.backend import Array
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import from_arrays

from ..train.small import Seen

NET = """
block Base(x: [N, 8, 8, 3]) -> [N, 6] {
  return x -> Conv2D(6, 3, padding=same, kernel_regularizer=L2(0.1)) as conv
    -> BatchNormalization as norm -> ReLU -> GlobalAveragePooling2D as pooled
}

net Small(image: float32[N, 8, 8, 3]) -> probs: [N, 3] {
  image -> Base as base
  return base -> Dropout(0.3) -> Dense(5, activation=tanh) as one
    -> Dense(3, activation=softmax) as head
}
"""

TWO_PHASES = """
train Small {
  loss         = sparse_categorical_crossentropy
  metrics      = [accuracy]
  class_weight = balanced
  restarts     = 2
  batch        = 8
  cache        = 1
  phase head {
    freeze    = [base]
    optimizer = Adam(0.01)
    plateau   = ReduceLROnPlateau(monitor="val_loss", patience=0, factor=0.5)
    epochs    = 3
  }
  phase all {
    optimizer = SGD(0.01, momentum=0.9)
    epochs    = 2
  }
}
"""

HEAD = """
train Small {
  loss      = sparse_categorical_crossentropy
  batch     = 8
  cache     = 1
  freeze    = [base]
  optimizer = Adam(0.01)
  epochs    = 2
}
"""


@dataclass
class Told(Seen):
    """A watch that also writes down what is said of features."""

    features_told: list[str] = field(default_factory=list)

    def features(self, line: str) -> None:
        self.features_told.append(line)


def recipe_in(folder: Path, text: str) -> Recipe:
    """The recipe of a file that holds the text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.net").write_text(text)
    recipe, analysis = check_recipe(folder / "small.net")
    assert recipe is not None, [d.message for d in analysis.diagnostics]
    return recipe


def pictures(count: int, seed: int = 0) -> tuple[Array, Array]:
    """Pictures whose class is a bright corner, and the classes."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(count, 8, 8, 3)).astype(np.float32), rng.integers(0, 3, count)
    x[np.arange(count), :4, :4, y] += 1
    return x, y


def data_of(recipe: Recipe) -> Dataset:
    """Weighed samples to train on, and a validation part."""
    weights = np.linspace(0.5, 1.5, 42)
    return from_arrays(recipe, pictures(42), pictures(10, 1), sample_weight=weights)
