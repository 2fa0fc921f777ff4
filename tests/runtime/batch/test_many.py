"""`netc run` on folders, patterns and tables: every sample once, whatever happens."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.batch.journal import Journal, Line
from netc.runtime.batch.pieces import separator_of
from netc.runtime.batch.results import Results
from netc.runtime.cli import execute
from netc.runtime.data.row_layout import Feature, RowLayout, layout_metadata, layout_of
from netc.runtime.data.text_table import read_table
from netc.runtime.errors import UserError
from netc.runtime.files.tensors import TensorSpec
from PIL import Image

NETS = """
net Pets(image: float32[N, 6, 6, 3], classes: int = 3) -> probs: [N, classes] {
  return image -> Flatten -> Dense(classes, activation=softmax)
}

net Fixed(image: float32[4, 6, 6, 3]) -> probs: [4, 3] {
  return image -> Flatten -> Dense(3, activation=softmax)
}

net Open(image: float32[N, H, W, 1]) -> (mean: [N, 1], most: [N, 2]) {
  pooled = image -> GlobalAveragePooling2D
  return pooled, pooled -> Dense(2)
}

net Row(row: float32[N, 3]) -> price: [N, 1] {
  return row -> Dense(1)
}

net Two(a: float32[N, 3], b: float32[N, 3]) -> c: [N, 3] {
  return a + b
}
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each net as a model."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "nets.net").write_text(NETS)
    for name in ("Pets", "Fixed", "Open", "Row", "Two"):
        out = str(folder / f"{name}.onnx")
        assert execute(["compile", f"{folder / 'nets.net'}:{name}", "-o", out]) == 0
    return folder


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eleven pictures, some in a folder deeper down, and the working folder."""
    rng = np.random.default_rng(1)
    for index in range(11):
        path = tmp_path / "photos" / ("deep" if index > 8 else "") / f"{index:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"


def rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_becomes_a_table_of_classes(models: Path, photos: Path) -> None:
    model = str(models / "Pets.onnx")
    assert execute(["run", model, "photos", "-o", "out.csv", "--batch", "4", "--top", "3"]) == 0
    found = rows("out.csv")
    pictures = sorted(photos.rglob("*.png"), key=lambda path: path.relative_to(photos).parts)
    assert sorted(row["file"] for row in found) == sorted(
        str(Path("photos") / p.relative_to(photos)) for p in pictures
    )
    assert list(found[0]) == ["file", "class", "score", "class_2", "score_2", "class_3", "score_3"]
    # The same as each picture by itself.
    for row in found[:3]:
        assert execute(["run", model, row["file"], "-o", "one.npz"]) == 0
        scores = np.load("one.npz")["probs"][0]
        assert int(row["class"]) == scores.argmax()
        assert np.float32(row["score"]) == pytest.approx(scores.max(), rel=1e-5)
    assert not list(Path().glob("out.csv.*"))


def test_formats_hold_the_same(models: Path, photos: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    model = str(models / "Open.onnx")
    for name in ("out.csv", "out.jsonl", "out.parquet"):
        assert execute(["run", model, "photos/*.png", "-o", name]) == 0
    table = parquet.read_table("out.parquet").to_pylist()
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert table == lines
    assert len(lines) == 9
    for row, line in zip(rows("out.csv"), lines, strict=True):
        assert list(row) == ["file", "mean", "most_0", "most_1"]
        assert [float(row["most_0"]), float(row["most_1"])] == line["most"]
        assert float(row["mean"]) == line["mean"]


def test_a_fixed_batch_is_filled_up_and_open_sizes_run_by_themselves(
    models: Path, photos: Path
) -> None:
    assert execute(["run", str(models / "Fixed.onnx"), "photos", "-o", "fixed.csv"]) == 0
    assert execute(["run", str(models / "Pets.onnx"), "photos", "-o", "pets.csv"]) == 0
    assert [row["file"] for row in rows("fixed.csv")] == [row["file"] for row in rows("pets.csv")]
    Image.new("L", (9, 4), 80).save(photos / "05.png")
    assert execute(["run", str(models / "Open.onnx"), "photos", "-o", "open.csv"]) == 0
    assert [float(r["mean"]) for r in rows("open.csv") if r["file"].endswith("05.png")] == [80]


def test_what_cannot_be_read_is_named_and_left_out(
    models: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (photos / "03.png").read_bytes()
    (photos / "03.png").write_bytes(data[:60])
    (photos / "04.png").write_text("no picture")
    model = str(models / "Pets.onnx")
    assert execute(["run", model, "photos", "-o", "out.csv"]) == 1
    said = capsys.readouterr()
    assert said.out == "wrote out.csv: 9 samples\n"
    assert [line.split(":")[:2] for line in said.err.splitlines()] == [
        ["skipped", " photos/03.png"],
        ["skipped", " photos/04.png"],
    ]
    assert len(rows("out.csv")) == 9
    assert execute(["run", model, "photos", "--top", "1"]) == 1
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 9
    assert said.out.startswith("photos/00.png: ")
    assert execute(["run", model, "photos", "--format", "json"]) == 1
    assert {*json.loads(capsys.readouterr().out.splitlines()[0])} >= {"file", "class", "score_3"}


KILLED = """
import os, signal, sys
from netc.runtime.batch import journal
from netc.runtime.cli import execute
add = journal.Journal.add
def some(self, lines):
    if self.done >= 6:
        # Past what Python has not written yet, which the kill takes along.
        os.write(self._file.fileno(), b'["photos/cut')
        os.kill(os.getpid(), signal.SIGKILL)
    add(self, lines)
journal.Journal.add = some
execute(sys.argv[1:])
"""


def test_killed_it_goes_on_behind_what_it_had(
    models: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(models / "Pets.onnx")
    given = ["run", model, "photos", "--batch", "2", "-o"]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *given, "out.csv"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == -signal.SIGKILL
    assert not Path("out.csv").exists()
    assert len(Path("out.csv.part").read_bytes().splitlines()) == 1 + 6 + 1
    added: list[str] = []
    add = Journal.add
    monkeypatch.setattr(
        Journal,
        "add",
        lambda self, lines: (added.extend(one.name for one in lines), add(self, lines)),
    )
    assert execute([*given, "out.csv"]) == 0
    assert "out.csv: goes on behind 6 samples" in capsys.readouterr().err
    assert len(added) == 5
    assert execute([*given, "whole.csv"]) == 0
    assert Path("out.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_a_part_of_other_samples_is_not_gone_on_with(
    models: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["run", str(models / "Pets.onnx"), "photos", "-o", "out.csv"]
    Path("out.csv.part").write_text("{}\n")
    assert execute(given) == 1
    assert "is what a run of another model, or on other samples, left" in capsys.readouterr().err
    assert Path("out.csv.part").read_text() == "{}\n"
    with pytest.raises(UserError), Journal(Path("two.csv"), {"of": "a wrong table"}):
        raise UserError("has no column `row`")
    with Journal(Path("two.csv"), {"a": 1}) as held:
        held.add([Line("x", [1.5]), Line("y", (), "broken")])
        with (
            pytest.raises(UserError, match="another run writes it now"),
            Journal(Path("two.csv"), {}),
        ):
            pass
    with Journal(Path("two.csv"), {"a": 1}) as again:
        assert [*again.lines()] == [Line("x", [1.5]), Line("y", [], "broken")]


def write_rows(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_table_goes_in_row_by_row(
    models: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["1,2,3", "4,5,6", "7,eight,9", "10,11", "", "12,13,14"]
    write_rows(tmp_path / name, "a,b,c\n" + "\n".join(lines) + "\n")
    out = tmp_path / "out.csv"
    given = ["run", str(models / "Row.onnx"), str(tmp_path / name), "-o", str(out)]
    assert execute([*given, "--batch", "2"]) == 1
    found = rows(str(out))
    assert [row["line"] for row in found] == ["2", "3", "7"]
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"skipped: {tmp_path / name}: line 4, column `b`: `eight` is not a number",
        f"skipped: {tmp_path / name}: line 5 has 2 cells, but the first line has 3",
    ]
    np.save(tmp_path / "x.npy", np.array([[1, 2, 3], [4, 5, 6], [12, 13, 14]], np.float32))
    one = tmp_path / "one.npz"
    assert execute(["run", given[1], str(tmp_path / "x.npy"), "-o", str(one)]) == 0
    assert np.allclose([float(row["price"]) for row in found], np.load(one)["price"][:, 0])


def test_parquet_goes_in_as_a_table_of_text_does(models: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    values = np.arange(30, dtype=np.float32).reshape(10, 3)
    text = "a,b,c\n" + "\n".join(",".join(map(str, row)) for row in values)
    (tmp_path / "rows.csv").write_text(text)
    table = pyarrow.table({name: values[:, at] for at, name in enumerate("abc")})
    parquet.write_table(table, tmp_path / "rows.parquet")
    made = []
    for name in ("rows.csv", "rows.parquet"):
        out = tmp_path / f"{name}.jsonl"
        assert execute(["run", str(models / "Row.onnx"), str(tmp_path / name), "-o", str(out)]) == 0
        made.append([json.loads(line)["price"] for line in out.read_text().splitlines()])
    assert made[0] == made[1]
    assert len(made[0]) == 10


def test_a_model_keeps_the_columns_it_was_trained_on(tmp_path: Path) -> None:
    layout = RowLayout((Feature("rooms", 1), Feature("street", 2, ("elm", "oak"))), True)
    assert layout_of(layout_metadata(layout)) == layout
    assert layout_of({}) is None
    for bad in (
        "{}",
        "[]",
        '{"features": [], "named": true}',
        '{"features": [{}], "named": 1}',
        "x",
    ):
        with pytest.raises(UserError, match="do not say what its columns are"):
            layout_of({"netc.columns": bad})


@pytest.mark.parametrize(
    ("text", "wanted", "mark"),
    [
        ("a,b,c", (), ","),
        ("a;b;c", (), ";"),
        ("a\tb", (), "\t"),
        ("1,5;2,5;3,5", (), ","),
        ("a;b, or c;d;e", (), ";"),
        ("rooms;street, number", ("rooms",), ";"),
        ("one", (), ","),
    ],
)
def test_what_stands_between_columns_is_seen(text: str, wanted: list[str], mark: str) -> None:
    assert separator_of(text, wanted) == mark


def test_a_category_is_the_same_number_however_it_is_written(tmp_path: Path) -> None:
    layout = RowLayout((Feature("floor", 0, ("1", "2.5")), Feature("street", 1, ("elm",))), True)
    (tmp_path / "t.csv").write_text("floor,street\n1.0,elm\n2.50,oak\nx,elm\n")
    table = read_table(tmp_path / "t.csv", ",", None)
    assert layout.encode(table).tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


HOUSES = """
net Houses(row: float32[N, 4]) -> price: [N, 1] {
  return row -> Dense(4, activation=relu) -> Dense(1)
}

train Houses {
  data = csv("houses.csv", label="price", categorical=["street"], drop=["id"])
  loss = mean_squared_error
  epochs = 1
}
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_net_trained_on_a_table_takes_tables_with_its_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    Path("houses.net").write_text(HOUSES)
    text = ["3,7,oak,60,200", "2,8,elm,40,150", "4,9,oak,90,310"]
    Path("houses.csv").write_text("rooms,id,street,area,price\n" + "\n".join(text) + "\n")
    assert execute(["train", "houses.net", "--out", "run", "--quiet"]) == 0
    assert execute(["run", "run", "houses.csv", "-o", "one.csv"]) == 0
    # In another order, without the label, and with a street that training did not know.
    new = ["60,oak,3", "40,elm,2", "90,oak,4", "50,ash,3"]
    Path("new.csv").write_text("area,street,rooms\n" + "\n".join(new) + "\n")
    assert execute(["run", "run", "new.csv", "-o", "two.csv"]) == 0
    one, two = ([row["price"] for row in rows(name)] for name in ("one.csv", "two.csv"))
    assert two[:3] == one
    assert len(two) == 4
    Path("less.csv").write_text("area,rooms\n1,2\n")
    capsys.readouterr()
    assert execute(["run", "run", "less.csv", "-o", "three.csv"]) == 1
    assert "less.csv: has no column `street`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["Pets.onnx", "gone/*.png"], "gone/*.png: no file is called so"),
        (["Pets.onnx", "empty"], "empty: holds no pictures (.png,"),
        (["Two.onnx", "photos"], "the model takes 2 inputs"),
        (
            ["Row.onnx", "four.csv"],
            "a row gives 4 values, but the input `row` float32[N, 3] takes 3",
        ),
        (["Row.onnx", "none.csv"], "none.csv: no such file"),
        (["Row.onnx", "void.csv"], "void.csv: is empty"),
        (["Row.onnx", "bad.parquet"], "bad.parquet: is no Parquet file, or damaged"),
        (["Row.onnx", "bad.csv.gz"], "bad.csv.gz: is cut short or damaged"),
        (["Row.onnx", "four.csv", "photos"], "give one table, or pictures"),
        (["Pets.onnx", "x.npy"], "x.npy: of arrays raw outputs are saved"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    models: Path, photos: Path, given: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    Path("four.csv").write_text("a,b,c,d\n1,2,3,4\n")
    Path("void.csv").write_text("")
    Path("bad.parquet").write_text("PAR1")
    Path("bad.csv.gz").write_bytes(gzip.compress(b"a,b,c\n1,2,3\n" * 50)[:-6])
    np.save("x.npy", np.zeros((1, 6, 6, 3), np.float32))
    model, *inputs = given
    assert execute(["run", str(models / model), *inputs, "-o", "out.csv"]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1
    assert [*Path().glob("out.csv*")] == []


def test_numbers_are_the_shortest_that_are_the_same() -> None:
    results = Results((TensorSpec("y", "float32", (None, 2), ("N", "")),), (), 2)
    scores = np.array([[0.1, 0.9]], np.float32)
    assert results.rows({"y": scores}) == [[1, 0.9, 0, 0.1]]
    plain = Results((TensorSpec("z", "int64", (None, 2, 1), ("N", "", "")),), (), 1)
    assert plain.rows({"z": np.array([[[1], [2]]])}) == [[[[1], [2]]]]


def test_published_weights_tell_a_net_from_others(
    models: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their name is no file; what stands for it is."""
    net = f"{models / 'nets.net'}:Pets"
    assert execute(["compile", net, "-o", "kept.safetensors"]) == 0
    monkeypatch.setattr("netc.runtime.published.fetch.here", lambda name: Path("kept.safetensors"))
    weights = ["--weights", "zoo.pets:Pets"]
    assert execute(["run", net, "photos", "-o", "out.csv", *weights]) == 0
    assert execute(["run", str(models / "Pets.onnx"), "photos", "-o", "same.csv"]) == 0
    assert [row["file"] for row in rows("out.csv")] == [row["file"] for row in rows("same.csv")]
