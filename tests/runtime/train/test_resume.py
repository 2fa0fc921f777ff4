"""A run that was cut off goes on to the same history and the same weights, bit by bit."""

from __future__ import annotations

import csv
import signal
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import load_data
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.train.options import RunOptions
from netc.runtime.train.run import train
from netc.runtime.train.watch import Results

from ..cli.run_netc import netc, start_netc
from .small import IGNORED, Seen

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

# Momentum, Adam, a schedule, a plateau, early stopping, dropout, augmentation, shuffling.
RECIPE = """
net Small(x: float32[N, 6, 6, 1]) -> probs: [N, 3] {
  return x -> Conv2D(4, 3, activation=relu) as conv -> Dropout(0.2) -> BatchNormalization
    -> Flatten -> Dense(3, activation=softmax) as head
}

train Small {
  data     = npz("data.npz", validation_split=0.2)
  loss     = sparse_categorical_crossentropy
  augment  = [RandomTranslation(0.1, 0.1), RandomFlip]
  metrics  = [accuracy]
  restarts = 2
  batch    = 8
  phase head {
    optimizer = SGD(InverseTimeDecay(0.05, decay_steps=10, decay_rate=0.5), momentum=0.9)
    epochs    = 3
    freeze    = [conv]
  }
  phase all {
    optimizer = Adam(0.01)
    plateau   = ReduceLROnPlateau(monitor="val_loss", patience=0, factor=0.5)
    stop      = EarlyStopping(patience=3)
    epochs    = 5
  }
}
"""


class Cut(Exception):
    """The process ends here, as far as the run can know."""


class Cutting(Seen):
    """Cuts the run off at a step of an epoch of a restart."""

    def __init__(self, restart: int, epoch: int, step: int) -> None:
        super().__init__()
        self.at = (restart, epoch, step)
        self.restart = 0

    def phase(self, stretch: object) -> None:
        self.restart = stretch.restart

    def step(self, epoch: int, step: int, results: Results) -> None:
        if (self.restart, epoch) == self.at[:2] and step >= self.at[2]:
            raise Cut


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe and its data."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "small.net").write_text(RECIPE)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 6, 6, 1)).astype(np.float32), rng.integers(0, 3, 100)
    x[np.arange(100), y] += 1
    np.savez(folder / "data.npz", x=x, y=y)
    return folder


@pytest.fixture(scope="module")
def loaded(project: Path) -> tuple[Recipe, Dataset]:
    """The recipe and its data."""
    recipe, _ = check_recipe(project / "small.net")
    assert recipe is not None
    return recipe, load_data(recipe)


@pytest.fixture(scope="module")
def whole(loaded: tuple[Recipe, Dataset], project: Path) -> Path:
    """The folder of a run that nothing cut off."""
    from netc.runtime.report import write

    drawn, write.write_report = write.write_report, lambda *_: None
    train(*loaded, project / "whole")
    write.write_report = drawn
    return project / "whole"


def rows(folder: Path, name: str) -> list[list[str]]:
    """A table of a run, without how long epochs took."""
    table = list(csv.reader((folder / name).read_text().splitlines()))
    times = table[0].index("seconds") if "seconds" in table[0] else len(table[0])
    return [row[:times] + row[times + 1 :] for row in table]


def check_same(one: Path, other: Path) -> None:
    """Two runs have seen the same and kept the same."""
    assert rows(one, "history.csv") == rows(other, "history.csv")
    assert rows(one, "gradients.csv") == rows(other, "gradients.csv")
    weights = [(folder / "best.safetensors").read_bytes() for folder in (one, other)]
    assert weights[0] == weights[1]


@pytest.mark.parametrize(
    ("restart", "epoch", "step"),
    [
        (1, 1, 1),
        (1, 6, 10),
        (2, 2, 3),
        *(pytest.param(*at, marks=pytest.mark.slow) for at in [(1, 3, 5), (1, 4, 1), (2, 6, 4)]),
    ],
)
def test_a_run_cut_off_goes_on_the_same(
    loaded: tuple[Recipe, Dataset],
    whole: Path,
    tmp_path: Path,
    restart: int,
    epoch: int,
    step: int,
) -> None:
    with pytest.raises(Cut):
        train(*loaded, tmp_path / "run", RunOptions(watch=Cutting(restart, epoch, step)))
    before = (tmp_path / "run" / "history.csv").exists()
    assert before == ((restart, epoch) != (1, 1))
    outcome = train(*loaded, tmp_path / "run", RunOptions(resume=True))
    assert outcome.ending in ("finished", "stopped")
    assert not (tmp_path / "run" / "state.safetensors").exists()
    check_same(whole, tmp_path / "run")


KILLED = """
import os, signal
from netc.runtime.cli.progress import Lines

def step(self, epoch, step, results):
    at = (self._stretch.restart, self._stretch.phase, epoch)
    if at == (2, "all", {epoch}) and step >= {step}:
        os.kill(os.getpid(), signal.SIGKILL)

Lines.step = step
"""


@pytest.mark.parametrize(("epoch", "step"), [(4, 1), pytest.param(5, 4, marks=pytest.mark.slow)])
def test_a_process_that_was_killed_goes_on_the_same(
    project: Path, whole: Path, tmp_path: Path, epoch: int, step: int
) -> None:
    """`kill -9` in the second restart, then `--resume` in a new process."""
    command = ("train", "small.net", "--out", tmp_path / "run")
    with (tmp_path / "log").open("w") as out:
        before = KILLED.format(epoch=epoch, step=step)
        process = start_netc(*command, cwd=project, out=out, err=out, before=before)
    assert process.wait() == -signal.SIGKILL
    assert "restart 2 of 2, phase all" in (tmp_path / "log").read_text()
    assert (tmp_path / "run" / "state.safetensors").exists()
    again = netc(*command, "--resume", cwd=project)
    assert again.status == 0, again.err
    assert "report:" in again.out
    check_same(whole, tmp_path / "run")


def test_another_recipe_does_not_go_on_with_a_run(
    loaded: tuple[Recipe, Dataset], project: Path, tmp_path: Path
) -> None:
    with pytest.raises(Cut):
        train(*loaded, tmp_path / "run", RunOptions(watch=Cutting(1, 2, 1)))
    (project / "other.net").write_text(RECIPE.replace("patience=3", "patience=4"))
    other, _ = check_recipe(project / "other.net")
    assert other is not None
    with pytest.raises(UserError, match="the run began with another recipe"):
        train(other, loaded[1], tmp_path / "run", RunOptions(resume=True))


def test_a_complete_run_is_not_done_again(loaded: tuple[Recipe, Dataset], whole: Path) -> None:
    with pytest.raises(UserError, match="the run is complete; there is nothing to resume"):
        train(*loaded, whole, RunOptions(resume=True))


def test_a_damaged_state_is_one_line(loaded: tuple[Recipe, Dataset], tmp_path: Path) -> None:
    with pytest.raises(Cut):
        train(*loaded, tmp_path / "run", RunOptions(watch=Cutting(1, 2, 1)))
    state = tmp_path / "run" / "state.safetensors"
    state.write_bytes(state.read_bytes()[:100])
    with pytest.raises(UserError, match=r"state\.safetensors: is not the state of a run"):
        train(*loaded, tmp_path / "run", RunOptions(resume=True))
