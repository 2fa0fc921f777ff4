"""Losses of several outputs are weighed and named as Keras does; penalties count once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.load import from_arrays
from netc.runtime.report.measures import measure

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
