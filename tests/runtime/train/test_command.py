"""What `netc train` leaves in its folder and says when Ctrl-C or wrong data end it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.runs.facts import Agreement
from netc.runtime.runs.folder import new_folder
from netc.runtime.train.sources import keep_sources

from ..cli.run_netc import netc
from .small import IGNORED, class_data

import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

BLOCK = "block Head(x: float32[N, C]) {\n  return x -> Dense(3, activation=softmax)\n}\n"
NET = """from "{origin}" import Head

net Small(x: float32[N, 4], width: int = 4) -> probs: [N, 3] {{
  return x -> Dense(width, activation=tanh) -> Head
}}

train Small {{
  data = npz("data.npz", validation_split=0.2)
  loss = sparse_categorical_crossentropy
  epochs = 3
}}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A net that imports a block from a folder beside it, and its data in the folder `there`."""
    monkeypatch.chdir(tmp_path)
    for name in ("nets", "there"):
        (tmp_path / name).mkdir()
    (tmp_path / "nets" / "head.net").write_text(BLOCK)
    x, y = class_data()
    np.savez(tmp_path / "there" / "data.npz", x=x, y=y)
    path = tmp_path / "small.net"
    path.write_text(NET.format(origin="./nets/head.net"))
    return path


def test_the_run_keeps_the_file_and_all_it_imports(file: Path) -> None:
    keep_sources(file, Path("kept"))
    assert Path("kept/small.net").read_text() == file.read_text()
    assert Path("kept/nets/head.net").read_text() == BLOCK
    assert execute(["check", "kept"]) == 0


def test_imports_from_above_are_kept_below_the_folder_too(file: Path) -> None:
    inner = Path("models/recipe.net")
    inner.parent.mkdir()
    inner.write_text(NET.format(origin="../nets/head.net"))
    Path("netc.toml").touch()
    keep_sources(inner, Path("run/source"))
    assert sorted(str(path) for path in Path("run").rglob("*.net")) == [
        "run/source/models/recipe.net",
        "run/source/nets/head.net",
    ]


def test_a_model_that_does_not_compute_what_keras_does_is_told_even_to_the_quiet(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Agreement, "holds", property(lambda agreement: False))
    given = ["train", str(file), "--data", "there", "--set", "epochs=1", "--quiet"]
    assert execute(given) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "outputs NOT equal to Keras's" in said.err


def test_after_ctrl_c_the_command_that_goes_on_says_what_this_one_said(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netc.runtime.train import loop

    whole = loop.Loop._end_epoch

    def pressed(self: loop.Loop, *given: object) -> None:
        whole(self, *given)  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGINT)

    given = ["small.net", "--data", "there", "--set", "width=5", "--set", "optimizer=SGD(0.1)"]
    monkeypatch.setattr(loop.Loop, "_end_epoch", pressed)
    assert execute(["train", *given]) == 130
    *_, note, said = capsys.readouterr().err.splitlines()
    assert note == "note: writing models and the report; Ctrl-C again ends at once"
    again = (
        "netc train small.net --data there --set width=5 --set 'optimizer=SGD(0.1)' "
        "--resume --out runs/Small"
    )
    assert said == f"interrupted; go on with: {again}"
    monkeypatch.undo()
    monkeypatch.chdir(file.parent)
    assert execute(["train", *given, "--resume", "--out", "runs/Small"]) == 0
    assert "epoch 3/3" in capsys.readouterr().err
    # The run remembers its --set: it goes on for an epoch more as the net that it began with.
    assert execute(["train", "small.net", "--data", "there", "--resume", "--set", "epochs=4"]) == 0
    assert "epoch 4/4" in capsys.readouterr().err
    kept = {"width": 5, "optimizer": "SGD(0.1)", "epochs": 4}
    assert json.loads(Path("runs/Small/run.json").read_text())["set"] == kept


def test_ctrl_c_while_keras_is_imported_says_how_to_go_on(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(monkeypatch)
    assert capsys.readouterr().err.endswith("--data there --resume --out runs/Small\n")


def test_a_run_that_did_not_begin_leaves_no_folder(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["train", "small.net"]) == 1
    assert "data.npz: there is no such file; --data DIR says" in capsys.readouterr().err
    text = file.read_text().replace("epochs", 'weights = [load("gone.safetensors")]\n  epochs')
    file.write_text(text)
    assert execute(["train", "small.net", "--data", "there"]) == 1
    assert "gone.safetensors" in capsys.readouterr().err
    assert not list(Path("runs").glob("*"))


def test_two_runs_that_begin_at_once_get_two_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [str(new_folder("Net").path) for _ in range(2)] == ["runs/Net", "runs/Net-2"]


def test_a_run_writes_over_nothing_that_it_did_not_write(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine").mkdir()
    Path("mine/recipe.net").write_text("# my own\n")
    assert execute(["train", "small.net", "--data", "there", "--out", "mine"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: mine holds recipe.net, which the run would write over")
    assert [path.name for path in Path("mine").iterdir()] == ["recipe.net"]


def test_a_dry_run_tells_missing_data_from_data_that_do_not_fit(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["train", "small.net", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "note: no data" in said.err
    assert "3 epochs" in said.out
    np.savez("there/data.npz", x=np.zeros((9, 5), np.float32), y=np.zeros(9, np.int64))
    assert execute(["train", "small.net", "--dry-run", "--data", "there"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: there/data.npz: `x` is float32[9, 5]")
    assert said.out.startswith("train Small {")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("epochs = 3", "epochs = 4", "another recipe (epochs was 3, is 4); start a new run"),
        ("mse", "mae", "another recipe (name was"),
        ("tanh", "relu", "another net `Small`; start a new run, or put it back as runs/Small/sour"),
        ("width: int = 4", "width: int = 5", "another net `Small`"),
        ("split=0.2", "split=0.5", "another recipe (validation_split was 0.2, is 0.5)"),
    ],
)
def test_a_run_goes_on_with_the_recipe_and_net_it_began_with(
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    was: str,
    becomes: str,
    said: str,
) -> None:
    file.write_text(file.read_text().replace("sparse_categorical_crossentropy", "mse"))
    Path("nets/head.net").write_text(BLOCK.replace("softmax", "linear"))
    x, _ = class_data()
    np.savez("there/data.npz", x=x, y=x[:, :3])
    begin(monkeypatch)
    capsys.readouterr()
    file.write_text(file.read_text().replace(was, becomes))
    assert execute(["train", "small.net", "--data", "there", "--resume"]) == 1
    assert f"the run began with {said}" in capsys.readouterr().err


def test_a_run_does_not_go_on_with_other_samples(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(monkeypatch)
    x, y = class_data(70)
    np.savez("there/data.npz", x=x, y=y)
    assert execute(["train", "small.net", "--data", "there", "--resume"]) == 1
    error = capsys.readouterr().err
    assert "48 samples for train, 12 samples for validation, and now there are 5" in error


def begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begins a run that Ctrl-C ends before training."""
    from netc.runtime.train import run as running

    def pressed() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(running, "import_keras", pressed)
        assert execute(["train", "small.net", "--data", "there"]) == 130


def test_what_tensorflow_cannot_do_is_no_bug_of_netc(tmp_path: Path) -> None:
    """XLA has no deterministic gradient of MaxPooling2D."""
    (tmp_path / "pool.net").write_text(
        "net Pool(x: float32[N, 4, 4, 1]) -> y: [N, 1] {\n"
        "  return x -> Conv2D(2, 1) -> MaxPooling2D(2) -> Flatten -> Dense(1)\n}\n"
        'train Pool {\n  data = npz("data.npz")\n  loss = mse\n  jit = true\n}\n'
    )
    np.savez(tmp_path / "data.npz", x=np.ones((8, 4, 4, 1), np.float32), y=np.ones((8, 1)))
    made = netc("train", "pool.net", "--set", "deterministic=true", cwd=tmp_path)
    assert made.status == 1
    assert made.err.startswith("error: TensorFlow cannot train this net: ")
    assert made.err.endswith(
        "have a deterministic XLA implementation; train without `jit = true` or without "
        "`deterministic = true`\n"
    )


@pytest.mark.parametrize("verb", [["train"], ["sweep", "--set", "width=2,3"]])
def test_a_quiet_command_says_its_error_and_no_warning(
    file: Path, verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = file.read_text().replace("epochs = 3", "epochs = 3\n  stop = EarlyStopping(patience=8)")
    file.write_text(text.replace("data.npz", "gone.npz"))
    command = [*verb, str(file), "--data", str(file.parent)]
    assert execute(command) == 1
    assert "NET0856" in capsys.readouterr().err
    assert execute([*command, "-q"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert "gone.npz: there is no such file" in line
