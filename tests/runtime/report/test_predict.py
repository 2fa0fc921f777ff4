"""Every sample of a part is predicted once, whatever batches the model takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.load import from_arrays
from netc.runtime.infer.session import Session
from netc.runtime.report.predict import BATCH, first, predict


@pytest.mark.parametrize("batch", ["N", 7, BATCH])
def test_outputs_come_in_the_order_of_the_samples(tmp_path: Path, batch: str | int) -> None:
    file = tmp_path / "double.net"
    file.write_text(
        f"net Double(x: float32[{batch}, 2]) -> y: [{batch}, 2] {{ return x * 2 -> Linear }}\n"
        "block Linear(x: [N, 2]) { return x -> Dense(2, kernel_initializer=Identity()) }\n"
        "train Double { loss = mse }\n"
    )
    recipe, analysis = check_recipe(file)
    assert recipe is not None, analysis.diagnostics
    x = np.arange(2 * (BATCH + 10), dtype=np.float32).reshape(-1, 2)
    part = from_arrays(recipe, (x, x)).train
    session = Session.from_checked(recipe.checked, SeededWeights())
    np.testing.assert_array_equal(predict(session, part)["y"], 2 * x)
    np.testing.assert_array_equal(predict(session, first(part, 3))["y"], 2 * x[:3])
