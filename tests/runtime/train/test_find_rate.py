"""`netc train --find-lr`: each step at its rate, with the recipe's optimizer; nothing is kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.runs.rate_range import HIGH, LOW, STEPS
from netc.runtime.runs.rate_test import DIVERGED, FINISHED
from netc.runtime.train.find_rate import find_rate

import netc as package

from .small import CLASSES, IGNORED, LINEAR, class_data, dataset_of, line_data, recipe_of, start

import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)


@pytest.mark.parametrize("batch", ["batch = all", "batch = 8"])
def test_losses_are_those_of_steps_at_growing_rates(tmp_path: Path, batch: str) -> None:
    """Gradient descent by hand: `batch = 8` adds up three batches to a step of all samples."""
    x, y = line_data()
    added = ", gradient_accumulation_steps=3" if "8" in batch else ""
    recipe = recipe_of(tmp_path, LINEAR, f"loss = mse\noptimizer = SGD(9{added})\n{batch}")
    test = find_rate(recipe, dataset_of(recipe, (x, y)), low=1e-3, high=0.1, steps=9)
    np.testing.assert_allclose(test.rates, np.geomspace(1e-3, 0.1, 9), rtol=1e-6)
    first = start(recipe)
    kernel, bias = first["line/kernel"].astype(float), first["line/bias"].astype(float)
    wanted = []
    for rate in test.rates:
        error = x @ kernel + bias - y
        wanted.append((error**2).mean())
        kernel, bias = kernel - rate * 2 * x.T @ error / 24, bias - rate * 2 * error.mean(axis=0)
    np.testing.assert_allclose(test.losses, wanted, rtol=1e-4)
    assert test.ending == FINISHED


@pytest.mark.parametrize("scale", [1.0, 1e18])
def test_it_ends_where_the_loss_diverges(tmp_path: Path, scale: float) -> None:
    """By its running mean, or at once where a loss is not finite, which is then not among them."""
    recipe = recipe_of(tmp_path, LINEAR, "loss = mse\noptimizer = SGD(1)\nbatch = all")
    x, y = line_data()
    test = find_rate(recipe, dataset_of(recipe, (x * scale, y)), low=1e-3, high=1e3, steps=60)
    assert test.ending == DIVERGED
    assert 0 < len(test.losses) < 60
    assert np.isfinite(test.losses).all()


@pytest.mark.parametrize(("low", "high", "steps"), [(0, 1, 9), (1, 1, 9), (2, 1, 9), (1, 2, 1)])
def test_what_is_no_range_is_refused(tmp_path: Path, low: float, high: float, steps: int) -> None:
    recipe = recipe_of(tmp_path, LINEAR, "loss = mse")
    with pytest.raises(UserError, match="range"):
        find_rate(recipe, dataset_of(recipe, line_data()), low=low, high=high, steps=steps)


def test_from_python_it_gives_the_same_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = recipe_of(tmp_path, LINEAR, "loss = mse\noptimizer = SGD(0.1)")
    data = line_data()
    wanted = find_rate(recipe, dataset_of(recipe, data), low=1e-4, high=0.1, steps=12)
    found = package.find_lr("small.net", data=data, low=1e-4, high=0.1, steps=12)
    assert (found.rates, found.losses) == (wanted.rates, wanted.losses)
    assert [path.name for path in tmp_path.iterdir()] == ["small.net"]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    x, y = class_data()
    np.savez(tmp_path / "data.npz", x=x, y=y)
    settings = """data = npz("data.npz", validation_split=0.2)
      loss = sparse_categorical_crossentropy
      optimizer = Adam(CosineDecay(0.01, decay_steps=100), clipnorm=1)
      metrics = [accuracy]"""
    (tmp_path / "small.net").write_text(f"{CLASSES}\ntrain Small {{\n{settings}\n}}\n")
    return "small.net"


def test_the_command_writes_a_folder_of_its_own(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = netc(["train", file, "--find-lr", "--lr-steps", "40", "--lr-to", "1"])
    out = capsys.readouterr().out
    assert status == 0, out
    found = json.loads(Path("runs/Small-find-lr/find-lr.json").read_text())
    assert (found["from"], found["to"], found["steps"]) == (LOW, 1.0, 40)
    assert (found["recipe"], HIGH, STEPS) == ("Small", 10.0, 200)
    assert found["optimizer"].startswith("Adam(learning_rate=CosineDecay(")
    assert f"learning rate: {found['suggestion']:g}, where the loss falls fastest" in out
    assert sorted(path.name for path in Path("runs/Small-find-lr").iterdir()) == [
        "find-lr.csv", "find-lr.html", "find-lr.json", "find-lr.png",
    ]  # fmt: skip
    assert netc(["train", file, "--find-lr", "--lr-steps", "40", "--quiet"]) in (0, 1)
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in Path("runs").iterdir()) == [
        "Small-find-lr", "Small-find-lr-2",
    ]  # fmt: skip
    # The next run of the recipe is its first, and no test is taken for a run.
    assert netc(["train", file, "--resume"]) == 1
    assert "there is no run of `Small` to resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--lr-to", "1"], "--lr-to is an option of --find-lr"),
        (["--find-lr", "--resume"], "--find-lr trains nothing, so there is no use of --resume"),
        (["--find-lr", "--workers", "a:1,b:2"], "there is no use of --workers"),
        (["--find-lr", "--lr-from", "2", "--lr-to", "1"], "from 2 to 1 is no range"),
        (["--find-lr", "--lr-to", "inf"], "from 1e-06 to inf is no range"),
        (["--find-lr", "--lr-steps", "1"], "--lr-steps"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    file: str, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert netc(["train", file, *options]) == 2
    assert said in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_folder_that_holds_a_test_or_a_run_is_not_written_over(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("there").mkdir()
    Path("there/find-lr.csv").touch()
    assert netc(["train", file, "--find-lr", "--out", "there"]) == 1
    assert "there holds find-lr.csv, which" in capsys.readouterr().err
    Path("there/run.json").touch()
    assert netc(["train", file, "--find-lr", "--out", "there"]) == 1
    assert "there holds a run" in capsys.readouterr().err
    assert Path("there/find-lr.csv").read_text() == ""


def test_what_would_be_done_says_so(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert netc(["train", file, "--find-lr", "--lr-from", "0.001", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "learning rates: 200 steps from 0.001 to 10, with nothing kept of them\n" in out
    assert not Path("runs").exists()
