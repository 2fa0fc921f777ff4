"""`netc new`: first files that check clean, are formatted, and train."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.check import check_files
from netc.dsl.format.file import format_file
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source
from netc.runtime.cli import execute
from netc.runtime.scaffold.kinds import KINDS
from PIL import Image

from ...places import MODELS

CASES = [
    ("small", "yes", "similar"),
    ("small", "no", "different"),
    ("large", "yes", "similar"),
    ("large", "no", "different"),
]
ZOO = "zoo.mobilenet_v2:MobileNetV2"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pictures(folder: str, classes: int, each: int, mode: str = "RGB", size: int = 8) -> None:
    """Pictures of noise in a folder for each class."""
    rng = np.random.default_rng(0)
    for label in range(classes):
        place = Path(folder, f"class {label}")
        place.mkdir(parents=True)
        for number in range(each):
            noise = rng.integers(0, 255, (size, size, 3), dtype=np.uint8)
            Image.fromarray(noise).convert(mode).save(place / f"{number}.png")


def sound(path: Path) -> None:
    """A file without finding, formatted, that begins with a comment."""
    text = path.read_text()
    assert check_files([path]).diagnostics == []
    assert format_file(parse(Source(path.name, text))) == text
    assert text.startswith("# ")
    assert max(map(len, text.splitlines())) <= 100


def test_each_kind_is_a_sound_file_and_none_is_written_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for kind in KINDS:
        assert execute(["new", kind]) == 0
        sound(Path(f"{kind}.net"))
        before = Path(f"{kind}.net").read_bytes()
        capsys.readouterr()
        assert execute(["new", kind]) == 1
        assert "nothing is written over" in capsys.readouterr().err
        assert Path(f"{kind}.net").read_bytes() == before
    Path("link.net").symlink_to("nowhere.net")
    assert execute(["new", "mlp", "-o", "link.net"]) == 1
    assert not Path("nowhere.net").exists()


@pytest.mark.parametrize(("data", "similar", "word"), CASES)
def test_the_four_cases_stand_in_the_zoo(data: str, similar: str, word: str) -> None:
    asked = ["--classes", "12", "--data", data, "--similar", similar, "-o", "mine.net"]
    assert execute(["new", "transfer", "--from", ZOO, *asked]) == 0
    sound(Path("mine.net"))
    shipped = MODELS / "transfer" / f"{data}_{word}.net"
    assert Path("mine.net").read_text() == shipped.read_text()


@pytest.mark.parametrize(
    ("case", "learn"),
    [
        ("small_similar", [(15_372, 2_223_872)]),
        ("small_different", [(780, 76_544)]),
        ("large_similar", [(15_372, 2_223_872), (2_205_132, 34_112)]),
        ("large_different", [(2_239_244, 0)]),
    ],
)
def test_each_case_trains_what_it_says(case: str, learn: list[tuple[int, int]]) -> None:
    from netc.compiler.recipe.learns import phases_learn

    (recipe,) = check_files([MODELS / "transfer" / f"{case}.net"]).recipes
    assert [(one.trainable, one.frozen) for one in phases_learn(recipe)] == learn


@pytest.mark.parametrize(
    "net", ["vgg:VGG16", "convnext:ConvNeXtTiny", "efficientnet:EfficientNetB0", "resnet:ResNet18"]
)
def test_other_nets_of_the_zoo_are_fitted_without_a_finding(net: str) -> None:
    for data, similar, _ in CASES:
        asked = ["--classes", "3", "--data", data, "--similar", similar]
        name = f"{data}_{similar}.net"
        assert execute(["new", "transfer", "--from", f"zoo.{net}", *asked, "-o", name]) == 0
        sound(Path(name))


@pytest.mark.parametrize(
    ("net", "frozen"),
    [("resnet:ResNet18", 9_600), ("densenet:DenseNet121", 83_648), ("convnext:ConvNeXtTiny", 0)],
)
def test_all_normalizations_stay_while_all_else_is_tuned(net: str, frozen: int) -> None:
    """What else would learn of them is a scale and a shift for each channel."""
    from netc.compiler.recipe.learns import phases_learn

    asked = ["--classes", "3", "--data", "large", "--similar", "yes", "-o", "mine.net"]
    assert execute(["new", "transfer", "--from", f"zoo.{net}", *asked]) == 0
    (recipe,) = check_files([Path("mine.net")]).recipes
    assert [one.frozen for one in phases_learn(recipe)][1:] == [frozen]


def test_pictures_are_counted_and_the_case_is_proposed(capsys: pytest.CaptureFixture[str]) -> None:
    pictures("set/train", 3, 4)
    pictures("set/valid", 3, 1)
    assert execute(["new", "transfer", "--from", ZOO, "--images", "set", "-o", "a.net"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        "12 pictures of 3 classes, fewer than 1,000 a class: small.",
        "taken to be similar; where they are no photographs, say --similar no",
        "case 1 of 4: small, similar",
    ]
    text = Path("a.net").read_text()
    assert "classes: int = 3" in text
    assert '"set/train"' in text
    assert 'validation="set/valid"' in text
    sound(Path("a.net"))
    pictures("x-rays", 2, 3, "L")
    assert execute(["new", "transfer", "--from", ZOO, "--images", "x-rays", "-o", "b.net"]) == 0
    assert "case 2 of 4: small, different" in capsys.readouterr().out


def test_no_link_is_followed_out_of_the_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    from netc.runtime.scaffold.pictures import look_at

    pictures("set", 2, 3)
    outside = tmp_path_factory.mktemp("outside")
    Image.new("RGB", (4, 4)).save(outside / "secret.png")
    os.symlink(outside, "set/class 0/more")
    os.symlink(outside / "secret.png", "set/class 0/one.png")
    os.symlink(outside, "set/class 9")
    found = look_at(Path("set"))
    assert (found.pictures, found.classes) == (6, ("class 0", "class 1"))


WRONG = [
    ([], 2, "transfer needs --from"),
    (["--from", ZOO], 2, "transfer needs --classes"),
    (["--from", ZOO, "--classes", "3"], 2, "transfer needs --data"),
    (["--from", "zoo.vg:VGG16", "--classes", "3"], 1, "did you mean `vgg`?"),
    (["--from", "zoo.unet:UNet", "--classes", "3", "--data", "small"], 1, "one picture"),
    (["--from", "zoo.vgg", "--classes", "3"], 1, "name one of them: zoo.vgg:VGG16, zoo.vgg:VGG19"),
    (["--from", ZOO, "--classes", "3", "--data", "small", "--weights", 'a"b'], 1, "holds a quote"),
    (["--from", ZOO, "--classes", "3", "--data", "small", "--weights", "a\\"], 1, "a backslash"),
    (
        ["--from", ZOO, "--classes", "3", "--data", "small", "--weights", "a" * 999],
        1,
        "200 letters",
    ),
    (["--from", ZOO, "--images", "empty"], 1, "holds no pictures"),
    (
        ["--from", ZOO, "--images", "one"],
        1,
        "one: holds pictures of one class, class 0; a net tells",
    ),
    (["--from", ZOO, "--classes", "3", "--data", "small", "-o", "a.txt"], 2, "a .net file"),
]


@pytest.mark.parametrize(("arguments", "status", "said"), WRONG)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    pictures("one", 1, 2)
    assert execute(["new", "transfer", *arguments]) == status
    assert said in capsys.readouterr().err
    assert list(Path().glob("*.net")) == []


def data_of(kind: str) -> None:
    """Data for a first file, as few as will do."""
    rng = np.random.default_rng(0)
    if kind == "mlp":
        rows = [[*rng.normal(size=8), number % 3] for number in range(20)]
        Path("data.csv").write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    elif kind == "cnn":
        pictures("pictures", 3, 5)
    elif kind == "text":
        np.savez("texts.npz", x=rng.integers(1, 90, (20, 7)).astype(np.int32), y=np.arange(20) % 2)
    elif kind == "unet":
        masks = rng.integers(0, 2, (5, 64, 64, 1)).astype(np.float32)
        np.savez("cells.npz", x=masks, y=masks)
    else:
        np.savez("rows.npz", x=rng.normal(size=(20, 64)).astype(np.float32))


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_each_kind_trains_an_epoch(kind: str) -> None:
    data_of(kind)
    assert execute(["new", kind]) == 0
    assert execute(["train", f"{kind}.net", "--set", "epochs=1", "--set", "stop=none"]) == 0
    assert Path("runs").is_dir()


BASE = """net Base(image: float32[N, 16, 16, 3]) -> probs: [N, 4] {
  x = image -> Conv2D(4, 3, strides=2, use_bias=false) as low -> BatchNormalization -> ReLU
  return x -> Conv2D(6, 3) as high -> GlobalAveragePooling2D as features
    -> Dense(4, activation=softmax) as predictions
}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("data", "similar", "word"), CASES)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_each_case_trains_an_epoch_from_loaded_weights(data: str, similar: str, word: str) -> None:
    """Of a small net of the project's own; what is frozen stays as it was loaded."""
    from netc.compiler.lower.weights import SeededWeights
    from netc.runtime.weights import save_safetensors
    from safetensors.numpy import load_file

    Path("base.net").write_text(BASE)
    (net,) = check_files([Path("base.net")]).nets
    assert net.graph is not None
    save_safetensors(Path("base.safetensors"), net.graph, SeededWeights(5))
    loaded = load_file("base.safetensors")
    pictures("pictures", 2, 5, size=16)
    asked = ["--classes", "2", "--data", data, "--similar", similar]
    asked += ["--weights", "base.safetensors", "-o", "mine.net"]
    assert execute(["new", "transfer", "--from", "base.net:Base", *asked]) == 0
    sound(Path("mine.net"))
    phases = ["head.", "all."] if "phase" in Path("mine.net").read_text() else [""]
    given = [f"{phase}epochs=1" for phase in phases] + ["stop=none"]
    sets = [part for one in given for part in ("--set", one)]
    assert execute(["train", "mine.net", *sets]) == 0
    kept = load_file("runs/Mine/best.safetensors")["base/low/kernel"]
    assert np.array_equal(kept, loaded["low/kernel"]) == (data == "small")
