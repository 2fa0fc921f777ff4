"""`folds`: a run for each, without the samples that validate it; their means in the end."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.data.folds import Folds
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.runs.history import Epoch, read_history
from netc.runtime.train.cluster import Cluster
from netc.runtime.train.folds import train_recipe
from netc.runtime.train.options import RunOptions
from netc.runtime.train.outcome import Outcome
from netc.runtime.train.plan import plan_lines
from netc.runtime.train.run import train
from safetensors.numpy import load_file

from .small import CLASSES, IGNORED, LINEAR, Seen, class_data, dataset_of, line_data, recipe_of

import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

SETTINGS = "loss = mse\nmetrics = [mae]\noptimizer = SGD(0.1)\nepochs = 4\nfolds = 3"
DATA = line_data()


def trained(tmp_path: Path, settings: str, out: str = "run", **more: object) -> Outcome:
    recipe = recipe_of(tmp_path, LINEAR, settings)
    return train_recipe(recipe, dataset_of(recipe, DATA), tmp_path / out, RunOptions(**more))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Outcome]]:
    """Trains by some settings once for all tests, which change nothing in its folder."""

    @cache
    def made(settings: str) -> tuple[Path, Outcome]:
        folder = tmp_path_factory.mktemp("shared")
        return folder, trained(folder, settings)

    return made


Shared = Callable[[str], tuple[Path, Outcome]]


def test_each_fold_is_the_run_on_the_samples_of_the_others(tmp_path: Path, shared: Shared) -> None:
    _, outcome = shared(SETTINGS)
    recipe = recipe_of(tmp_path, LINEAR, SETTINGS)
    folds = Folds(recipe, dataset_of(recipe, DATA), 3)
    x, y = DATA
    for result in outcome.folds:
        own = folds.numbers == result.fold
        plain = dataset_of(recipe, (x[~own], y[~own]), (x[own], y[own]))
        wanted = train(recipe, plain, tmp_path / f"plain-{result.fold}")
        kept, other = (
            load_file(folder / "best.safetensors") for folder in (result.folder, wanted.folder)
        )
        for name, array in kept.items():
            np.testing.assert_array_equal(array, other[name])
        error = x[own] @ kept["line/kernel"] + kept["line/bias"] - y[own]
        assert result.values["val_loss"] == pytest.approx((error**2).mean(), rel=1e-5)
    assert [result.fold for result in outcome.folds] == [1, 2, 3]
    assert len({result.values["val_loss"] for result in outcome.folds}) == 3


def test_the_end_is_the_mean_and_the_deviation_of_a_sample(shared: Shared) -> None:
    folder, outcome = shared(SETTINGS)
    losses = np.array([result.values["val_loss"] for result in outcome.folds])
    mean, deviation = losses.mean(), losses.std(ddof=1)
    assert outcome.good
    assert list(outcome.figures) == ["loss", "mae", "val_loss", "val_mae"]
    found = outcome.figures["val_loss"]
    assert (found.mean, found.deviation) == (pytest.approx(mean), pytest.approx(deviation))
    lines = outcome.lines()
    assert lines[0] == "3 folds: mean ± standard deviation"
    assert f"  val_loss  {mean:.4g} ± {deviation:.2g}" in lines
    assert lines[-2].startswith(f"kept: a model for each fold, in {folder}/run/fold-1 to fold-3;")
    assert lines[-2].endswith("For one of all samples, train with --set folds=none")
    facts = json.loads((folder / "run/run.json").read_text())
    assert (facts["folds"], facts["ending"], facts["kept"]) == (3, "finished", None)
    assert facts["mean"]["val_loss"] == pytest.approx(mean)
    assert [row["folder"] for row in facts["results"]] == ["fold-1", "fold-2", "fold-3"]
    *rows, means, deviations = csv.DictReader((folder / "run/folds.csv").read_text().splitlines())
    assert [float(row["val_loss"]) for row in rows] == losses.tolist()
    assert float(means["val_loss"]) == pytest.approx(mean)
    assert float(deviations["val_loss"]) == pytest.approx(deviation)
    page = (folder / "run/report.html").read_text()
    assert "Cross-validation in 3 folds" in page
    assert f"± {deviation:.4g}" in page
    assert not (folder / "run/model.onnx").exists()


MANY = """loss = mse
folds = 2
restarts = 2
batch = 4
phase one {
  optimizer = Adam(0.05)
  epochs = 2
}
phase two {
  optimizer = SGD(0.05, momentum=0.9)
  epochs = 3
}"""


def figures(folder: Path) -> list[tuple[int, str, int, dict[str, float]]]:
    return [
        (e.restart, e.phase, e.epoch, dict(e.values)) for e in read_history(folder / "history.csv")
    ]


class Pressing(Seen):
    """Presses Ctrl-C, or cuts the run off, in a phase of the second restart of the second fold."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.at, self.begun = how, 0, []

    def fold(self, fold: int, count: int) -> None:
        self.at = fold
        self.begun.append((fold, count))

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        if (self.at, epoch.restart, epoch.epoch) == (2, 2, 3):
            if self.how == "cut":
                raise KeyboardInterrupt
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("how", ["press", "cut"])
def test_a_run_goes_on_in_the_fold_it_was_left_in(tmp_path: Path, shared: Shared, how: str) -> None:
    folder, whole = shared(MANY)
    watch = Pressing(how)
    if how == "cut":
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path, MANY, "cut", watch=watch)
    else:
        assert trained(tmp_path, MANY, "cut", watch=watch).ending == "interrupted"
    assert watch.begun == [(1, 2), (2, 2)]
    first = (tmp_path / "cut/fold-1/run.json").read_bytes()
    again = Pressing("never")
    again.epoch = lambda *_: None
    outcome = trained(tmp_path, MANY, "cut", resume=True, watch=again)
    assert again.begun == [(2, 2)]
    assert (tmp_path / "cut/fold-1/run.json").read_bytes() == first
    assert outcome.ending == "finished"
    for fold in ("fold-1", "fold-2"):
        assert figures(tmp_path / "cut" / fold) == figures(folder / "run" / fold)
        assert len(figures(tmp_path / "cut" / fold)) == 10
    assert [one.values for one in outcome.folds] == [one.values for one in whole.folds]
    with pytest.raises(UserError, match="the run is complete; there is nothing to resume"):
        trained(tmp_path, MANY, "cut", resume=True)


def test_a_complete_run_goes_on_in_all_folds_where_the_recipe_asks_for_more(
    tmp_path: Path, shared: Shared
) -> None:
    shutil.copytree(shared(SETTINGS)[0], tmp_path, dirs_exist_ok=True)
    more = SETTINGS.replace("epochs = 4", "epochs = 6")
    again = trained(tmp_path, more, resume=True)
    straight = trained(tmp_path, more, "straight")
    assert [one.values for one in again.folds] == [one.values for one in straight.folds]
    with pytest.raises(UserError, match=r"another recipe \(learning_rate was 0.1, is 0.2\)"):
        trained(tmp_path, more.replace("0.1", "0.2"), resume=True)


def test_a_fold_that_is_not_finite_ends_the_run(tmp_path: Path) -> None:
    outcome = trained(tmp_path, SETTINGS.replace("SGD(0.1)", "SGD(1e30)"))
    assert outcome.ending == "not finite"
    assert len(outcome.folds) == 1
    assert outcome.notes[-1].startswith("fold 1: the loss of step ")


def test_what_does_not_go_with_folds_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, LINEAR, SETTINGS)
    with pytest.raises(UserError, match="folds train one after another on one machine"):
        train_recipe(
            recipe,
            dataset_of(recipe, DATA),
            tmp_path / "run",
            RunOptions(cluster=Cluster(("a:1", "b:2"), 0)),
        )
    with pytest.raises(UserError, match="`Line` has 3 folds, which validate on the training"):
        train_recipe(recipe, dataset_of(recipe, DATA, DATA), tmp_path / "run")
    with pytest.raises(UserError, match="3 folds of 2 samples"):
        train_recipe(recipe, dataset_of(recipe, line_data(2)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    x, y = class_data(90)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    settings = """data = npz("data.npz", test_split=0.2)
      loss = sparse_categorical_crossentropy
      optimizer = Adam(0.05)
      metrics = [accuracy]
      epochs = 3
      folds = 3"""
    (tmp_path / "small.net").write_text(f"{CLASSES}\ntrain Small {{\n{settings}\n}}\n")
    return "small.net"


def test_the_command_line_trains_and_evaluates_folds(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert netc(["train", file, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^  folds += 3$", said, re.MULTILINE)
    assert (
        "3 folds, a run each: it trains on about 47 samples and validates on the other 24" in said
    )
    assert netc(["train", file]) == 0
    said = capsys.readouterr()
    assert "3 folds: mean ± standard deviation\n" in said.out
    assert [line for line in said.err.splitlines() if line.startswith("fold ")] == [
        "fold 1 of 3", "fold 2 of 3", "fold 3 of 3",
    ]  # fmt: skip
    assert netc(["eval", file, "--part", "validation", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    trained = json.loads(Path("runs/Small/run.json").read_text())
    for name in ("loss", "accuracy"):
        assert found["mean"][name] == pytest.approx(trained["mean"][f"val_{name}"], rel=1e-4)
        assert found["deviation"][name] == pytest.approx(
            trained["deviation"][f"val_{name}"], rel=1e-3
        )
    # Every training sample is in the validation part of one fold.
    assert found["samples"] == np.sum(found["confusion"]) == 71
    assert netc(["eval", file, "--confusion", "c.png"]) == 0
    assert "runs/Small: test part of each of 3 folds, 57 samples in all" in capsys.readouterr().out
    assert Path("c.png").exists()
    assert netc(["eval", file, "--run", "runs/Small/fold-2", "--part", "validation"]) == 0
    assert "runs/Small/fold-2: validation part, 24 samples\n" in capsys.readouterr().out
    # Another seed gives other folds: the models would be asked what they have learned.
    other = 'data=npz("data.npz", test_split=0.2, seed=5)'
    assert netc(["eval", file, "--part", "validation", "--set", other]) == 1
    assert "was trained in other folds than" in capsys.readouterr().err
    Path("runs/Small/fold-3/model.onnx").unlink()
    assert netc(["eval", file]) == 1
    assert "runs/Small/fold-3: holds no model.onnx" in capsys.readouterr().err
    assert netc(["train", file, "--out", "runs/Small"]) == 1
    assert "runs/Small holds a run" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ['{"ending": "finished", "kept": [1]}', '{"ending": 3, "endings": 5}', "[]"]
)
def test_a_fold_whose_facts_somebody_changed_gets_one_line(
    tmp_path: Path, shared: Shared, text: str
) -> None:
    settings = SETTINGS.replace("epochs = 4", "epochs = 1")
    shutil.copytree(shared(settings)[0], tmp_path, dirs_exist_ok=True)
    top = tmp_path / "run/run.json"
    top.write_text(top.read_text().replace('"ending": "finished"', '"ending": "unfinished"', 1))
    (tmp_path / "run/fold-1/run.json").write_text(text)
    with pytest.raises(UserError, match="run"):
        trained(tmp_path, settings, resume=True)


def test_folds_that_cannot_be_leave_no_folder(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert netc(["train", file, "--set", "folds=50"]) == 1
    assert "too few for 50 folds that each have one" in capsys.readouterr().err
    assert not list(Path("runs").glob("*"))


def test_a_plan_without_data_counts_the_folds(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, LINEAR, SETTINGS)
    assert plan_lines(recipe, None)[0] == "3 folds, a run each"
