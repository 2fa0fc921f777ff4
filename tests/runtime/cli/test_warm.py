"""What a test gets of `netc` in a copy of a process is what a new process gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from .run_netc import netc

WRONG = "net A(x: float32[N, 3]) { return x -> Dens(3) }\n"


@pytest.mark.parametrize(
    "words",
    [
        ("check", "a.net"),
        ("check", "--format", "json"),
        ("summary", "no.net"),
        ("fmt", "--chek"),
        ("run", "a.net", "a\udcff.npy"),
        (),
    ],
    ids=" ".join,
)
def test_a_copy_does_what_a_new_process_does(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "a.net").write_text(WRONG)
    results = [netc(*words, cwd=tmp_path, cold=cold) for cold in (True, False)]
    assert results[0] == results[1]
    assert results[0].out + results[0].err


def test_a_copy_has_the_environment_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(WRONG)
    made = [netc("check", cwd=tmp_path, FORCE_COLOR=color) for color in ("1", "")]
    assert ["\x1b[" in each.out for each in made] == [True, False]


def test_one_copy_knows_nothing_of_another(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(WRONG)
    assert netc("check", "--format", "json", cwd=tmp_path).status == 1
    (tmp_path / "a.net").write_text(WRONG.replace("Dens", "Dense"))
    assert netc("check", cwd=tmp_path).status == 0
