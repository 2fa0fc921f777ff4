"""Losses of several outputs are weighed and named as Keras does; penalties count once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.base import TARGETS
from netc.compiler.recipe.objects.losses import LOSS_CLASSES
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.load import from_arrays
from netc.runtime.report.measures import _loss, _metric, measure

from ...compiler.recipe.test_objects import METRICS

TWO = """\
net Two(x: float32[N, 2]) -> (left: [N, 1], right: [N, 1]) {
  return x -> Dense(1), x -> Dense(1)
}

train Two {
  loss         = per_output(left=mse, right=mae)
  loss_weights = per_output(left=0.5, right=3)
  metrics      = per_output(right=[mse])
}
"""


def test_losses_are_weighed_and_named_by_their_outputs(tmp_path: Path) -> None:
    (tmp_path / "two.net").write_text(TWO)
    recipe, analysis = check_recipe(tmp_path / "two.net")
    assert recipe is not None, analysis.diagnostics
    zeros = np.zeros((4, 1), np.float32)
    part = from_arrays(recipe, (np.zeros((4, 2)), {"left": zeros, "right": zeros})).train
    found = measure(recipe, part, {"left": zeros + 4, "right": zeros - 2}, penalty=0.25)
    assert found == pytest.approx(
        {"loss": 0.25 + 0.5 * 16 + 3 * 2, "left_loss": 16, "right_loss": 2, "right_mse": 4}
    )


def sides(targets: str) -> tuple[np.ndarray, np.ndarray]:
    """Targets of a form, and outputs for them, of 12 samples with three units."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, 12)
    p = rng.uniform(0.05, 1, (12, 3)).astype(np.float32)
    if targets in ("classes", "one_hot"):
        p /= p.sum(axis=1, keepdims=True)
    y = {
        "classes": labels,
        "one_hot": np.eye(3, dtype=np.float32)[labels],
        "binary": rng.integers(0, 2, (12, 3)).astype(np.float32),
        "signs": (rng.integers(0, 2, (12, 3)) * 2 - 1).astype(np.float32),
        "values": rng.uniform(0.1, 1, (12, 3)).astype(np.float32),
    }[targets]
    return y, p


WEIGHTS = np.array([0, 1, 2, 3] * 3, np.float32)


@pytest.mark.parametrize("targets", TARGETS)
def test_a_weight_of_2_counts_as_the_sample_twice(targets: str) -> None:
    """Of every metric, whether computed here or by Keras."""
    y, p = sides(targets)
    twice = np.repeat(np.arange(12), WEIGHTS.astype(int))
    tried = 0
    for word, metric in METRICS.items():
        if targets not in metric.takes or not metric.weighable:
            continue
        plain = metric.for_targets(targets)
        weighted = _metric(plain, y, p, WEIGHTS)
        wanted = _metric(plain, y[twice], p[twice], None)
        assert weighted == pytest.approx(wanted, rel=1e-4, nan_ok=True), word
        tried += 1
    assert tried > 3


@pytest.mark.parametrize("targets", TARGETS)
def test_a_loss_with_weights_is_that_of_keras(targets: str) -> None:
    y, p = sides(targets)
    for name, cls in LOSS_CLASSES.items():
        if cls.targets != targets or name in ("CTC", "Circle"):
            continue
        made: Any = construct(cls, dict(cls.examples[0]))
        wanted = float(made.keras_object(keras)(y, p, WEIGHTS))
        assert _loss(made, y, p, WEIGHTS) == pytest.approx(wanted, rel=1e-4), name
