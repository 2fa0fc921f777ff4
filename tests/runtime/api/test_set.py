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
    sgd = given(file, "one.optimizer=SGD", "optimizer=SGD", "optimizer.momentum=0.5").phases[0]
    assert vars(sgd.optimizer)["momentum"] == 0.5
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


VERBS = [
    (["check", "a.net"], "a.net:5:"),
    (["check", "."], "a.net:5:"),
    (["check", "--sizes", "a.net"], "a.net:5:"),
    (["summary", "a.net"], "a.net:5:"),
    (["verify", "."], "a.net:5:"),
    (["compile", "a.net", "-o", "a.onnx"], "a.net:5:"),
    (["diff", "a.net", "b.net"], "a.net:5:"),
]


@pytest.mark.parametrize(("args", "place"), VERBS, ids=lambda v: v[0] if v else "")
def test_every_verb_that_reads_a_net_sets_constants(
    file: Path, args: list[str], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (file.parent / "b.net").write_text(FILE.replace("WIDTH", "UNITS"))
    assert execute([*args, "--set", "WIDTH=0"]) == 1
    out, err = capsys.readouterr()
    assert place in out + err
    assert "0 is less than 1" in out + err
    assert "b.net:5:" not in out
    assert file.read_text() == FILE


def test_a_constant_of_one_file_is_a_size_of_another(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "net B(x: float32[N, WIDTH]) -> y: [N, 1] { return x -> Dense(1) }\n"
    (file.parent / "b.net").write_text(other)
    assert execute(["check", ".", "--set", "WIDTH=5", "--format", "json"]) == 0
    assert execute(["summary", "b.net", "--set", "WIDTH=5"]) == 0
    assert "Total params: 6\n" in capsys.readouterr().out
    assert execute(["check", ".", "--set", "WIDHT=5"]) == 2
    assert "no parameter or size `WIDHT`" not in capsys.readouterr().err


def test_diff_compares_two_values_of_a_constant_with_what_a_file_says(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each side takes what it has: the other one has no such constant."""
    (file.parent / "b.net").write_text(FILE.replace("WIDTH", "UNITS"))
    assert execute(["diff", "a.net", "b.net", "--set", "WIDTH=9", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["nets"]
    assert "9" in json.dumps(found)
    assert execute(["diff", "a.net", "b.net"]) == 0
    assert "No change" in capsys.readouterr().out


def test_no_fix_is_written_into_a_file_whose_constant_is_set(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["check", "a.net", "--fix", "--set", "WIDTH=9"]) == 2
    assert "does not go with --set of a constant" in capsys.readouterr().err


def test_python_sets_constants(file: Path) -> None:
    import netc

    assert netc.check("a.net", WIDTH=0).failed
    assert not netc.check("a.net", WIDTH=5).failed
    with pytest.raises(SettingError, match="did you mean `WIDTH`"):
        netc.check("a.net", WIDHT=5)


def test_eval_and_weights_remember_what_the_run_was_given(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run with another width: its weights fit, with no `--set` given again."""
    from netc.compiler.lower.weights import SeededWeights
    from netc.runtime.weights import save_safetensors

    run = file.parent / "runs" / "A"
    run.mkdir(parents=True)
    made = given(file, "WIDTH=9", "two.epochs=5")
    save_safetensors(run / "best.safetensors", made.checked, SeededWeights(0))
    facts = {"set": {"WIDTH": 9, "two.epochs": 5}, "file": "a.net", "recipe": "A", "net": "A"}
    (run / "run.json").write_text(json.dumps(facts))
    weights = ["--weights", "runs/A/best.safetensors"]
    assert execute(["compile", "a.net", "-o", "a.onnx", *weights]) == 0
    assert "note: --set WIDTH=9, as runs/A was trained" in capsys.readouterr().err
    assert execute(["compile", "a.net", "-o", "a.onnx", *weights, "--set", "WIDTH=4"]) == 1
    assert "as runs/A was trained" not in capsys.readouterr().err
    # Elsewhere, and beside another file, it is a file of weights as any.
    (file.parent / "c.net").write_text(FILE)
    assert execute(["compile", "c.net", "-o", "a.onnx", *weights]) == 1

    # `netc eval` says what is missing of a run only when its net is that of the run.
    (run / "model.onnx").write_bytes(b"")
    seen: list[object] = []
    monkeypatch.setattr(
        "netc.runtime.cli.eval.fitting_session",
        lambda _, recipe: seen.append(recipe.checked.graph.node("wide").outputs[0].shape[1]),
    )
    assert execute(["eval", "a.net:A"]) == 1
    assert execute(["eval", "a.net:A", "--set", "WIDTH=5"]) == 1
    assert seen == [9, 5]
