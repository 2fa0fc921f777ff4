"""One recipe of a file, by name, with settings of the command line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from netc.compiler.recipe.objects.optimizers import SGD
from netc.dsl.diagnostics.errors import SettingError
from netc.dsl.diagnostics.suggest import nearest
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli.recipes import load_recipe
from netc.runtime.errors import UserError

from .nets import DIGITS

TEXT = f"""{DIGITS}
train Digits {{
  loss = categorical_crossentropy
  phase a {{
    epochs = 3
  }}
  phase b {{
    epochs = 4
  }}
}}

train Quick for Digits {{
  loss = sparse_categorical_crossentropy
  metrics = [accuracy]
}}

net Line(x: float32[N, 1], width: int = 4) -> y: [N, 1] {{
  return x -> Dense(width) -> Dense(1)
}}

train Fit for Line {{
  loss = mse
}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.net"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "found"), [("Digits", "Digits"), ("Quick", "Quick"), ("Fit", "Fit"), ("Line", "Fit")]
)
def test_a_recipe_by_its_name_or_that_of_its_net(file: Path, name: str, found: str) -> None:
    recipe, analysis = load_recipe(f"{file}:{name}")
    assert recipe.name == found
    assert analysis.recipes == [recipe]


def test_several_recipes_are_listed(file: Path) -> None:
    with pytest.raises(UserError, match=r"holds 3 recipes; name one: .*:Digits, .*:Quick, .*:Fit"):
        load_recipe(str(file))


def test_an_unknown_name_has_a_suggestion(file: Path) -> None:
    with pytest.raises(UserError, match=r"has no recipe `Quik`\. did you mean `Quick`\?"):
        load_recipe(f"{file}:Quik")


def test_a_file_without_recipes_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(DIGITS, encoding="utf-8")
    with pytest.raises(UserError, match="holds no recipe"):
        load_recipe(str(path))


def test_settings_are_the_nets_and_the_recipes(file: Path) -> None:
    recipe, _ = load_recipe(f"{file}:Fit", {"width": 9, "epochs": 7, "optimizer": "SGD(0.5)"})
    assert recipe.phases[0].epochs == 7
    assert recipe.phases[0].optimizer == SGD(0.5)
    assert recipe.checked.graph.node("dense").outputs[0].shape[1] == 9


def test_a_setting_holds_in_every_phase(file: Path) -> None:
    recipe, _ = load_recipe(f"{file}:Digits", {"epochs": 1, "batch": "all", "keep": "last"})
    assert [phase.epochs for phase in recipe.phases] == [1, 1]
    assert [phase.batch for phase in recipe.phases] == [None, None]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "0 is less than 1"),
        ({"epochs": "soon"}, "`soon` is not an int"),
        ({"metrics": ["accuracy", "acuracy"]}, "no metric called `acuracy`"),
        ({"classes": 1}, "softmax over one unit"),
        ({"data": 'npz("/etc/x.npz")'}, "outside the project"),
    ],
)
def test_a_setting_at_fault_is_a_finding(
    file: Path, settings: dict[str, object], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(click.exceptions.Exit) as ended:
        load_recipe(f"{file}:Quick", settings)
    assert ended.value.exit_code == 1
    assert message in capsys.readouterr().out


@pytest.mark.parametrize("value", ["1\n  loss = mse", "1 }\nconst K = 2\ntrain B {", '"\n"'])
def test_a_setting_is_one_setting(file: Path, value: str) -> None:
    with pytest.raises(SettingError, match="cannot be"):
        load_recipe(f"{file}:Quick", {"epochs": value})


def test_a_setting_that_nothing_has_is_refused(file: Path) -> None:
    with pytest.raises(SettingError, match=r"no.* a setting `epoch`. did you mean `epochs`?"):
        load_recipe(f"{file}:Quick", {"epoch": 3})


def test_a_fault_elsewhere_in_the_file_is_a_fault(file: Path) -> None:
    file.write_text(TEXT + "\nconst K = 1 / 0\n", encoding="utf-8")
    recipe, analysis = check_recipe(file, "Quick")
    assert recipe is None
    (found,) = (each for each in analysis.diagnostics if each.severity == "error")
    assert found.span.text == "1 / 0"


def test_a_file_that_is_no_net_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text("train", encoding="utf-8")
    recipe, analysis = check_recipe(path)
    assert recipe is None
    assert [each.code.id for each in analysis.diagnostics] == ["NET0101"]


def test_doubts_go_to_standard_error(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_recipe(f"{file}:Quick", {"precision": "mixed_float16"})
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "NET0858" in shown.err


def test_initials_stand_for_an_argument() -> None:
    """As PyTorch and Keras 2 call it: `Adam(lr=0.1)`."""
    options = ["beta_1", "clipnorm", "learning_rate", "weight_decay"]
    assert nearest("lr", options) == ["learning_rate"]
    assert nearest("rl", options) == []
