"""Runs in the stores of MLflow and Weights & Biases, read back with their own programs."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.runs.listed import read_run

from ...waiting import LONGEST
from ..sweep.small import RATE, write_small

BLOCK = 2**15
pytestmark = [pytest.mark.extras, pytest.mark.filterwarnings("ignore")]


def records(kept: bytes) -> Iterator[bytes]:
    """The records of a `.wandb` file: LevelDB's log format behind a header of 7 bytes."""
    at, made = 7, b""
    while at + 7 <= len(kept):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
        size, kind = struct.unpack("<HB", kept[at + 4 : at + 7])
        made += kept[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):
            yield made
            made = b""


def whole_run(path: Path) -> dict[str, list[Any]]:
    """All records of a run by their kind; the client's service writes on a moment after its end."""
    from wandb.proto import wandb_internal_pb2

    found: dict[str, list[Any]] = {}
    until = time.monotonic() + LONGEST
    while "exit" not in found and time.monotonic() < until:
        found = {}
        for data in records(path.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            found.setdefault(str(record.WhichOneof("record_type")), []).append(record)
    return found


def values(items: Iterable[Any]) -> dict[str, object]:
    """What a record says, by dotted names."""
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small recipe with its data; pictures take longer than training."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    return write_small(tmp_path)


@pytest.mark.parametrize("kind", ["database", "files"])
def test_mlflow_keeps_settings_epochs_and_files(
    file: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    place = Path("kept").absolute()
    uri = f"sqlite:///{place}" if kind == "database" else place.as_uri()
    assert netc(["train", "small.net", "--quiet", f"--mlflow={uri}"]) == 0
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("Small")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.status, run.info.run_name) == ("FINISHED", "Small")
    assert run.data.params["optimizer.learning_rate"] == "0.01"
    assert run.data.params["loss"] == "SparseCategoricalCrossentropy"
    figures = read_run(Path("runs/Small")).figures
    assert run.data.metrics["final/val_loss"] == figures["val_loss"]
    history = client.get_metric_history(run.info.run_id, "val_loss")
    assert [each.step for each in history] == [1, 2]
    kept = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert {"model.onnx", "report.html"} <= kept
    # A run that goes on is the same run.
    again = ["train", "small.net", "--quiet", "--resume", f"--mlflow={uri}", "--set", "epochs=3"]
    assert netc(again) == 0
    (run,) = client.search_runs([experiment.experiment_id])
    assert len(client.get_metric_history(run.info.run_id, "val_loss")) == 3


def test_a_store_that_cannot_be_opened_is_one_line(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    # No folder can be made below a file.
    for uri in (f"sqlite:///{file}/kept", "nosuch://x", f"{file.as_uri()}/kept"):
        assert netc(["train", "small.net", f"--mlflow={uri}"]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: --mlflow {uri}: ")
    assert not Path("runs").exists()


def test_wandb_keeps_a_run_offline(file: Path) -> None:
    assert netc(["train", "small.net", "--quiet", "--wandb"]) == 0
    (path,) = Path().glob("wandb/offline-run-*/run-*.wandb")
    kept = whole_run(path)
    config = values(kept["run"][0].run.config.update)
    steps = [values(record.history.item) for record in kept["history"]]
    summary: dict[str, object] = {}
    for record in kept["summary"]:
        summary |= values(record.summary.update)
    assert config["optimizer.learning_rate"] == 0.01
    assert [step["epoch"] for step in steps] == [1, 2]
    assert all("val_loss" in step for step in steps)
    assert summary["ending"] == "finished"


def test_the_trials_of_a_sweep_are_runs_of_a_tracker(file: Path) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{file.parent / 'kept'}"
    args = ["--set", RATE, "--set", "epochs=1", "--trials", "2", f"--mlflow={uri}"]
    assert netc(["sweep", "small.net", *args, "--quiet"]) == 0
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("Small")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert sorted(run.info.run_name for run in runs) == ["trial-0", "trial-1"]
    assert {run.data.tags["netc.sweep"] for run in runs} == {"Small-sweep"}
    assert len({run.data.params["optimizer.learning_rate"] for run in runs}) == 2
