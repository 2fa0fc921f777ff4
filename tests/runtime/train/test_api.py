"""Training from Python on arrays, and what `netc train` prints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute as netc_run
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session

import netc

from .small import CLASSES, IGNORED, class_data

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

SETTINGS = """
train Small {
  loss    = sparse_categorical_crossentropy
  metrics = [accuracy]
  epochs  = 3
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.net"
    path.write_text(CLASSES + SETTINGS)
    return path


def test_arrays_from_python_train_a_net(file: Path, tmp_path: Path) -> None:
    outcome = netc.train(
        file,
        data=class_data(),
        validation=class_data(20, seed=2),
        classes=("ash", "elm", "oak"),
        out=tmp_path / "run",
        epochs=2,
    )
    assert outcome.good
    assert [sorted(epoch.values) for epoch in outcome.history.epochs] == [
        ["accuracy", "loss", "val_accuracy", "val_loss"]
    ] * 2
    assert outcome.monitor == "val_loss"
    session = Session(tmp_path / "run" / "model.onnx")
    assert session.metadata["netc.classes"] == '["ash", "elm", "oak"]'
    x = class_data()[0]
    theirs = keras.models.load_model(tmp_path / "run" / "model.keras").predict_on_batch(x)
    np.testing.assert_allclose(session.run({"x": x})["probs"], theirs, atol=1e-5)


def test_faults_of_settings_are_one_line(file: Path, tmp_path: Path) -> None:
    with pytest.raises(netc.UserError, match="neither the net nor the recipe has a setting"):
        netc.train(file, data=class_data(), epoch=2)
    file.write_text(CLASSES + SETTINGS.replace("epochs", "epoch"))
    with pytest.raises(netc.DiagnosticError):
        netc.train(file, data=class_data())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda x, y: zip(x, y, strict=True),
            r"are of type zip, not a pair \(inputs, targets\); batches",
        ),
        (
            lambda x, y: ((x, y) for _ in "a"),
            r"are of type generator, .*; batches `\(x, y\)` become",
        ),
        (lambda x, y: x, r"are of type ndarray, not a pair \(inputs, targets\)$"),
        (lambda x, y: (x, y, y), r"are 3 values, not a pair \(inputs, targets\)"),
        (lambda x, y: {"x": x, "probs": y}, r"are of type dict, not a pair \(inputs, targets\)$"),
        (lambda x, y: 3, r"are of type int, not a pair \(inputs, targets\)$"),
    ],
    ids=["zip", "generator", "array", "three", "dict", "number"],
)
@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_data_that_are_no_pair_are_refused_with_a_way_out(
    file: Path, make: Callable[[object, object], object], said: str, part: str
) -> None:
    given = {"data": class_data(), "data" if part == "train" else part: make(*class_data())}
    with pytest.raises(netc.UserError, match=f"the {part} data {said}"):
        netc.train(file, **given)
    assert not file.with_name("runs").exists()


def test_a_dataset_trains_as_its_arrays_do(file: Path, tmp_path: Path) -> None:
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices(class_data()).batch(7)
    with pytest.raises(netc.UserError, match=r"train data are endless, .* `dataset.take\(100\)`"):
        netc.train(file, data=batches.repeat(), out=tmp_path / "run")
    given = {"validation": class_data(20, seed=2), "settings": {"epochs": np.int64(1)}}
    outcome = netc.train(file, data=batches, out=tmp_path / "run", **given)
    plain = netc.train(file, data=class_data(), out=tmp_path / "plain", **given)
    assert outcome.history.epochs[0].values == plain.history.epochs[0].values
    assert repr(outcome).startswith(f"<run {tmp_path / 'run'}: finished, 1 epoch, kept ")


@pytest.fixture
def stored(file: Path) -> Path:
    """The same recipe with data in a file."""
    x, y = class_data()
    np.savez(file.with_name("data.npz"), x=x, y=y)
    data = 'data = npz("data.npz", validation_split=0.2)\n  loss'
    file.write_text(CLASSES + SETTINGS.replace("loss ", data, 1))
    return file


def test_the_command_prints_an_epoch_a_line_and_the_proof(
    stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert netc_run(["train", str(stored), "--out", str(out), "--set", "epochs=2"]) == 0
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if line.startswith("epoch")]
    assert [line.split()[1] for line in lines] == ["1/2", "2/2"]
    assert all("val_accuracy" in line for line in lines)
    assert "outputs equal to Keras's on 12 samples (validation)" in said.out
    facts = json.loads((out / "run.json").read_text())
    assert facts["ending"] == "finished"
    assert facts["agreement"]["largest"] < 1e-4
    assert list(facts["times"]) == ["start", "recipe", "data", "keras", "first_step", "trained"]
    assert (out / "source" / "small.net").read_text() == stored.read_text()
    assert (out / "recipe.net").read_text().startswith("train Small {")
    assert json.loads((out / "recipe.json").read_text())["phases"][0]["epochs"] == 2

    assert netc_run(["train", str(stored), "--out", str(out)]) == 1
    assert "holds a run; continue it with --resume" in capsys.readouterr().err


def test_a_dry_run_trains_nothing(
    stored: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    stored.write_text(stored.read_text().replace("epochs  = 3", "epochs = 3\nfreeze = [one]"))
    assert netc_run(["train", str(stored), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "RMSprop(" in said
    assert "samples: 48 for train, 12 for validation" in said
    assert "3 epochs of 2 steps, batch 32; 27 parameters learn, 40 are frozen" in said
    assert not (tmp_path / "runs").exists()


def test_logs_for_tensorboard_are_written_on_demand(stored: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert netc_run(["train", str(stored), "--out", str(out), "--tensorboard", "--quiet"]) == 0
    found = sorted(path.parent.name for path in (out / "logs").rglob("events.out.*"))
    assert found == ["train", "validation"]
