"""What `--set` of a sweep says, and that a space is checked before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.dsl.diagnostics.errors import SettingError
from netc.runtime.cli import execute as netc
from netc.runtime.runs.sweeps import Parameter
from netc.runtime.sweep.space import read_space

Say = pytest.CaptureFixture[str]


def parameter(text: str) -> Parameter:
    (found,) = read_space([text]).parameters
    return found


def test_two_numbers_are_a_range_of_whole_numbers_or_others() -> None:
    assert parameter("a=1..8") == Parameter("a", "1..8", (), 1, 8)
    assert parameter("a=1K..9K").high == 9000
    assert parameter("a=-3..-1").ends == (-3, -1)
    assert parameter("a=1..8").whole
    assert not parameter("a=0..0.5").whole
    assert parameter("a.b=1e-4..1e-1:log") == Parameter(
        "a.b", "1e-4..1e-1:log", (), 1e-4, 0.1, True
    )
    # What the last step does not reach is not tried.
    assert parameter("a=16..130:step=16").ends == (16, 128)
    assert parameter("a=0..1:step=0.25").size == 5


def test_values_between_commas_are_choices_whatever_they_are() -> None:
    assert parameter("a=16,32").choices == (16, 32)
    assert parameter("a=true,none,relu").choices == (True, None, "relu")
    space = read_space(["a=SGD(0.1, momentum=0.9),Adam", "b=[3, 3],[5, 5]", "c=9"])
    values = {each.name: each.choices[0] for each in space.parameters}
    assert space.settings(values) == {"a": "SGD(0.1, momentum=0.9)", "b": [3, 3], "c": 9}
    assert space.size == 4


def test_one_value_stays_also_where_it_is_a_path_with_dots() -> None:
    space = read_space(["a=1,2", "b=../x.npz", 'c="1..2"', "d=relu"])
    assert space.fixed == {"b": "../x.npz", "c": "1..2", "d": "relu"}
    assert list(space.texts()) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a=3..1", "the range is empty: 3 is not below 1"),
        ("a=3..3", "the range is empty"),
        ("a=0..1:log", "0 has no logarithm"),
        ("a=-1..1:log", "-1 has no logarithm"),
        ("a=1..2:lgo", "stands `:log` or `:step=NUMBER`, not `:lgo`"),
        ("a=1..2:step=0", "a step is a number above 0"),
        ("a=1..2:step=5", "no longer than the range"),
        ("a=1..x", "both ends of a range are numbers"),
        ("a=1..1e300", "an end is too large"),
        ("a=1,,2", "between two commas there is no value"),
        ("a=1,1.0", "`1.0` is there twice"),
        ("a", "a sweep takes NAME=VALUE, NAME=LOW..HIGH or NAME=A,B; got `a`"),
        ("a=5", "a sweep tries values of something"),
    ],
)
def test_what_is_no_space_is_one_line(text: str, said: str) -> None:
    with pytest.raises(SettingError, match="a") as caught:
        read_space([text])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_is_given_once() -> None:
    with pytest.raises(SettingError, match="`a` is given twice"):
        read_space(["a=1,2", "a=3,4"])


WRONG = [
    (["--set", "WIDHT=4,8"], 2, "has a setting `WIDHT`. did you mean `WIDTH`?"),
    (["--set", "lr=1e-4..1e-2:log"], 2, "has a setting `lr`. write `optimizer.learning_rate`"),
    (["--set", "optimizer.lerning_rate=0.1,0.2"], 2, "no argument `lerning_rate`"),
    (["--set", "WIDTH=4,8", "--jobs", "0"], 2, "0 is not in the range"),
    (["--set", "WIDTH=4,8", "--trials", "0"], 2, "0 is not in the range"),
    (["--set", "WIDTH=4..0"], 2, "the range is empty"),
    ([], 2, "a sweep tries values of something"),
    (["--set", "WIDTH=4,8", "--metric", "val_acc"], 1, "did you mean `val_accuracy`?"),
    (["--set", "WIDTH=4,8", "--metric", "test_loss"], 1, "the test part chooses nothing"),
    (["--set", "WIDTH=4,8", "--sampler", "TPESamplr"], 1, "did you mean `TPESampler`?"),
    (["--set", "WIDTH=4,8", "--sampler", "eval(1)"], 1, "Optuna has no sampler `eval(1)`"),
    (["--set", "WIDTH=4,8", "--sampler", "1 +"], 1, "takes a name of Optuna's"),
    (["--set", "WIDTH=4,8", "--pruner", "MedianPruner(startup=1)"], 1, "no argument `startup`"),
    (["--set", "WIDTH=4,8", "--pruner", "ThresholdPruner"], 1, "lower or upper"),
    (["--set", "data.seed=0..1.5", "--sampler", "GridSampler"], 1, "goes through a grid"),
    (["--set", "WIDTH=4,8", "--resume"], 1, "there is no sweep of `Small` to resume"),
    (["--set", "WIDTH=4,8", "--resume", "--out", "."], 1, ". holds no sweep to resume"),
    (["--set", "WIDTH=4,8", "--out", "small.net"], 1, "small.net is not a folder"),
    (["--set", "WIDTH=4,8", "--out", "small.net/x"], 1, "small.net"),
]


@pytest.mark.parametrize(("args", "status", "said"), WRONG)
def test_what_cannot_be_is_said_before_anything_runs(
    file: Path, capsys: Say, args: list[str], status: int, said: str
) -> None:
    assert netc(["sweep", "small.net", *args]) == status
    out, err = capsys.readouterr()
    lines = [
        line for line in err.splitlines() if not line.startswith(("Usage", "Try", "note", " "))
    ]
    assert not out
    assert len([line for line in lines if line]) == 1
    assert said in err
    assert not list(Path().glob("**/trial-*"))


def test_an_end_that_is_refused_is_shown_at_its_place(file: Path, capsys: Say) -> None:
    assert netc(["sweep", "small.net", "--set", "WIDTH=0..8", "--set", "epochs=0..3"]) == 1
    out, err = capsys.readouterr()
    assert "small.net:4:21" in out
    assert "0 is less than 1" in out
    assert err.splitlines() == [
        "error: --set WIDTH=0 is no legal setting",
        "error: --set epochs=0 is no legal setting",
    ]
    assert not Path("runs").exists()


def test_ends_that_are_refused_together_alone_are_a_note(file: Path, capsys: Say) -> None:
    args = ["--set", "optimizer=SGD(0.1),Adam(0.1)", "--set", "optimizer.beta_1=0.8..0.9"]
    assert netc(["sweep", "small.net", *args, "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert "note: together optimizer=SGD(0.1), optimizer.beta_1=0.8 cannot be trained" in err
    assert "`SGD` has no argument `beta_1`" in err
    assert "20 trials, for the smallest val_loss" in out


def test_a_dry_run_shows_what_is_tried(file: Path, capsys: Say) -> None:
    args = ["--set", "WIDTH=4..8", "--set", "epochs=1", "--metric", "val_accuracy"]
    assert netc(["sweep", "small.net", *args, "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "5 trials of 5 settings, for the largest val_accuracy",
        "  WIDTH   4 to 8",
        "  epochs  1, always",
        "sampler: GridSampler",
        "pruner: NopPruner",
    ]
    assert err == "note: there are 5 settings, and each is tried once (GridSampler)\n"
    assert not Path("runs").exists()


def test_without_optuna_the_extra_is_named(
    file: Path, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    assert netc(["sweep", "small.net", "--set", "WIDTH=4,8"]) == 1
    assert "`pip install 'netc[sweep]'` brings it" in capsys.readouterr().err
