"""Ctrl-C, losses that are not finite, full disks, and two runs in one folder."""

from __future__ import annotations

import errno
import json
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session
from netc.runtime.runs import folder as folders
from netc.runtime.runs.folder import RunFolder, last_folder, new_folder
from netc.runtime.runs.history import Epoch
from netc.runtime.train import save
from netc.runtime.train.options import RunOptions
from netc.runtime.train.run import train
from netc.runtime.train.watch import Results

from .small import CLASSES, IGNORED, LINEAR, Seen, class_data, dataset_of, line_data, recipe_of
from .small import weights_of as kept

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

SETTINGS = "loss = sparse_categorical_crossentropy\nepochs = 6\nbatch = 4"


class Pressing(Seen):
    """Presses Ctrl-C at a step of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.at = epoch

    def step(self, epoch: int, step: int, results: Results) -> None:
        if epoch == self.at and step < 15:
            signal.raise_signal(signal.SIGINT)
            self.at = 0


@pytest.mark.parametrize("epoch", [1, 3])
def test_ctrl_c_keeps_everything_so_far(tmp_path: Path, epoch: int) -> None:
    recipe = recipe_of(tmp_path, CLASSES, SETTINGS)
    dataset = dataset_of(recipe, class_data(), class_data(20, seed=2))
    outcome = train(recipe, dataset, tmp_path / "run", RunOptions(watch=Pressing(epoch)))
    assert outcome.ending == "interrupted"
    assert not outcome.good
    assert [each.epoch for each in outcome.history.epochs] == list(range(1, epoch))
    assert outcome.agreement is not None
    assert outcome.agreement.holds
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"history.csv", "best.safetensors", "model.onnx", "model.keras", "run.json"} <= files
    assert json.loads((tmp_path / "run" / "run.json").read_text())["ending"] == "interrupted"
    # Ctrl-C means to Python again what it meant before.
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    resumed = train(recipe, dataset, tmp_path / "run", RunOptions(resume=True))
    straight = train(recipe, dataset, tmp_path / "straight")
    assert resumed.ending == "finished"
    for name, array in kept(straight).items():
        assert np.array_equal(array, kept(resumed)[name])


def test_a_loss_that_is_not_finite_names_the_layer_and_keeps_good_weights(tmp_path: Path) -> None:
    """The rate is harmless for two epochs, then far too large."""
    net = """net Steep(x: float32[N, 3]) -> y: [N, 1] {
      return x -> Dense(4) as one -> Activation("exponential") as steep -> Dense(1) as line
    }"""
    settings = """loss = mse
      optimizer = SGD(PiecewiseConstantDecay([1], [0.0001, 1e6]))
      batch = all
      epochs = 9
      keep = best("val_loss")"""
    recipe = recipe_of(tmp_path, net, settings)
    dataset = dataset_of(recipe, line_data(), line_data(seed=1))
    outcome = train(recipe, dataset, tmp_path / "run")
    assert outcome.ending == "not finite"
    assert not outcome.good
    (note,) = outcome.notes
    assert "the output of `steep` (Exponential) was the first that is not finite" in note
    assert outcome.history.epochs
    assert all(np.isfinite(array).all() for array in kept(outcome).values())
    made = Session(tmp_path / "run" / "model.onnx").run({"x": line_data()[0]})
    assert np.isfinite(made["y"]).all()


def test_a_layer_that_keras_lacks_is_named_with_its_line(tmp_path: Path) -> None:
    """Not a bug of netc: the net compiles to ONNX, and Keras cannot train it."""
    net = """net Odd(x: float32[N, 3]) -> y: [N, 1] {
      return onnx.Erf(x) -> Dense(1)
    }"""
    recipe = recipe_of(tmp_path, net, "loss = mse")
    with pytest.raises(UserError) as caught:
        train(recipe, dataset_of(recipe, line_data()), tmp_path / "run")
    assert ":2:14: Odd: `onnx.Erf` has no Keras lowering (layer `erf`) [NET0701]" in str(
        caught.value
    )
    assert str(caught.value).endswith(", and netc trains with Keras.")


def test_a_loss_that_is_not_finite_at_once_keeps_the_first_weights(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, LINEAR, "loss = mse")
    x, y = line_data()
    # Data that are loaded are finite; a product of them need not be.
    outcome = train(recipe, dataset_of(recipe, (x * np.float32(1e38), y)), tmp_path / "run")
    assert outcome.ending == "not finite"
    assert outcome.kept is None
    assert "before training" in outcome.lines()[0]
    assert all(np.isfinite(array).all() for array in kept(outcome).values())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_what_was_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The third save fails half-way through the state."""
    recipe = recipe_of(tmp_path, CLASSES, SETTINGS)
    dataset = dataset_of(recipe, class_data())
    monkeypatch.setattr(save, "SHARE", 1e9)
    saves = []
    whole = save.save_checkpoint

    def saving(path: Path, state: object) -> None:
        saves.append(path)
        if len(saves) == 3:
            raise OSError(number, "No space left on device", str(path))
        whole(path, state)

    monkeypatch.setattr(save, "save_checkpoint", saving)
    with pytest.raises(UserError, match=r"no space left on device.*--resume") as caught:
        train(recipe, dataset, tmp_path / "run")
    assert "state.safetensors" in str(caught.value)
    resumed = train(recipe, dataset, tmp_path / "run", RunOptions(resume=True))
    straight = train(recipe, dataset, tmp_path / "straight")
    for name, array in kept(straight).items():
        assert np.array_equal(array, kept(resumed)[name])


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    one, two = RunFolder(tmp_path / "run"), RunFolder(tmp_path / "run")
    with (
        one.locked(),
        pytest.raises(UserError, match=r"another netc train \(process \d+\) is writing"),
        two.locked(),
    ):
        pass
    with two.locked():
        assert (tmp_path / "run" / "lock").read_text().strip().isdecimal()


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lock").write_text("99999999\n")
    with RunFolder(tmp_path / "run").locked():
        pass


def test_folders_are_numbered_and_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for expected in ("runs/Net", "runs/Net-2", "runs/Net-3"):
        found = new_folder("Net")
        assert found.path == Path(expected)
        with found.locked():
            found.write_facts({})
    assert last_folder("Net").path == Path("runs/Net-3")
    shutil.rmtree("runs/Net-2")
    assert last_folder("Net").path == Path("runs/Net-3")
    assert new_folder("Net").path == Path("runs/Net-4")
    Path("runs/Net-4").rmdir()
    with pytest.raises(UserError, match="holds a run; continue it with --resume"):
        new_folder("Net", Path("runs/Net"))
    with pytest.raises(UserError, match="there is no run of `Other` to resume"):
        last_folder("Other")
    assert Path("runs") == folders.RUNS


def test_history_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    from netc.runtime.runs.history import read_history, write_history

    epochs = (
        Epoch(1, "", 1, 0.1, 1.5, {"loss": 1 / 3, "val_loss": float("nan")}),
        Epoch(2, "all, again", 2, 1e-7, 0.0, {"loss": 2.0}),
    )
    write_history(tmp_path / "history.csv", epochs)
    assert repr(read_history(tmp_path / "history.csv")) == repr(epochs)
