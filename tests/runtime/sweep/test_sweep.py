"""A sweep trains, goes on after whatever ended it, and says what came of each trial."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from netc.runtime.cli import execute as netc
from netc.runtime.errors import UserError
from netc.runtime.runs.folder import RunFolder
from netc.runtime.runs.listed import read_run
from netc.runtime.sweep.one import Result
from netc.runtime.sweep.run import Sweeping, run_sweep
from netc.runtime.sweep.study import Study

from ...waiting import has_ended, wait_until
from ..train.small import IGNORED
from .small import RATE, in_process, plan_of

pytestmark = pytest.mark.filterwarnings(IGNORED)
Say = pytest.CaptureFixture[str]
FOLDER = Path("runs/Small-sweep")


def rows(folder: Path) -> list[dict[str, str]]:
    """The trials of a sweep, without how long they took."""
    found = list(csv.DictReader((folder / "trials.csv").read_text().splitlines()))
    return [{name: text for name, text in row.items() if name != "seconds"} for row in found]


class Fake:
    """An engine that trains nothing: a trial's figure is its rate, and some are cut or fail."""

    def __init__(self, results: dict[int, object] | None = None) -> None:
        self.results = results or {}
        self.asked: list[int] = []

    def __call__(self, running: Sweeping, jobs: int) -> None:
        while running.left() > 0:
            number, values = running.next()
            self.asked.append(number)
            found = self.results.get(number, Result(float(values["optimizer.learning_rate"] or 0)))
            if isinstance(found, BaseException):
                raise found
            assert isinstance(found, Result)
            running.tell(number, found)


WORKER = """
import os, time
from netc.runtime.sweep import worker

train = worker.train_one

def held(task, settings, folder, report):
    def reported(epoch, value):
        if (folder.path.name, epoch) == ("trial-1", 3):
            with open("new", "w") as file:
                file.write(str(os.getpid()))
            os.replace("new", "held")
            while True:
                time.sleep(1)
        return report(epoch, value)
    return train(task, settings, folder, reported)

worker.train_one = held
worker.main()
"""
HELD = f"""
from functools import partial
from netc.runtime.cli import main
from netc.runtime.sweep import run
run.Crew = partial(run.Crew, program=("-c", {WORKER!r}))
main()
"""
"""`netc sweep`, whose second trial stays in its third epoch."""


def test_each_trial_is_a_run_and_the_killed_sweep_goes_on_the_same(file: Path, capsys: Say) -> None:
    """`kill -9` within a trial, then `--resume`: the trials of a sweep nobody disturbed."""
    args = ["--set", RATE, "--set", "WIDTH=3,4", "--set", "epochs=9", "--trials", "2"]
    command = [sys.executable, "-c", HELD, "sweep", "small.net", *args]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "1/2 trial 0: " in process.stderr.readline()
    wait_until(Path("held").exists, lambda: process.poll() is None)
    assert (FOLDER / "trial-1" / "history.csv").exists()
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    wait_until(lambda: has_ended(int(Path("held").read_text())))
    assert read_run(FOLDER / "trial-1").ending == "unfinished"
    begun = (FOLDER / "trial-0" / "run.json").read_bytes()
    plan = plan_of(file, RATE, "WIDTH=3,4", "epochs=9", trials=2)
    run_sweep(plan, RunFolder(FOLDER), resume=True, engine=in_process)
    assert (FOLDER / "trial-0" / "run.json").read_bytes() == begun
    run_sweep(plan, RunFolder(Path("whole")), engine=in_process)
    assert rows(FOLDER) == rows(Path("whole"))
    assert [row["state"] for row in rows(FOLDER)] == ["complete"] * 2

    assert netc(["runs", str(FOLDER), "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert "optimizer.learning_rate" in shown["differing"]
    for row, run in zip(rows(FOLDER), shown["runs"], strict=True):
        assert run["ending"] == "finished"
        assert run["figures"]["val_loss"] == float(row["val_loss"])
        assert run["settings"]["optimizer.learning_rate"] == float(row["optimizer.learning_rate"])


def test_settings_that_do_not_go_together_fail_alone(file: Path) -> None:
    pairs = ["optimizer=SGD(0.1),Adam(0.1)", "optimizer.beta_1=0.8,0.9", "epochs=1"]
    plan = plan_of(file, *pairs, trials=4, metric="val_accuracy")
    made = run_sweep(plan, RunFolder(FOLDER), engine=in_process)
    assert made.larger
    assert {trial.state for trial in made.trials} == {"complete", "failed"}
    for trial in made.trials:
        failed = trial.values["optimizer"] == "SGD(0.1)"
        assert failed == (trial.state == "failed")
        assert failed == ("`SGD` has no argument `beta_1`" in trial.why)
        if not failed:
            figures = read_run(FOLDER / f"trial-{trial.number}").figures
            assert trial.value == figures["val_accuracy"]
    facts = json.loads((FOLDER / "sweep.json").read_text())
    assert facts["best"]["set"]["optimizer"] == "Adam(0.1)"
    page = (FOLDER / "report.html").read_text()
    assert "default-src 'none'" in page
    assert 'href="./trial-0/report.html"' in page


def test_a_pruned_trial_is_a_run_that_can_go_on(file: Path, capsys: Say) -> None:
    plan = plan_of(file, RATE, "epochs=4", trials=2, pruner="ThresholdPruner(upper=0)")
    made = run_sweep(plan, RunFolder(FOLDER), engine=in_process)
    assert [trial.state for trial in made.trials] == ["pruned", "pruned"]
    assert [list(trial.steps) for trial in made.trials] == [[1], [1]]
    run = read_run(FOLDER / "trial-0")
    assert (run.ending, run.epochs) == ("pruned", 1)
    command = json.loads((FOLDER / "trial-0" / "run.json").read_text())["command"]
    assert netc([*command[1:], "--resume", "--quiet"]) == 0
    run = read_run(FOLDER / "trial-0")
    assert (run.ending, run.epochs) == ("finished", 4)


def test_a_trial_that_diverges_is_recorded(file: Path) -> None:
    plan = plan_of(file, "optimizer=SGD(3e38),SGD(0.1)", "epochs=1", trials=2)
    made = run_sweep(plan, RunFolder(FOLDER), engine=in_process)
    bad = next(trial for trial in made.trials if trial.values["optimizer"] == "SGD(3e38)")
    assert bad.state == "failed"
    assert "is not finite" in bad.why
    assert made.best is not None
    assert made.best.values["optimizer"] == "SGD(0.1)"


def test_a_cut_sweep_leaves_a_clean_study_and_draws_as_if_it_were_not(file: Path) -> None:
    """Ctrl-C in the third trial: none runs, that one waits, and comes first again."""
    plan = plan_of(file, RATE, trials=14)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan, RunFolder(FOLDER), engine=Fake({2: KeyboardInterrupt()}))
    assert [row["state"] for row in rows(FOLDER)] == ["complete", "complete", "waiting"]
    again = Fake()
    run_sweep(plan, RunFolder(FOLDER), resume=True, engine=again)
    assert again.asked == list(range(2, 14))
    run_sweep(plan, RunFolder(Path("whole")), engine=Fake())
    assert rows(FOLDER) == rows(Path("whole"))
    with pytest.raises(UserError, match="the sweep is complete: 14 trials ended"):
        run_sweep(plan, RunFolder(FOLDER), resume=True, engine=Fake())
    more = plan_of(file, RATE, trials=15)
    assert len(run_sweep(more, RunFolder(FOLDER), resume=True, engine=Fake()).trials) == 15


def test_a_failed_trial_counts_and_none_that_is_complete_is_an_error(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    fake = Fake({at: Result(why="there was not enough memory") for at in range(3)})
    monkeypatch.setattr("netc.runtime.sweep.run.train_here", fake)
    assert netc(["sweep", "small.net", "--set", RATE, "--trials", "3"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert err[0].endswith(": failed: there was not enough memory")
    assert "no trial came to its end" in err[-1]


@pytest.mark.parametrize(
    ("settings", "options", "said"),
    [
        ([RATE, "WIDTH=3,4"], {}, "the sweep tries --set optimizer.learning_rate=1e-4..1e-1:log, "),
        (["optimizer.learning_rate=1e-4..1:log"], {}, "go on without --set"),
        ([RATE], {"metric": "val_accuracy"}, "has --metric val_loss, not val_accuracy"),
    ],
)
def test_a_study_of_another_space_does_not_go_on(
    file: Path, settings: list[str], options: dict[str, str], said: str
) -> None:
    run_sweep(plan_of(file, RATE, trials=1), RunFolder(FOLDER), engine=Fake())
    plan = plan_of(file, *settings, trials=2, **options)
    with pytest.raises(UserError, match="sweep") as caught:
        run_sweep(plan, RunFolder(FOLDER), resume=True, engine=Fake())
    assert said in str(caught.value)


def test_a_changed_recipe_does_not_go_on(file: Path) -> None:
    run_sweep(plan_of(file, RATE, trials=1), RunFolder(FOLDER), engine=Fake())
    file.write_text(file.read_text().replace("epochs    = 2", "epochs    = 3"))
    with pytest.raises(UserError, match=r"another net or recipe \(epochs was 2, is 3\)"):
        run_sweep(plan_of(file, RATE, trials=2), RunFolder(FOLDER), resume=True, engine=Fake())


def test_resume_remembers_the_space_and_the_options(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    fake = Fake({1: KeyboardInterrupt()})
    monkeypatch.setattr("netc.runtime.sweep.run.train_here", fake)
    first = ["--set", RATE, "--trials", "2", "--seed", "7", "--sampler", "RandomSampler"]
    assert netc(["sweep", "small.net", *first]) == 130
    again = capsys.readouterr().err.splitlines()[-1].partition("go on with: netc ")[2].split()
    assert again == ["sweep", "small.net", "--resume", "--out", "runs/Small-sweep"]
    fake.results.clear()
    assert netc(again) == 0
    assert "2 trials complete" in capsys.readouterr().out
    options = json.loads((FOLDER / "sweep.json").read_text())["options"]
    assert (options["seed"], options["sampler"], options["trials"]) == (7, "RandomSampler", 2)


def test_a_journal_that_was_cut_is_mended_and_another_file_is_one_line(file: Path) -> None:
    plan = plan_of(file, RATE, trials=2)
    run_sweep(plan_of(file, RATE, trials=1), RunFolder(FOLDER), engine=Fake())
    journal = FOLDER / "study.log"
    with journal.open("ab") as log:
        log.write(b'{"op_code": 4, "work')
    made = run_sweep(plan, RunFolder(FOLDER), resume=True, engine=Fake())
    assert [trial.state for trial in made.trials] == ["complete"] * 2
    journal.write_bytes(b"no\n" + journal.read_bytes())
    more = plan_of(file, RATE, trials=3)
    with pytest.raises(UserError, match=r"study\.log: is damaged, or no study of Optuna's"):
        run_sweep(more, RunFolder(FOLDER), resume=True, engine=Fake())


def test_a_full_disk_is_one_line_and_loses_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(file, RATE, trials=3)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with monkeypatch.context() as patch:

        def tell(study: Study, number: int, value: float, seconds: float | None) -> None:
            if number == 1:
                backend = "optuna.storages.journal.JournalFileBackend.append_logs"
                patch.setattr(backend, lambda *_: (_ for _ in ()).throw(full))
            complete(study, number, value, seconds)

        complete = Study.complete
        patch.setattr(Study, "complete", tell)
        with pytest.raises(UserError, match=r"no space left on device.*go on with --resume"):
            run_sweep(plan, RunFolder(FOLDER), engine=Fake())
    again = Fake()
    made = run_sweep(plan, RunFolder(FOLDER), resume=True, engine=again)
    assert again.asked == [1, 2]
    assert [trial.state for trial in made.trials] == ["complete"] * 3


def test_a_trial_without_room_ends_the_sweep_and_waits(file: Path) -> None:
    plan = plan_of(file, RATE, trials=2)
    no_room = Result(why="the disk is full", fatal=True)
    with pytest.raises(UserError, match=r"trial 1: the disk is full\. Go on with --resume"):
        run_sweep(plan, RunFolder(FOLDER), engine=Fake({1: no_room}))
    assert [row["state"] for row in rows(FOLDER)] == ["complete", "waiting"]


def test_one_process_at_a_time_has_a_sweep(file: Path) -> None:
    def twice(running: Sweeping, jobs: int) -> None:
        with pytest.raises(UserError, match="another netc"):
            run_sweep(plan, RunFolder(FOLDER), resume=True, engine=Fake())
        Fake()(running, jobs)

    plan = plan_of(file, RATE, trials=1)
    assert run_sweep(plan, RunFolder(FOLDER), engine=twice).best is not None


def test_check_passes_a_sweep_over_as_it_does_a_run(file: Path, capsys: Say) -> None:
    run_sweep(plan_of(file, RATE, trials=1), RunFolder(FOLDER), engine=Fake())
    assert list(FOLDER.rglob("*.net"))
    assert netc(["check", "."]) == 0
    assert capsys.readouterr().err.startswith("checked 1 file: no faults")


def test_a_sweep_writes_over_nothing(file: Path, capsys: Say) -> None:
    run_sweep(plan_of(file, RATE, trials=1), RunFolder(FOLDER), engine=Fake())
    assert netc(["sweep", "small.net", "--set", RATE, "--out", str(FOLDER)]) == 1
    assert "holds study.log, which the run would write over" in capsys.readouterr().err
