"""Files are written whole, through links, with the modes they had, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from netc.dsl.text.files import remove_leftovers, replacing, target_of


def write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "a.txt", tmp_path / "a.txt"
    target.write_text("old")
    link.symlink_to("there/a.txt")
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["a.txt"]


def test_a_link_to_what_is_not_there_yet_makes_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("b.txt")
    write(tmp_path / "a.txt", "new")
    assert (tmp_path / "b.txt").read_text() == "new"


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="circle"):
        target_of(tmp_path / "a")


@pytest.mark.parametrize("before", [0o600, 0o640, 0o755])
def test_a_mode_is_kept(tmp_path: Path, before: int) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(before)
    write(path, "new")
    assert path.read_text() == "new"
    assert mode(path) == before


def test_a_new_file_has_the_mode_that_the_process_gives(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write(tmp_path / "a.txt", "new")
    finally:
        os.umask(mask)
    assert mode(tmp_path / "a.txt") == 0o640


def test_a_read_only_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="Read-only"):
        write(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise ValueError("the net is at fault")

    with pytest.raises(ValueError, match="at fault"):
        fail()
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "x" * 250 + ".onnx"])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, "new")
    assert (tmp_path / name).read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


WRITER = """
import sys, time
from pathlib import Path
from netc.dsl.text.files import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    print("writing", flush=True)
    while True:
        time.sleep(1)
"""


def writing(path: Path) -> subprocess.Popen[str]:
    """A process in the middle of writing a file."""
    made = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "writing\n"
    return made


def test_what_a_killed_process_left_goes_at_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    (tmp_path / ".a.txt.notes").write_text("somebody's")
    with writing(path) as made:
        made.send_signal(signal.SIGKILL)
    assert len(list(tmp_path.iterdir())) == 2
    write(path, "new")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".a.txt.notes", "a.txt"]


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with writing(path) as made:
        (temporary,) = tmp_path.iterdir()
        remove_leftovers(path)
        write(path, "new")
        assert temporary.exists()
        made.kill()


NETC = "net A(x: float32[N, 4]) { return x -> Dense(4) }\n"

SLOW = """
import sys, time
import netc.runtime.cli.compile as verb
from netc.runtime.cli import main
from netc.runtime.files.write import replacing

def slow(job):
    with replacing(job.out) as temporary:
        print("writing", flush=True)
        while True:
            time.sleep(1)

verb._source = slow
sys.argv = ["netc", "compile", sys.argv[1], "-o", sys.argv[2]]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_ends_netc_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "a.net").write_text(NETC)
    args = [sys.executable, "-c", SLOW, str(tmp_path / "a.net"), str(tmp_path / "a.py")]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == "writing\n"
        made.send_signal(number)
        assert made.wait() == 128 + number
    assert [each.name for each in tmp_path.iterdir()] == ["a.net"]
