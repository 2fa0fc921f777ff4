"""What goes wrong on a bad day: one clear line, exit status 1, nothing half-written, no traceback.

Weights of another net, data of one class, a tap that is not there, a cache that was harmed, a disk
that is full.
"""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.api import load
from netc.runtime.cli import execute
from PIL import Image
from safetensors.numpy import save_file

Captured = pytest.CaptureFixture[str]

NET = """net Pets(image: float32[N, 8, 8, 3]) -> probs: [N, 2] {
  return image -> Conv2D(4, 3, activation=relu) as conv -> GlobalAveragePooling2D as pooled
    -> Dense(200) as wide -> Dense(2, activation=softmax) as head
}
"""
RECIPE = """
train Pets {
  data = image_folder("pets", scale=1 / 255)
  loss = categorical_crossentropy
  epochs = 1
MORE}
"""
ROWS = """net Rows(row: float32[N, 2]) -> probs: [N, 2] {
  return row -> Dense(2, activation=softmax)
}

train Rows {
  data = DATA
  loss = sparse_categorical_crossentropy
}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a net, its model, pictures, and weights of another net."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path.parent / f"{tmp_path.name}-cache"))
    Path("pets.net").write_text(NET + RECIPE.replace("MORE", ""))
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        Path("pets", name).mkdir(parents=True)
        for number in range(3):
            pixels = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(f"pets/{name}/{number}.png")
    checked = load("pets.net").checked
    write_onnx(compile_onnx(checked, SeededWeights(0)), Path("pets.onnx"))
    shapes = {"one/kernel": (4, 7), "one/bias": (7,), "two/kernel": (7, 3), "two/bias": (3,)}
    save_file({k: np.zeros(v, np.float32) for k, v in shapes.items()}, "other.safetensors")
    return tmp_path


def fails(capsys: Captured, *arguments: str) -> str:
    """What a command says that ends with status 1: one line on standard error."""
    capsys.readouterr()
    assert execute([*arguments]) == 1
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note:")]
    assert len(said) == 1, said
    assert said[0].startswith("error: ")
    return said[0].removeprefix("error: ")


def files() -> set[str]:
    """All that is in the project."""
    return {str(path) for path in Path().rglob("*") if ".git" not in path.parts}


OTHER = [
    ["run", "pets.net", "pets/cat/0.png", "--weights", "other.safetensors"],
    ["compile", "pets.net", "-o", "out.onnx", "--weights", "other.safetensors"],
    ["cam", "pets.net", "pets/cat/0.png", "-o", "out.png", "--weights", "other.safetensors"],
    ["train", "loads.net", "--quiet"],
    ["train", "loads.net", "--dry-run"],
]


@pytest.mark.parametrize("arguments", OTHER, ids=" ".join)
def test_weights_of_another_net(arguments: list[str], capsys: Captured) -> None:
    loads = '  weights = [load("other.safetensors")]\n'
    Path("loads.net").write_text(NET + RECIPE.replace("MORE", loads))
    before = files()
    said = fails(capsys, *arguments)
    assert "other.safetensors: does not fit the net `Pets`: 3 of its 3 layers" in said
    assert said.endswith("nothing was loaded")
    assert files() == before


ONE_CLASS = {
    'csv("one.csv")': "has 1 class (cat), but the output `probs` has 2 units",
    'csv("zeros.csv")': "all 4 training samples of `probs` are of the class 0; a net learns to",
    'npz("zeros.npz")': "all 4 training samples of `probs` are of the class 0; a net learns to",
}


@pytest.mark.parametrize("data", ONE_CLASS)
def test_data_of_one_class(data: str, capsys: Captured) -> None:
    Path("one.csv").write_text("a,b,label\n" + "1,2,cat\n" * 4)
    Path("zeros.csv").write_text("a,b,label\n" + "1,2,0\n" * 4)
    np.savez("zeros.npz", x=np.ones((4, 2), np.float32), y=np.zeros(4, int))
    Path("rows.net").write_text(ROWS.replace("DATA", data))
    before = files()
    for verb in ("train", "data"):
        assert ONE_CLASS[data] in fails(capsys, verb, "rows.net")
    assert files() == before


def test_pictures_of_one_class(capsys: Captured) -> None:
    for path in Path("pets/dog").iterdir():
        path.unlink()
    Path("pets/dog").rmdir()
    before = files()
    assert "has 1 class (cat)" in fails(capsys, "train", "pets.net")
    asked = ["new", "transfer", "--from", "zoo.mobilenet_v2:MobileNetV2", "--images", "pets"]
    assert "holds pictures of one class, cat" in fails(capsys, *asked)
    assert files() == before


def test_a_tap_that_is_not_there(capsys: Captured) -> None:
    Path("tap.net").write_text(
        'from "./pets.net" import Pets\n'
        "net Mine(image: float32[N, 8, 8, 3]) -> probs: [N, 4] {\n"
        "  image -> Pets as base\n"
        "  return base.polled -> Dense(4, activation=softmax)\n}\n"
    )
    assert execute(["check", "tap.net"]) == 1
    said = capsys.readouterr().out
    assert said.count("error[") == 1
    assert "error[NET0204]: `base` holds no label `polled`" in said
    assert "pooled" in said
    for verb in ("cam", "features"):
        given = ["pets/cat/0.png"] if verb == "cam" else ["pets"]
        said = fails(capsys, verb, "pets.net", *given, "--layer", "polled", "-o", "out.png")
        assert "`Pets` has no layer `polled`" in said
        assert "did you mean `pooled`?" in said
    assert not Path("out.png").exists()


def test_a_harmed_cache_of_checked_files_is_checked_again(
    capsys: Captured, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NETC_NO_CACHE")
    assert execute(["check", "pets.net"]) == 0
    place = project.parent / f"{project.name}-cache"
    kept = [path for path in place.rglob("*") if path.is_file()]
    assert kept
    capsys.readouterr()
    for path in kept:
        path.write_bytes(b"\x80\x05garbage")
    assert execute(["check", "pets.net", "--format", "concise"]) == 0
    said = capsys.readouterr()
    assert said.out == ""


def test_harmed_published_weights_are_one_line(capsys: Captured, project: Path) -> None:
    from netc.runtime.cache.place import weights_folder
    from netc.runtime.published.fetch import place_of
    from netc.runtime.published.table import KNOWN

    path = place_of(KNOWN[0], weights_folder())
    path.parent.mkdir(parents=True, mode=0o700)
    path.parent.parent.chmod(0o700)
    path.write_bytes(b"harmed")
    kept = {"version": 1, "source": KNOWN[0].sha256, "sha256": "0"}
    harmed = {
        json.dumps(kept): "were damaged",
        "{": "cannot be read",
        "[]": "are those of another file",
    }
    for about, why in harmed.items():
        path.with_suffix(".json").write_text(about)
        asked = ["run", KNOWN[0].net, "pets/cat/0.png", "--weights", KNOWN[0].net]
        said = fails(capsys, *asked)
        assert (
            said
            == f"the weights of {KNOWN[0].net} {why}; `netc weights {KNOWN[0].net}` fetches them"
        )


@contextmanager
def room(size: int) -> Iterator[None]:
    """Lets no file grow past some bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


WRITES = {
    "train at once": (0, "run", ["train", "pets.net", "--quiet", "--out", "run"]),
    "train as it begins": (600, "run", ["train", "pets.net", "--quiet", "--out", "run"]),
    "sweep as it begins": (
        600,
        "sweep",
        ["sweep", "pets.net", "--set", "optimizer=SGD,Adam", "--trials", "2", "--out", "sweep"],
    ),
    "sweep": (
        0,
        "sweep",
        ["sweep", "pets.net", "--set", "optimizer=SGD,Adam", "--trials", "2", "--out", "sweep"],
    ),
    "table": (0, "out.csv", ["run", "pets.onnx", "pets", "-o", "out.csv"]),
    "lines": (0, "out.jsonl", ["run", "pets.onnx", "pets", "-o", "out.jsonl"]),
    "arrays": (64, "out.npz", ["run", "pets.onnx", "pets/cat/0.png", "-o", "out.npz"]),
    "model": (1024, "out.onnx", ["compile", "pets.net", "-o", "out.onnx"]),
    "keras": (1024, "out.keras", ["compile", "pets.net", "-o", "out.keras"]),
    "source": (64, "out.py", ["compile", "pets.net", "-o", "out.py"]),
    "import": (1500, "out.safetensors", ["import", "pets.onnx", "-o", "out.net"]),
    "graph": (4096, "out.svg", ["graph", "pets.net", "-o", "out.svg"]),
    "map": (64, "out.png", ["cam", "pets.net", "pets/cat/0.png", "-o", "out.png"]),
    "sheet": (64, "out.png", ["data", "pets.net", "-o", "out.png"]),
    "first file": (64, "out.net", ["new", "cnn", "-o", "out.net"]),
    "findings": (64, "out.sarif", ["check", "pets.net", "--format", "sarif", "-o", "out.sarif"]),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_full_disk_is_one_line_and_leaves_nothing(what: str, capsys: Captured) -> None:
    size, name, arguments = WRITES[what]
    before = files()
    with room(size):
        said = fails(capsys, *arguments)
    assert name in said, said
    assert "too large" in said.lower(), said
    assert "--resume" not in said
    assert files() == before
    # With room the same command works.
    if not what.startswith(("train", "sweep", "keras")):
        assert execute(arguments) == 0
        capsys.readouterr()


def test_a_batch_run_that_met_a_full_disk_goes_on(capsys: Captured) -> None:
    straight, cut = ["-o", "straight.csv"], ["-o", "cut.csv", "--batch", "1"]
    assert execute(["run", "pets.onnx", "pets", *straight]) == 0
    with room(400):
        said = fails(capsys, "run", "pets.onnx", "pets", *cut)
    assert "cut.csv.part: file too large; with more room the same command goes on behind" in said
    assert not Path("cut.csv").exists()
    assert execute(["run", "pets.onnx", "pets", *cut]) == 0
    assert "goes on behind" in capsys.readouterr().err
    assert Path("cut.csv").read_text() == Path("straight.csv").read_text()
    assert not [path for path in files() if path.endswith((".part", ".lock"))]
