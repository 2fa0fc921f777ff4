"""What a recipe and its data make doubtful: `netc train` says it, which has read both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.dsl.diagnostics.codes import Code

from ...runtime.cli.run_netc import netc

NET = """\
net Denoise(noisy: float32[N, 4]) -> clean: [N, 4] {{
  return noisy -> Dense(8{bias}) {norm}-> Dense(4{end})
}}

train Denoise {{
  data = npz("pairs.npz")
  loss = {loss}
  epochs = {epochs}
  batch = {batch}
}}
"""


def dry_run(
    folder: Path,
    low: float,
    high: float,
    *,
    end: str = "sigmoid",
    loss: str = "mse",
    momentum: str = "",
    epochs: int = 1,
    batch: str = "32",
    samples: int = 64,
) -> str:
    """What a dry run writes to standard error, for targets from `low` to `high`."""
    norm = f"-> BatchNormalization(momentum={momentum}) " if momentum else ""
    bias = ", use_bias=false" if norm else ""
    ends = f", activation={end}" if end else ""
    (folder / "a.net").write_text(
        NET.format(norm=norm, bias=bias, end=ends, loss=loss, epochs=epochs, batch=batch)
    )
    targets = np.linspace(low, high, samples * 4, dtype=np.float32).reshape(samples, 4)
    np.savez(folder / "pairs.npz", noisy=np.zeros((samples, 4), np.float32), clean=targets)
    made = netc("train", "a.net", "--dry-run", cwd=folder)
    assert made.status == 0
    return made.err


@pytest.mark.parametrize(
    ("end", "low", "high", "makes"),
    [
        ("sigmoid", 0, 255, "sigmoid makes what is from 0 to 1"),
        ("sigmoid", -1, 1, "sigmoid makes what is from 0 to 1"),
        ("tanh", 0, 255, "tanh makes what is from -1 to 1"),
        ("softmax", 0, 3, "softmax makes what is from 0 to 1"),
        ("relu", -2, 2, "relu makes what is at least 0"),
    ],
)
def test_targets_out_of_reach(
    tmp_path: Path, end: str, low: float, high: float, makes: str
) -> None:
    said = dry_run(tmp_path, low, high, end=end)
    assert f"warning[{Code.TARGET_RANGE.id}]" in said
    assert f"the targets of `clean` are from {low} to {high}, and {makes}" in said
    assert f"help: end `clean` without {end}" in said


@pytest.mark.parametrize(
    ("end", "low", "high", "loss"),
    [
        ("sigmoid", 0, 1, "mse"),
        ("tanh", -1, 1, "mse"),
        ("relu", 0, 900, "mae"),
        ("", -900, 900, "mse"),
        ("tanh", -5, 5, "cosine_similarity"),
    ],
)
def test_targets_within_reach(tmp_path: Path, end: str, low: float, high: float, loss: str) -> None:
    assert Code.TARGET_RANGE.id not in dry_run(tmp_path, low, high, end=end, loss=loss)


def test_too_few_batches_for_moving_statistics(tmp_path: Path) -> None:
    said = dry_run(tmp_path, 0, 1, momentum="0.999", epochs=20)
    assert f"warning[{Code.SLOW_MOMENTUM.id}]" in said
    assert "after the 40 batches of the run, 96% of the moving statistics" in said
    assert "help: give `momentum=0.94`, or train for 2,302 batches" in said


def test_enough_batches_for_moving_statistics(tmp_path: Path) -> None:
    assert Code.SLOW_MOMENTUM.id not in dry_run(tmp_path, 0, 1, momentum="0.9", epochs=10)


def test_what_the_check_has_said_is_said_once(tmp_path: Path) -> None:
    said = dry_run(tmp_path, 0, 1, momentum="0.999", epochs=20, batch="all")
    assert said.count(Code.SLOW_MOMENTUM.id) == 1
