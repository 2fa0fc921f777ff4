"""A sweep on Ray Tune with two workers: the study of a sweep without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.runs.folder import RunFolder
from netc.runtime.runs.listed import read_run
from netc.runtime.sweep.ray_engine import train_with_ray
from netc.runtime.sweep.run import run_sweep

from .small import in_process, plan_of

Say = pytest.CaptureFixture[str]


@pytest.mark.extras
@pytest.mark.filterwarnings("ignore")
def test_ray_trains_what_this_machine_does(file: Path) -> None:
    """All settings of a grid, so that the order in which two workers end changes nothing."""
    space = ["optimizer=SGD(0.1),Adam(0.1)", "optimizer.beta_1=0.8,0.9", "epochs=1"]
    plan = plan_of(file, *space, trials=4)
    by_ray = run_sweep(plan, RunFolder(Path("ray")), jobs=2, engine=train_with_ray)
    here = run_sweep(plan, RunFolder(Path("here")), engine=in_process)

    def came(number: int, folder: str) -> tuple[object, ...]:
        trial = (by_ray if folder == "ray" else here).trials[number]
        return trial.state, trial.value and round(trial.value, 6), tuple(trial.values.items())

    assert {came(at, "ray")[1:] for at in range(4)} == {came(at, "here")[1:] for at in range(4)}
    assert sorted(trial.state for trial in by_ray.trials) == ["complete"] * 2 + ["failed"] * 2
    assert by_ray.best is not None
    run = read_run(Path(f"ray/trial-{by_ray.best.number}"))
    assert (run.ending, run.figures["val_loss"]) == ("finished", by_ray.best.value)


@pytest.mark.extras
@pytest.mark.filterwarnings("ignore")
def test_the_studys_pruner_ends_trials_of_ray(file: Path) -> None:
    plan = plan_of(file, "WIDTH=3,4", "epochs=9", trials=2, pruner="ThresholdPruner(upper=0)")
    made = run_sweep(plan, RunFolder(Path("ray")), jobs=2, engine=train_with_ray)
    assert [trial.state for trial in made.trials] == ["pruned"] * 2
    assert read_run(Path("ray/trial-0")).ending == "pruned"


def test_without_ray_the_extra_is_named(
    file: Path, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert netc(["sweep", "small.net", "--set", "WIDTH=3,4", "--engine", "ray"]) == 1
    assert "error: --engine ray needs Ray: `pip install 'netc[ray]'`" in capsys.readouterr().err
    assert not Path("runs").exists()
