"""`netc runs`: the runs of a folder side by side, whoever wrote them, and when."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.runs.history import Epoch, write_history
from netc.runtime.runs.listed import read_run
from netc.runtime.runs.resolved import resolved
from PIL import Image

from ..train.small import CLASSES, IGNORED, class_data, recipe_of
from .test_strangers import NAMES

Say = pytest.CaptureFixture[str]


def recipe(rate: float, optimizer: str = "SGD") -> dict[str, object]:
    """A `recipe.json` of one phase and one output."""
    head = {
        "loss": {"name": "MeanSquaredError", "arguments": {}},
        "metrics": [{"name": "R2Score", "arguments": {"name": "r2"}}],
        "targets_of": "y",
        "inner": False,
    }
    own = {"momentum": 0.0} if optimizer == "SGD" else {"beta_1": 0.9}
    made = {"name": optimizer, "arguments": {"learning_rate": rate, **own}}
    phase = {"name": "", "epochs": 2, "optimizer": made, "outputs": {"y": head}}
    return {"name": "Line", "net": "Line", "file": "line.net", "seed": 0, "phases": [phase]}


def write_run(
    folder: Path, minute: int, loss: float, made: dict[str, object], **more: object
) -> None:
    """A run folder as netc wrote it before `run.json` held settings and figures."""
    folder.mkdir(parents=True)
    ending = {"restart": 1, "reason": "finished", "values": {"val_loss": loss, "loss": loss / 2}}
    facts = {
        "recipe": "Line",
        "net": "Line",
        "ending": "finished",
        "started": f"2026-01-01T10:{minute:02}:00+00:00",
        "command": ["netc", "train", "line.net"],
        "seconds": 60.0 * minute,
        "kept": {"restart": 1, "epoch": 2, "value": loss, "monitor": "val_loss"},
        "monitor": "val_loss",
        "endings": [ending],
    }
    (folder / "run.json").write_text(json.dumps(facts | more))
    (folder / "recipe.json").write_text(json.dumps(made))
    epochs = [
        Epoch(1, "", at, 0.1, 1.5, {"loss": 3.0 / at, "val_loss": loss / at}) for at in (1, 2)
    ]
    write_history(folder / "history.csv", epochs)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs: two rates, and another optimizer with a wider net."""
    monkeypatch.chdir(tmp_path)
    write_run(Path("runs/Line"), 3, 0.5, recipe(0.1), params=41)
    write_run(Path("runs/Line-2"), 2, 0.25, recipe(0.01), params=41)
    wider = ["netc", "train", "line.net", "--set", "width=16"]
    write_run(Path("runs/Line-10"), 1, 0.125, recipe(0.1, "Adam"), params=81, command=wider)
    return tmp_path / "runs"


def table(capsys: Say, *args: str) -> list[dict[str, str]]:
    """The rows of the table as CSV."""
    assert netc(["runs", *args, "--format", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_what_differs_is_a_column(runs: Path, capsys: Say) -> None:
    rows = table(capsys)
    assert [row["run"] for row in rows] == ["Line-10", "Line-2", "Line"]
    assert [row["optimizer.learning_rate"] for row in rows] == ["0.1", "0.01", "0.1"]
    assert [row["optimizer"] for row in rows] == ["Adam", "SGD", "SGD"]
    assert [row["width"] for row in rows] == ["16", "", ""]
    assert [row["val_loss"] for row in rows] == ["0.125", "0.25", "0.5"]
    assert (rows[0]["epochs"], rows[0]["kept"], rows[0]["params"]) == ("2", "2", "81")
    # What all have alike, and what only one optimizer has, is none.
    assert not {"seed", "loss", "optimizer.momentum", "optimizer.beta_1"} & set(rows[0])
    assert netc(["runs"]) == 0
    head, *shown = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["run", "ending"]
    assert [line.split()[0] for line in shown] == ["Line-10", "Line-2", "Line"]
    assert shown[2].endswith("3 min 0 s")


def test_runs_are_sorted_and_chosen(runs: Path, capsys: Say) -> None:
    def names(*args: str) -> list[str]:
        return [row["run"] for row in table(capsys, *args)]

    assert names("--sort", "val_loss", "--reverse") == ["Line", "Line-2", "Line-10"]
    assert names("--sort", "run") == ["Line", "Line-10", "Line-2"]
    assert names("--sort", "width", "--reverse") == ["Line-10", "Line-2", "Line"]
    assert names("--where", "optimizer=SGD") == ["Line-2", "Line"]
    assert names("--where", "val_loss<0.5", "--where", "params!=81") == ["Line-2"]
    assert names("--where", "optimizer.learning_rate>=1e-1", "runs") == ["Line-10", "Line"]
    assert names("runs/Line", "runs/Line-2") == ["runs/Line-2", "runs/Line"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--sort", "val_los"], "no run has `val_los`. did you mean `val_loss`?"),
        (["--where", "optimiser=SGD"], "no run has `optimiser`. did you mean `optimizer`?"),
        (["--where", "val_loss"], "`val_loss` is no condition; write NAME=VALUE"),
        (["--where", "optimizer<SGD"], "`optimizer<SGD`: < compares numbers, and `SGD` is none"),
        (["--where", "val_loss>9"], "there is no run of which val_loss>9 holds"),
        (["nowhere"], "nowhere: there is no such folder"),
        (["empty"], "empty: holds no run"),
        (["-o", "nowhere/curves.png"], "the folder nowhere of the output does not exist"),
    ],
)
def test_what_cannot_be_is_one_line(runs: Path, capsys: Say, args: list[str], said: str) -> None:
    (runs.parent / "empty").mkdir()
    assert netc(["runs", *args]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert len(err.splitlines()) == 1
    assert said in err


def test_all_is_known_in_json(runs: Path, capsys: Say) -> None:
    assert netc(["runs", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["differing"] == ["optimizer", "optimizer.learning_rate", "width"]
    first = found["runs"][0]
    assert first["settings"]["optimizer.beta_1"] == 0.9
    assert first["settings"]["metrics"] == "R2Score"
    assert first["figures"] == {"val_loss": 0.125, "loss": 0.0625}
    assert (first["monitor"], first["test"]) == ("val_loss", {})


def test_curves_of_several_runs(runs: Path, capsys: Say) -> None:
    assert netc(["runs", "-o", "curves.png"]) == 0
    with Image.open("curves.png") as picture:
        assert min(picture.size) > 300
        # A colour for each run: they are told apart.
        colors = {color for _, color in picture.convert("RGB").getcolors(1 << 20) or []}
    assert {(0, 0x72, 0xB2), (0xD5, 0x5E, 0), (0, 0x9E, 0x73)} <= colors
    for path in runs.glob("*/history.csv"):
        path.unlink()
    assert netc(["runs", "-o", "none.png"]) == 1
    assert "no curves" in capsys.readouterr().err
    assert not Path("none.png").exists()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("run.json", "{", "is not JSON"),
        ("run.json", "[" * 100_000, "is not JSON"),
        ("run.json", "[]", "does not describe a run"),
        ("run.json", "\udcff", "is not JSON"),
        ("recipe.json", "[" * 100_000, "recipe.json: cannot be read"),
        ("history.csv", "restart,phase\n1,2,3\n", "history.csv: is damaged"),
    ],
)
def test_a_damaged_run_hides_no_other(
    runs: Path, capsys: Say, name: str, text: str, said: str
) -> None:
    (runs / "Line" / name).write_text(text, errors="surrogateescape")
    assert netc(["runs"]) == 0
    out, err = capsys.readouterr()
    assert "Line-2" in out
    assert said in err


def test_wrong_facts_are_nothing(runs: Path, capsys: Say) -> None:
    strange = {"kept": 7, "endings": [None], "monitor": [], "seconds": "x", "params": True}
    write_run(runs / "odd", 4, 0.5, {"phases": [3, {"outputs": [], "stop": [[]]}]}, **strange)
    row = table(capsys)[-1]
    assert (row["run"], row["epochs"], row["kept"], row["params"]) == ("odd", "2", "", "")


def test_names_of_strangers_are_text(runs: Path, capsys: Say) -> None:
    for at, name in enumerate(NAMES):
        command = ["--set", f"name{at}={name}"]
        write_run(runs / f"bad{at}", 5 + at, 0.5, recipe(0.1), command=command, ending=name)
    for form in ("table", "csv", "json", "html"):
        assert netc(["runs", "--format", form, "-o", "curves.png"]) == 0
        out = capsys.readouterr().out
        assert not set(out) & {"\x1b", "\u202e"}
        if form == "csv":
            cells = [cell for row in csv.reader(io.StringIO(out)) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "@", "-", "+"))]
        if form == "html":
            body = out[out.index("<body>") : out.index("<script>")] + "</body>"
            assert not ElementTree.fromstring(body).findall(".//script")


def test_settings_have_dotted_names() -> None:
    made = recipe(0.1)
    listed = made["phases"]
    assert isinstance(listed, list)
    phase = dict(listed[0])
    schedule = {"name": "CosineDecay", "arguments": {"decay_steps": 9}}
    phase["optimizer"] = {"name": "SGD", "arguments": {"learning_rate": schedule}}
    phase["augment"] = [{"name": "RandomFlip", "arguments": {"mode": "horizontal"}}]
    both = {"sum": [{"weight": 0.5, "loss": {"name": "Dice", "arguments": {"axis": [1]}}}]}
    phase["outputs"] = {"a": {"loss": both}, "b": {"loss": {"name": "X", "arguments": {}}}}
    found = resolved({**made, "phases": [{**phase, "name": "first"}, {**phase, "name": "last"}]})
    assert found["phases"] == "first, last"
    assert found["first.optimizer.learning_rate"] == "CosineDecay"
    assert found["last.optimizer.learning_rate.decay_steps"] == 9
    assert found["first.augment"] == "RandomFlip"
    assert found["first.augment.RandomFlip.mode"] == "horizontal"
    assert (found["first.a.loss"], found["first.a.loss.Dice.axis"]) == ("0.5 * Dice", "[1]")
    assert found["first.b.loss"] == "X"


@pytest.mark.filterwarnings(IGNORED)
@pytest.mark.parametrize("folds", [False, True])
def test_a_run_says_its_settings_and_final_figures(
    tmp_path: Path, folds: bool, monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    pytest.importorskip("keras")
    monkeypatch.chdir(tmp_path)
    x, y = class_data()
    np.savez("small.npz", x=x, y=y)
    split = "" if folds else ", validation_split=0.2"
    settings = f"""
      data = npz("small.npz", test_split=0.2{split})
      loss = sparse_categorical_crossentropy
      optimizer = SGD(0.1)
      metrics = [accuracy]
      epochs = 1
      {"folds = 2" if folds else ""}"""
    recipe_of(tmp_path, CLASSES, settings)
    assert netc(["train", "small.net", "--quiet", "--set", "optimizer=SGD(0.5)"]) == 0
    facts = json.loads(Path("runs/Small/run.json").read_text())
    assert facts["settings"]["optimizer.learning_rate"] == 0.5
    assert facts["params"] == 67
    run = read_run(Path("runs/Small"))
    assert netc(["eval", "small.net", "--part", "test", "--format", "json"]) == 0
    judged = json.loads(capsys.readouterr().out)
    assert run.test == pytest.approx(judged["mean" if folds else "metrics"], rel=1e-4)
    assert set(run.test) == {"loss", "accuracy"}
    assert set(run.figures) >= {"val_loss", "val_accuracy"}
