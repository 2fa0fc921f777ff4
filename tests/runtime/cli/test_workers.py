"""Files checked by several processes: in order, whole, and nothing left behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from netc.compiler.alone import check_file
from netc.runtime.cli import processes, workers
from netc.runtime.cli.alone import Manner
from netc.runtime.cli.processes import answers

from ...waiting import wait_until

LAYERS = 1_000_000


class Circle:
    """Garbage that only a collection finds."""

    itself: Circle


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that earlier tests left behind, or the one who runs them, are no matter here."""
    monkeypatch.setattr(processes, "can_fork", lambda: True)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    made = [Path(f"net{number:02}.net") for number in range(24)]
    for number, path in enumerate(made):
        layer = "Dens" if number % 5 == 0 else "Dense"
        path.write_text(f"net A(x: float32[N, 3]) {{ return x -> {layer}({number + 1}) }}\n")
    return made


def found(files: list[Path], jobs: int) -> list[str]:
    analysis = Manner(LAYERS, cached=False, jobs=jobs).check(files)
    return [*analysis.files, *map(str, analysis.diagnostics)]


def test_many_processes_find_what_one_does(files: list[Path]) -> None:
    assert found(files, 1) == found(files, 2) == found(files, 5)
    assert len(found(files, 1)) == 24 + 5


def test_what_a_killed_process_leaves_is_checked(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = os.getpid()

    def dies(path: Path, **how: Any) -> object:
        if path.name == "net07.net" and os.getpid() != first:
            os.kill(os.getpid(), signal.SIGKILL)
        return check_file(path, **how)

    expected = found(files, 1)
    monkeypatch.setattr(workers, "check_file", dies)
    assert found(files, 2) == expected


def test_a_process_collects_garbage_between_its_tasks_alone() -> None:
    """A collection during a task would look through trees and graphs that are all alive."""
    made: list[weakref.ref[Circle]] = []

    def work(number: int) -> bytes:
        left = sum(each() is not None for each in made)
        circle = Circle()
        circle.itself = circle
        made.append(weakref.ref(circle))
        return bytes([gc.isenabled(), left])

    assert dict(answers(4, 1, work)) == dict.fromkeys(range(4), bytes([False, 0]))


def test_where_no_process_can_be_had_there_is_one(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    expected = found(files, 1)
    monkeypatch.setattr(os, "fork", none)
    assert found(files, 4) == expected
    monkeypatch.setattr(processes, "can_fork", lambda: False)
    assert found(files, 4) == expected


def test_a_failure_in_a_process_is_met_again_and_said(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path, **how: Any) -> object:
        raise MemoryError

    monkeypatch.setattr(workers, "check_file", fails)
    with pytest.raises(MemoryError):
        found(files, 2)


def test_processes_end_with_whoever_asks() -> None:
    made = answers(100, 3, lambda number: str((number, os.getpid())).encode())
    (_, first), (_, second) = next(made), next(made)
    made.close()
    for answer in (first, second):
        number = int(answer.decode().strip("()").split(", ")[1])
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
        with pytest.raises(ChildProcessError):
            os.waitpid(number, os.WNOHANG)


ENDLESS = """
import os, time
from netc.runtime.cli import main, workers

def endless(path, **how):
    os.close(os.open(f"begun {os.getpid()}", os.O_CREAT))
    while True:
        time.sleep(1)

workers.check_file = endless
main()
"""


def test_an_interrupt_ends_all_of_them(files: list[Path]) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, "check", "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    begun = Path.cwd().glob
    wait_until(lambda: len([*begun("begun *")]) == 2, lambda: running.poll() is None)
    assert len(group(running.pid)) == 3
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate()
    assert (running.returncode, said.strip()) == (130, "interrupted")
    assert group(running.pid) == []


def group(number: int) -> list[int]:
    """The processes of a group, by what Linux says of them."""
    members: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            about = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(about[2]) == number and about[0] != "Z":
            members.append(int(path.parent.name))
    return members
