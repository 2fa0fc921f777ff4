"""Data of strangers: links out of the project, and small files that unpack to too much."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.base import DataSource
from netc.compiler.recipe.objects.loads import load
from netc.compiler.recipe.objects.source_pictures import image_folder
from netc.compiler.recipe.objects.sources import csv, npz
from netc.runtime.data import text_table
from netc.runtime.data.load import load_data
from netc.runtime.data.text_table import LONGEST_LINE, read_table
from netc.runtime.errors import UserError
from netc.runtime.train.initial import loaded_layers
from PIL import Image

from .recipes import PICTURES, recipe

NET = "net N(x: float32[N, 2]) -> y: [N, 1] { return x -> Dense(1) }"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project, beside which lies what is none of its business."""
    (tmp_path / "secret.csv").write_text("TOKEN,a,b\n1,2,3\n")
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "config").write_text("TOKEN,a,b\n1,2,3\n")
    return root


def refused(project: Path, source: DataSource, text: str = NET, base: Path | None = None) -> str:
    kind = "classes" if text is PICTURES else "values"
    with pytest.raises(UserError) as error:
        load_data(recipe(text, kind, source, file=project / "net.net"), base)
    assert "TOKEN" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("cls", [csv, npz])
@pytest.mark.parametrize("target", ["../secret.csv", ".git/config", "/proc/self/environ"])
def test_a_link_out_of_the_project_is_not_read(
    project: Path, cls: type[DataSource], target: str
) -> None:
    (project / "t").symlink_to(target)
    for part in ({"path": "t"}, {"path": "t", "test": "t"}):
        message = refused(project, construct(cls, part))
        assert "leads out of the project" in message
        assert "--data DIR" in message


def test_what_is_private_is_not_read_by_its_name_either(project: Path) -> None:
    assert "leads out" in refused(project, construct(csv, {"path": ".git/config"}))


def test_data_that_the_command_line_names_lie_anywhere(project: Path, tmp_path: Path) -> None:
    source = construct(csv, {"path": "secret.csv"})
    data = load_data(recipe(NET, "values", source, file=project / "net.net"), tmp_path)
    assert len(data.train) == 1
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").symlink_to("../secret.csv")
    assert "leads out" in refused(project, source, base=tmp_path / "elsewhere")


@pytest.mark.parametrize("at", ["pictures", "pictures/a", "pictures/a/1.png"])
def test_pictures_and_their_folders_stay_in_the_project(project: Path, at: str) -> None:
    for place in (project.parent / "away", project / "pictures"):
        for name in ("a/1.png", "b/2.png"):
            (place / name).parent.mkdir(parents=True)
            Image.new("RGB", (8, 8)).save(place / name)
    source = construct(image_folder, {"path": "pictures"})
    data = load_data(recipe(PICTURES, "classes", source, file=project / "net.net"))
    assert len(data.train) == 2
    place = project / at
    place.rename(project / "set aside")
    place.symlink_to(project.parent / at.replace("pictures", "away"))
    assert "leads out of the project" in refused(project, source, PICTURES)
    place.unlink()
    place.symlink_to(project / "set aside")
    again = load_data(recipe(PICTURES, "classes", source, file=project / "net.net"))
    assert len(again.train) == 2, "a link within the project is followed"


def test_a_line_without_end_is_one_line_of_complaint(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"1,2,3\n")
        for _ in range(LONGEST_LINE // 2**20 + 2):
            file.write(b"1" * 2**20)
    with pytest.raises(UserError, match="line 2 is longer than 16 MiB"):
        read_table(path, ",", None)


def test_a_table_larger_than_memory_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"1,2,3\n" * 500_000))
    monkeypatch.setattr(text_table, "free_memory", lambda: 16 * 2**20)
    with pytest.raises(UserError, match="holds more than 2 MiB of text"):
        read_table(path, ",", None)
    monkeypatch.undo()
    assert len(read_table(path, ",", None)) == 500_000


def test_weights_of_a_recipe_stay_in_its_project(project: Path) -> None:
    (project.parent / "w.npz").write_bytes(b"TOKEN")
    (project / "w.npz").symlink_to("../w.npz")
    made = recipe(NET, "values", file=project / "net.net")
    with pytest.raises(UserError, match="leads out of the project"):
        loaded_layers(replace(made, loads=(construct(load, {"file": "w.npz"}),)))
