"""`--set`: constants of a file, and what is inside the settings of a recipe, by dotted paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from netc.compiler.recipe.recipe import Recipe
from netc.dsl.diagnostics.errors import SettingError
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli import execute
from netc.runtime.cli.common import parse_settings
from netc.runtime.errors import UserError
from netc.runtime.runs.folder import RunFolder

FILE = """const RATE = 0.01
const WIDTH = 4

net A(x: float32[N, 4], classes: int = 2) -> y: [N, classes] {
  return x -> Dense(WIDTH) as wide -> Dense(classes, activation=softmax)
}

train A {
  data      = npz("a.npz", validation_split=0.2)
  loss      = categorical_crossentropy
  optimizer = SGD(RATE, momentum=0.9)

  phase one {
    epochs = 1
  }

  phase two {
    optimizer = Adam(CosineDecay(0.1, decay_steps=100))
    stop      = EarlyStopping(patience=3)
  }
}

train B for A {
  loss = categorical_crossentropy
}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.net"
    path.write_text(FILE)
    return path


def given(file: Path, *settings: str, name: str = "A") -> Recipe:
    recipe, analysis = check_recipe(file, name, parse_settings(settings))
    assert recipe is not None, analysis.diagnostics
    assert file.read_text() == FILE, "the file stays as it is"
    return recipe


def rates(recipe: Recipe) -> list[object]:
    return [vars(phase.optimizer)["learning_rate"] for phase in recipe.phases]


def test_an_argument_is_set_wherever_the_recipe_writes_the_setting(file: Path) -> None:
    assert rates(given(file, "optimizer.learning_rate=0.5")) == [0.5, 0.5]


def test_a_phase_before_the_path_means_that_phase_alone(file: Path) -> None:
    recipe = given(file, "two.optimizer.learning_rate.decay_steps=7", "two.epochs=9", "one.batch=3")
    assert vars(rates(recipe)[1])["decay_steps"] == 7
    assert [(phase.epochs, phase.batch) for phase in recipe.phases] == [(1, 3), (9, 32)]
    stop = given(file, "stop.patience=8", "one.stop=EarlyStopping(patience=1)").phases
    assert [phase.stop.patience for phase in stop if phase.stop is not None] == [1, 8]


def test_arguments_by_place_and_by_name_and_those_not_written(file: Path) -> None:
    recipe = given(file, "data.validation_split=0.5", 'data.path="b.npz"')
    assert recipe.data is not None
    assert vars(recipe.data)["validation_split"] == 0.5
    assert vars(recipe.data)["path"] == "b.npz"
    sgd = vars(
        given(file, "one.optimizer=SGD", "optimizer=SGD", "optimizer.momentum=0.5").phases[0]
    )
    assert sgd["optimizer"].momentum == 0.5
    assert rates(given(file, "optimizer.learning_rate=0.5", name="B")) == [0.5]


def test_constants_are_set_for_every_verb(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = given(file, "RATE=0.7", "WIDTH=9")
    assert rates(recipe)[0] == 0.7
    assert recipe.checked.graph.node("wide").outputs[0].shape[1] == 9
    assert execute(["summary", "a.net", "--set", "WIDTH=9", "--set", "classes=3"]) == 0
    assert "Total params: 75\n" in capsys.readouterr().out


WRONG = [
    ("optimizer.lerning_rate=1", "has no argument `lerning_rate`. did you mean `learning_rate`?"),
    ("one.epoch=1", "a phase has no setting `epoch`. did you mean `epochs`?"),
    ("twoo.epochs=1", "the recipe has no setting or phase `twoo`. did you mean `two`?"),
    ("plateau.factor=1", "the recipe does not write `plateau`"),
    ("WIDHT=1", "has a setting `WIDHT`. did you mean `WIDTH`?"),
    ("epochs.x=1", "`epochs` is `1`, which has no arguments"),
    ("seed.x=1", "the recipe does not write `seed`"),
]


@pytest.mark.parametrize(("setting", "said"), WRONG)
def test_what_nothing_has_is_one_line(
    file: Path, setting: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingError, match="`"):
        check_recipe(file, "A", parse_settings([setting]))
    assert execute(["train", "a.net:A", "--dry-run", "--set", setting]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_run_that_goes_on_is_given_what_it_began_with(file: Path) -> None:
    """`run.json` holds what `--set` gave; what is given now goes before it."""
    from netc.runtime.cli.recipes import load_recipe

    folder = file.parent / "runs" / "A"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"set": {"WIDTH": 9, "two.epochs": 5}}))
    for place in (None, folder):
        recipe, _ = load_recipe("a.net:A", {"two.epochs": 6}, resume=True, resumed=place)
        assert recipe.checked.graph.node("wide").outputs[0].shape[1] == 9
        assert recipe.phases[1].epochs == 6
        assert recipe.settings == {"WIDTH": 9, "two.epochs": 6}
    (folder / "run.json").write_text('{"set": 3}')
    with pytest.raises(UserError, match="`set` holds no settings"):
        _ = RunFolder(folder).settings
