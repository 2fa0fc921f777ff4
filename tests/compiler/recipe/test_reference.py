"""The reference of recipes: `netc ops SGD` and docs/recipe-objects.md."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from netc.compiler.recipe.objects.families import called, families
from netc.compiler.recipe.read.settings import KEYS
from netc.compiler.reference.recipes import names, objects_markdown, render_object
from netc.runtime.cli.ops import command


def test_every_setting_and_object_has_a_place() -> None:
    page = objects_markdown()
    for key in KEYS:
        assert f"\n| `{key}` | " in page
    headings = re.findall(r"^### (\S+)", page, re.MULTILINE)
    assert sorted(headings) == sorted(name for family in families() for name in family.classes)


def test_every_link_has_its_heading() -> None:
    page = objects_markdown()
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings]
    links = re.findall(r"\]\(#([^)]*)\)", page)
    assert links
    assert set(links) <= set(anchors)
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("name", names())
def test_everything_a_recipe_can_name_is_explained(name: str) -> None:
    text = render_object(name)
    for _, cls in called(name):
        assert (cls.__doc__ or "?").partition("\n")[0] in text


def run(*arguments: str) -> str:
    return CliRunner().invoke(command, arguments, standalone_mode=False).stdout


def test_netc_ops_explains_an_optimizer() -> None:
    text = run("SGD")
    assert text.startswith("SGD(learning_rate=0.01, momentum=0.0, nesterov=false, ")
    assert "momentum" in text
    assert run("sgd") == text


def test_a_name_of_two_things_gets_both() -> None:
    text = run("KLDivergence")
    assert "(losses)" in text
    assert "(metrics)" in text


def test_layers_are_explained_as_before() -> None:
    assert run("dense").startswith("Dense(units")


def test_the_list_has_both() -> None:
    text = run()
    assert re.search(r"^  Conv2D ", text, re.MULTILINE)
    assert re.search(r"^Recipes: Losses$", text, re.MULTILINE)
    assert re.search(r"^  RandomFlip ", text, re.MULTILINE)


def test_a_file_without_recipes_does_not_read_the_tables_of_recipes(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("net A(x: float32[N, 3]) -> [N, 2] { return x -> Dense(2) }")
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import netc\n"
        "from netc.compiler.check import check_files\n"
        "check_files([Path('a.net')])\n"
        "tables = ('losses', 'optimizers', 'metrics', 'augment', 'schedules', 'table')\n"
        "print([t for t in tables if f'netc.compiler.recipe.{t}' in sys.modules])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert (found.stdout, found.stderr) == ("[]\n", "")
