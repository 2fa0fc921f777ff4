"""Settings of a project: `netc.toml`, or `[tool.netc]` in `pyproject.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from .run_netc import Result, netc

DOUBTFUL = """\
net A(x: float32[N, 3], spare: int = 3) {
  unused = x -> Dense(2)
  return x -> Dense(3)
}
"""
WRONG = "net B(x: float32[N, 3]) { return x -> Dens(3) }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "a.net": DOUBTFUL,
        "nets/a.net": DOUBTFUL,
        "nets/wrong.net": WRONG,
        "old/wrong.net": WRONG,
        "old/deep/a.net": DOUBTFUL,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def _check(folder: Path, *args: str) -> Result:
    return netc("check", "--format", "concise", *args, cwd=folder)


def _found(made: Result) -> list[str]:
    """`FILE CODE` of each finding."""
    lines = (line.split(": ") for line in made.out.splitlines())
    return [f"{place.split(':')[0]} {rest[0].split()[0]}" for place, *rest in lines]


BOTH = ["NET0602", "NET0601"]

SETTINGS = {
    "nothing": ("", ["a.net", "nets/a.net", "nets/wrong.net", "old/deep/a.net", "old/wrong.net"]),
    "a folder to leave out": ('exclude = ["old"]', ["a.net", "nets/a.net", "nets/wrong.net"]),
    "folders of a name": ('exclude = ["deep", "nets/"]', ["a.net", "old/wrong.net"]),
    "files by a pattern": ('exclude = ["*wrong.net"]', ["a.net", "nets/a.net", "old/deep/a.net"]),
    "what is taken": ('include = ["nets/*"]', ["nets/a.net", "nets/wrong.net"]),
    "both": ('include = ["nets"]\nexclude = ["wrong.net"]', ["nets/a.net"]),
}


@pytest.mark.parametrize(("text", "files"), SETTINGS.values(), ids=SETTINGS)
def test_which_files_are_checked(project: Path, text: str, files: list[str]) -> None:
    (project / "netc.toml").write_text(text)
    found = _found(_check(project))
    assert list(dict.fromkeys(line.split()[0] for line in found)) == files


def test_a_file_that_is_named_is_checked_whatever_is_left_out(project: Path) -> None:
    (project / "netc.toml").write_text('exclude = ["nets"]')
    assert _found(_check(project, "nets/wrong.net")) == ["nets/wrong.net NET0201"]


def test_patterns_begin_where_the_settings_are(project: Path) -> None:
    (project / "netc.toml").write_text('exclude = ["nets/wrong.net"]')
    assert _found(_check(project / "nets")) == [f"a.net {code}" for code in BOTH]
    assert _found(_check(project / "old"))[-1] == "wrong.net NET0201"


def test_codes(project: Path) -> None:
    settings = project / "netc.toml"
    settings.write_text('select = ["NET06"]\nignore = ["NET0602"]\nexclude = ["old", "nets"]')
    assert _found(_check(project)) == ["a.net NET0601"]
    assert _found(_check(project, "--select", "NET0602")) == []
    assert _found(_check(project, "--ignore", "NET0601")) == []
    settings.write_text('exclude = ["old"]\n[per-file-ignores]\n"nets/*" = ["NET06", "net0201"]')
    assert _found(_check(project)) == [f"a.net {code}" for code in BOTH]


def test_warnings_and_layers(project: Path) -> None:
    settings = project / "netc.toml"
    settings.write_text('include = ["a.net"]')
    assert _check(project).status == 0
    settings.write_text('include = ["a.net"]\nwarnings-as-errors = true')
    assert _check(project).status == 1
    settings.write_text('include = ["a.net"]\nmax-layers = 1')
    made = _check(project)
    assert made.status == 1
    assert "NET0255" in made.out
    assert _check(project, "--max-layers", "9").status == 0


def test_pyproject_can_say_it(project: Path) -> None:
    shared = project / "pyproject.toml"
    shared.write_text('[tool.netc]\nexclude = ["old", "nets"]\nignore = ["NET0601"]\n')
    assert _found(_check(project)) == ["a.net NET0602"]
    (project / "netc.toml").write_text('exclude = ["old", "nets"]')
    assert _found(_check(project)) == [f"a.net {code}" for code in BOTH]


def test_the_nearest_settings_count_up_to_the_top_of_the_repository(project: Path) -> None:
    (project / "netc.toml").write_text('ignore = ["NET06"]')
    assert _found(_check(project / "old" / "deep")) == []
    (project / "old" / "pyproject.toml").write_text("[tool.other]\n")
    assert _found(_check(project / "old" / "deep")) == []
    (project / "old" / ".git").mkdir()
    assert _found(_check(project / "old" / "deep")) == [f"a.net {code}" for code in BOTH]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inlcude = []", "there is no setting `inlcude`. did you mean `include`?"),
        ("exclude = 'old'", "exclude: a list of strings is wanted"),
        ("exclude = [3]", "exclude: a list of strings is wanted"),
        ("select = ['NTE0201']", "select: no code begins with `NTE0201`"),
        ("ignore = ['']", "ignore: no code begins with ``"),
        ("max-layers = true", "max-layers: an int of at least 1 is wanted"),
        ("max-layers = 0", "max-layers: an int of at least 1 is wanted"),
        ("warnings-as-errors = 1", "warnings-as-errors: true or false is wanted"),
        ("per-file-ignores = []", "per-file-ignores: a table of lists of codes is wanted"),
        ("[per-file-ignores]\n'*' = 'NET06'", "per-file-ignores.*: a list of strings is wanted"),
        ("exclude = [", "is no TOML"),
        ("a = \x01", "is no TOML"),
        ("[" * 5000, "is no TOML"),
    ],
)
def test_settings_that_say_nothing_sensible(project: Path, text: str, said: str) -> None:
    (project / "netc.toml").write_text(text)
    made = _check(project)
    assert (made.status, made.out) == (1, "")
    assert said in made.err
    assert made.err.startswith("error: ")
