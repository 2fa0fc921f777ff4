"""`netc eval`: Keras's figures by onnxruntime, and what it says where it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.cli import execute as netc
from netc.runtime.data.encode import encoders

from .runs import Made, classifier, regression, sides

keras = pytest.importorskip("keras")


def keras_evaluate(made: Made, name: str) -> dict[str, float]:
    """What Keras's own `evaluate` gives for the run's weights."""
    part = next(part for part in made.dataset.parts if part.name == name)
    model = lower_keras(made.recipe.checked, SeededWeights(1))
    (head,) = made.recipe.phases[-1].heads
    model.compile(
        loss=head.loss.keras_object(keras),
        metrics=[metric.for_targets(head.targets).keras_object(keras) for metric in head.metrics],
    )
    (encoder,) = encoders(made.recipe, [head])
    (x,) = part.inputs.values()
    assert isinstance(x, np.ndarray)
    y = encoder.encoded(part.targets[head.output])
    found: dict[str, float] = model.evaluate(x, y, verbose=0, return_dict=True)
    return found


def evaluated(capsys: pytest.CaptureFixture[str], *args: str | Path) -> dict[str, object]:
    assert netc(["eval", *map(str, args), "--format", "json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("maker", "part"),
    [(classifier, "test"), (classifier, "train"), (regression, "validation"), (sides, "test")],
)
def test_figures_are_keras_s(
    maker: Callable[[Path], Made],
    part: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = maker(tmp_path)
    found = evaluated(capsys, made.file, "--run", made.run, "--part", part)
    wanted = keras_evaluate(made, part)
    assert found["part"] == part
    assert found["metrics"] == pytest.approx(wanted, rel=1e-4)


def test_regularization_counts_in_the_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = classifier(tmp_path)
    with_it = evaluated(capsys, made.file, "--run", made.run)["metrics"]
    assert isinstance(with_it, dict)
    kernel = SeededWeights(1).tensor("dense", made.recipe.checked.layers()["dense"].weights[0])
    made.file.write_text(made.file.read_text().replace(", kernel_regularizer=L2(0.01)", ""))
    without = evaluated(capsys, made.file, "--run", made.run)["metrics"]
    assert isinstance(without, dict)
    penalty = 0.01 * float((kernel.read().astype(float) ** 2).sum())
    assert with_it["loss"] - without["loss"] == pytest.approx(penalty, rel=1e-4)


def test_the_last_run_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = classifier(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert evaluated(capsys, "digits.net")["run"] == "runs/Digits"
    for number in ("2", "10"):
        made.run.rename(tmp_path / "runs" / f"Digits-{number}")
        assert evaluated(capsys, "digits.net")["run"] == f"runs/Digits-{number}"
        made.run.mkdir()
        for file in (tmp_path / "runs" / f"Digits-{number}").iterdir():
            (made.run / file.name).write_bytes(file.read_bytes())


def test_text_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = classifier(tmp_path, ("cat", "<b>", "$dog"))
    out = tmp_path / "out.png"
    args = [str(made.file), "--run", str(made.run), "--confusion", str(out)]
    assert netc(["eval", *args]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{made.run}: test part, 20 samples\n  loss      ")
    assert "  $dog " in text
    assert out.read_bytes().startswith(b"\x89PNG")


def test_validation_stands_in_for_a_test_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = regression(tmp_path)
    assert netc(["eval", str(made.file), "--run", str(made.run)]) == 0
    shown = capsys.readouterr()
    assert "validation part, 15 samples" in shown.out
    assert "no test part" in shown.err


def test_what_a_check_warns_of_is_not_said_of_a_run_that_has_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = classifier(tmp_path)
    stop = "epochs    = 3\n  stop = EarlyStopping(patience=8)"
    made.file.write_text(made.file.read_text().replace("epochs    = 3", stop))
    assert netc(["check", str(made.file), "--no-cache"]) == 0
    assert "NET0856" in capsys.readouterr().out
    assert netc(["eval", str(made.file), "--run", str(made.run)]) == 0
    assert capsys.readouterr().err == ""


def fails(capsys: pytest.CaptureFixture[str], *args: str | Path) -> str:
    assert netc(["eval", *map(str, args)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def test_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = regression(tmp_path)
    assert "no test part, only train and validation" in fails(
        capsys, made.file, "--run", made.run, "--part", "test"
    )
    out = tmp_path / "c.png"
    assert "teaches no classes" in fails(capsys, made.file, "--run", made.run, "--confusion", out)
    assert "line.npz" in fails(capsys, made.file, "--run", made.run, "--data", tmp_path / "runs")
    assert "there is no such run" in fails(capsys, made.file, "--run", tmp_path / "nowhere")
    (made.run / "model.onnx").unlink()
    assert "holds no model.onnx" in fails(capsys, made.file, "--run", made.run)
    monkeypatch.chdir(tmp_path / "runs")
    assert "there is no run of `Line`" in fails(capsys, made.file)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Dense(5", "Dense(6", "its weights do not fit"),
        ("[N, 4]", "[N, 5]", "it takes `x` float32[N, 5], the run `x` float32[N, 4]"),
        ("-> y", "-> z", "it gives z, the run y"),
    ],
)
def test_a_net_that_is_another_by_now(
    before: str, after: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = regression(tmp_path)
    made.file.write_text(made.file.read_text().replace(before, after))
    err = fails(capsys, made.file, "--run", made.run)
    assert said in err
    assert "no longer the one" in err


def test_a_changed_file_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = regression(tmp_path)
    made.file.write_text(made.file.read_text().replace("relu", "tanh"))
    assert netc(["eval", str(made.file), "--run", str(made.run)]) == 0
    assert "has changed since the run" in capsys.readouterr().err
    made.file.write_text(made.file.read_text().replace("tanh", "relu") + "# the same net\n")
    assert netc(["eval", str(made.file), "--run", str(made.run)]) == 0
    assert "has changed since the run" not in capsys.readouterr().err


def test_a_run_of_another_net_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = regression(tmp_path)
    facts = made.run / "run.json"
    facts.write_text(json.dumps({**json.loads(facts.read_text()), "net": "Other"}))
    assert "is a run of the net `Other`, not of" in fails(capsys, made.file, "--run", made.run)


def test_tensorflow_is_not_loaded(tmp_path: Path) -> None:
    made = classifier(tmp_path)
    code = (
        "import sys; from netc.runtime.cli import execute; "
        f"status = execute(['eval', {str(made.file)!r}, '--run', {str(made.run)!r}]); "
        "sys.exit(status or ('tensorflow' in sys.modules) * 9 or ('matplotlib' in sys.modules) * 8)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
