"""The processes that train: side by side, one that dies, and none that outlives its sweep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from netc.runtime.sweep.crew import Crew, Told
from netc.runtime.sweep.one import Result, Task

from ...waiting import has_ended, wait_until

# A worker whose training is these lines.
WORKER = """
import os, signal, sys, time
from netc.runtime.sweep import worker
from netc.runtime.sweep.one import Result

def train(task, settings, folder, report):
    print("to the log")
    for epoch in range(1, settings["epochs"] + 1):
        if report(epoch, epoch * settings["rate"]):
            return Result(pruned=True)
    if settings["rate"] == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    if settings["rate"] == 8:
        raise RuntimeError("no such kernel")
    while settings["rate"] == 7:
        time.sleep(0.01)
    return Result(settings["rate"], seconds=float(os.getpid()))

worker.train_one = train
worker.main()
"""


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    task = Task(Path("a.net"), "A", None, 9, "loss")
    return Crew(task, 2, tmp_path / "log", ("-c", WORKER))


def results(crew: Crew, *, enough: bool = False) -> dict[int, Result]:
    """What comes of all trials that are trained."""
    found: dict[int, Result] = {}
    while crew.busy:
        told = crew.next()
        if told.result is None:
            crew.answer(told.trial, enough)
        else:
            found[told.trial] = told.result
    return found


def test_two_train_side_by_side_and_processes_are_used_again(crew: Crew, tmp_path: Path) -> None:
    with crew:
        for trial in (0, 1):
            assert crew.idle
            crew.train(trial, {"rate": trial, "epochs": 1}, tmp_path / "x")
        assert not crew.idle
        # Each has said something, and neither has been answered: both are at work.
        first = [crew.next(), crew.next()]
        assert sorted(first, key=lambda told: told.trial) == [Told(0, 1, 0), Told(1, 1, 1)]
        for told in first:
            crew.answer(told.trial, False)
        pids = {result.seconds for result in results(crew).values()}
        crew.train(2, {"rate": 2, "epochs": 0}, tmp_path / "x")
        again = results(crew)[2]
    assert len(pids) == 2
    assert again == Result(2, seconds=again.seconds)
    assert again.seconds in pids
    assert (tmp_path / "log").read_text().count("to the log") == 3


def test_what_goes_wrong_in_a_process_is_the_result_of_its_trial(
    crew: Crew, tmp_path: Path
) -> None:
    with crew:
        crew.train(0, {"rate": 9, "epochs": 0}, tmp_path)
        crew.train(1, {"rate": 8, "epochs": 0}, tmp_path)
        found = results(crew)
        assert "was ended by signal 9" in found[0].why
        assert found[1].why == "RuntimeError: no such kernel"
        crew.train(2, {"rate": 1, "epochs": 3}, tmp_path)
        assert results(crew, enough=True) == {2: Result(pruned=True)}


def test_a_process_that_was_ended_says_nothing(crew: Crew, tmp_path: Path) -> None:
    with crew:
        crew.train(0, {"rate": 7, "epochs": 0}, tmp_path)
        (process,) = crew._busy.values()
    assert process.hear() is None


def test_no_process_outlives_its_crew(crew: Crew, tmp_path: Path) -> None:
    with crew:
        crew.train(0, {"rate": 1, "epochs": 0}, tmp_path)
        pid = int(results(crew)[0].seconds or 0)
        crew.train(1, {"rate": 7, "epochs": 0}, tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    """`kill -9` of the first leaves none that trains on."""
    code = f"""
from pathlib import Path
from netc.runtime.sweep.crew import Crew
from netc.runtime.sweep.one import Task
crew = Crew(Task(Path("a.net"), "A", None, 9, "loss"), 1, Path("log"), ("-c", {WORKER!r}))
crew.train(0, {{"rate": 1, "epochs": 0}}, Path("x"))
pid = int(crew.next().result.seconds)
crew.train(1, {{"rate": 7, "epochs": 1}}, Path("x"))
crew.next()
crew.answer(1, False)
print(pid, flush=True)
crew.next()
"""
    first = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    pid = int(first.stdout.readline())
    os.kill(pid, 0)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    wait_until(lambda: has_ended(pid))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_clean_study_and_its_report(file: Path, number: int, status: int) -> None:
    """The trial that was cut waits, and comes first when the sweep goes on."""
    endless = '    while folder.path.name == "trial-1":\n        open("begun", "w").close()\n'
    worker = WORKER.replace('settings["rate"]', 'settings["optimizer.learning_rate"]')
    worker = worker.replace("    for epoch", f"{endless}    for epoch")
    code = f"""
import signal
from functools import partial
from netc.runtime.cli import main
# A shell starts what runs in its background with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from netc.runtime.report import sweep
from netc.runtime.sweep import run
sweep._draw = lambda *_: None
run.Crew = partial(run.Crew, program=("-c", {worker!r}))
main()
"""
    args = ["--set", "optimizer.learning_rate=1,2", "--set", "epochs=1"]
    command = [sys.executable, "-c", code, "sweep", "small.net", *args]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("note: there are 2 settings")
    assert process.stderr.readline().startswith("1/2 trial 0: ")
    wait_until(Path("begun").exists, lambda: process.poll() is None)
    process.send_signal(number)
    _, rest = process.communicate()
    assert process.returncode == status
    if number == signal.SIGINT:
        assert "go on with: netc sweep small.net --resume --out runs/Small-sweep" in rest
    folder = Path("runs/Small-sweep")
    rows = (folder / "trials.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows[1:]] == ["complete", "waiting"]
    assert (folder / "report.html").exists()
