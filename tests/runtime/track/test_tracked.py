"""What trackers are told of a run, and that a training outlives each of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.errors import UserError
from netc.runtime.runs.folder import RunFolder
from netc.runtime.runs.history import Epoch
from netc.runtime.track.tracked import Trackers, tracked
from netc.runtime.track.tracker import Ended, Started, Tracker
from netc.runtime.train.watch import Passing, Stretch, Watch

from ..train.small import CLASSES, Seen, recipe_of

SETTINGS = """
  loss      = sparse_categorical_crossentropy
  optimizer = SGD(0.5)
  {more}"""
STRETCH = Stretch(1, 1, "", 2, 5, 0, 1)


class Told(Tracker):
    """Writes down what it is told; fails where it is to."""

    title = "Told"

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.started: list[Started] = []
        self.steps: list[tuple[int, Mapping[str, float]]] = []
        self.ended: list[Ended] = []

    def start(self, run: Started) -> str:
        if self.fails == "start":
            raise OSError("the store is gone")
        self.started.append(run)
        return "id-1"

    def figures(self, step: int, values: Mapping[str, float]) -> None:
        if self.fails == "figures":
            raise RuntimeError("the store is gone")
        self.steps.append((step, values))

    def end(self, run: Ended) -> None:
        self.ended.append(run)


def follow(tmp: Path, tracker: Tracker, watch: Seen, more: str = "") -> RunFolder:
    """A run of two epochs that is followed; its folder says how it ended."""
    recipe = recipe_of(tmp, CLASSES, SETTINGS.format(more=more))
    folder = RunFolder(tmp / "run")
    folder.path.mkdir(exist_ok=True)
    command = ("netc", "train", "small.net", "--set", "epochs=2")
    with tracked([tracker], recipe, folder, watch, command, "many") as told:
        told.phase(STRETCH)
        for at in (1, 2):
            told.epoch(Epoch(1, "", at, 0.5, 1.0, {"loss": 1 / at}), kept=True)
        ending = {"restart": 1, "values": {"loss": 0.5, "odd": float("nan")}}
        judged = {"part": "test", "metrics": {"loss": 0.75}}
        facts = {
            "ending": "finished",
            "kept": {"restart": 1},
            "endings": [ending],
            "judged": judged,
        }
        folder.write_facts(facts)
        (folder / "model.onnx").write_bytes(b"model")
        (folder / "report.html").write_text("page")
        (folder / "state.safetensors").write_bytes(b"state")
    return folder


def test_settings_epochs_final_figures_and_files(tmp_path: Path) -> None:
    tracker, watch = Told(), Seen()
    folder = follow(tmp_path, tracker, watch)
    (started,) = tracker.started
    assert (started.experiment, started.name, started.group) == ("Small", "run", "many")
    assert started.settings["optimizer.learning_rate"] == 0.5
    assert started.command == "netc train small.net --set epochs=2"
    assert tracker.steps == [
        (1, {"loss": 1.0, "learning_rate": 0.5}),
        (2, {"loss": 0.5, "learning_rate": 0.5}),
    ]
    (ended,) = tracker.ended
    assert (ended.ending, ended.figures) == ("finished", {"loss": 0.5, "test_loss": 0.75})
    assert [(path.name, place) for path, place in ended.files] == [
        ("model.onnx", ""),
        ("report.html", ""),
    ]
    assert len(watch.epochs) == 2
    assert json.loads((folder / "tracked.json").read_text()) == {"Told": "id-1"}
    # A run that goes on is the same run in the tracker.
    follow(tmp_path, tracker, watch)
    assert [run.id for run in tracker.started] == [None, "id-1"]


def test_restarts_have_curves_of_their_own(tmp_path: Path) -> None:
    tracker = Told()
    follow(tmp_path, tracker, Seen(), "restarts = 2")
    assert set(tracker.steps[0][1]) == {"restart-1/loss", "restart-1/learning_rate"}


@pytest.mark.parametrize("fails", ["start", "figures"])
def test_a_tracker_that_fails_is_a_note(tmp_path: Path, fails: str) -> None:
    tracker, watch = Told(fails), Seen()
    follow(tmp_path, tracker, watch)
    assert watch.notes == ["Told keeps this run no longer: the store is gone"]
    assert len(watch.epochs) == 2
    assert not tracker.ended


def test_a_run_that_is_refused_is_no_run(tmp_path: Path) -> None:
    tracker = Told()
    recipe = recipe_of(tmp_path, CLASSES, SETTINGS.format(more=""))
    with (
        pytest.raises(UserError, match="refused"),
        tracked([tracker], recipe, RunFolder(tmp_path / "run"), Seen(), ()),
    ):
        raise UserError("refused")
    assert not tracker.started
    assert not tracker.ended


@pytest.mark.parametrize(
    ("option", "package", "extra"),
    [("--mlflow", "mlflow", "mlflow"), ("--wandb", "wandb", "wandb")],
)
@pytest.mark.parametrize("verb", [["train"], ["sweep", "--set", "epochs=1,2"]])
def test_without_its_client_the_extra_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verb: list[str],
    option: str,
    package: str,
    extra: str,
) -> None:
    import numpy as np

    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", x=np.zeros((4, 4), np.float32), y=np.arange(4) % 2)
    recipe_of(tmp_path, CLASSES, SETTINGS.format(more='data = npz("a.npz")'))
    assert netc([*verb, "small.net", option]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert f"`pip install 'netc[{extra}]'` brings it" in line
    assert not Path("runs").exists()


def test_an_address_that_is_the_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert netc(["train", "--mlflow", "small.net"]) == 2
    assert "--mlflow took `small.net` as its URI" in capsys.readouterr().err


def test_without_options_nothing_is_opened() -> None:
    assert Trackers().opened() == []


def test_who_passes_on_passes_all_on() -> None:
    told = [name for name, each in vars(Watch).items() if callable(each) and name[0] != "_"]
    assert len(told) > 8
    assert set(told) <= set(vars(Passing))
