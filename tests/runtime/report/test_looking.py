"""`netc filters`, `netc features`, and what all that look into a model make of run folders."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.looked import look_into_run
from netc.runtime.cli import execute as netc
from netc.runtime.report.features import feature_map, gallery, pca, tsne
from netc.runtime.report.filters import filters_of
from netc.runtime.report.seen import see
from netc.runtime.train.sources import keep_sources
from PIL import Image

import netc as netc_package

from ...places import MODELS
from ..train.small import IGNORED

Say = pytest.CaptureFixture[str]

NET = """\
net Looked(image: float32[N, 12, 12, 3], width: int = 5) -> probs: [N, 2] {
  return image -> Conv2D(width, 3, activation=relu) as first -> DepthwiseConv2D(3) as deep
    -> Conv2D(4, 1) as one -> GlobalAveragePooling2D as features
    -> Dense(2, activation=softmax) as head
}

train Looked {
  data      = image_folder("pictures", scale=1 / 255)
  loss      = sparse_categorical_crossentropy
  optimizer = SGD(0.1)
  epochs    = 1
}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A net, and pictures of two classes, which differ in colour."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for at, name in enumerate(("a_red", "b <b>\x1b[2J")):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(0, 60, (12, 12, 3)).astype(np.uint8)
            pixels[..., 2 * at] += 150
            Image.fromarray(pixels).save(folder / f"{number}.png")
    (tmp_path / "looked.net").write_text(NET)
    return tmp_path / "looked.net"


@pytest.mark.filterwarnings(IGNORED)
def test_a_run_is_looked_into(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Say) -> None:
    """The net with the settings it was trained with, its weights, classes and preprocessing."""
    pytest.importorskip("keras")
    monkeypatch.setattr("netc.runtime.report.write.write_report", lambda *_: None)
    line = ["train", "looked.net", "--quiet", "--set", "width=7"]
    monkeypatch.setattr(sys, "argv", ["netc", *line])
    assert netc(line) == 0
    # What has changed since is not looked at.
    file.write_text(NET.replace("Conv2D(4, 1)", "Conv2D(9, 1)"))
    looked = look_into_run(Path("runs/Looked"), {"width": 7})
    assert looked.checked.layers()["one"].weights[0].shape[-1] == 4
    assert looked.classes == ("a_red", "b <b>\x1b[2J")
    assert looked.preprocessing is not None
    assert looked.preprocessing.scale == 1 / 255
    picture = "pictures/a_red/0.png"
    assert netc(["cam", "runs/Looked", picture, "-o", "h.png", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert netc(["run", "runs/Looked/model.onnx", picture, "--format", "json"]) == 0
    best = json.loads(capsys.readouterr().out)["results"][0]["top"][0]
    assert (found["class"], found["index"]) == (best["class"], best["index"])
    assert found["score"] == pytest.approx(best["score"], abs=1e-5)
    assert netc(["filters", "runs/Looked", "-o", "f.png"]) == 0
    assert capsys.readouterr().out == "first: 7 kernels\n"
    assert netc(["features", "runs/Looked", "pictures", "-o", "m.png"]) == 0
    assert capsys.readouterr().out.startswith("12 pictures at features, 4 features: PCA, ")
    for args, said in (
        (["--set", "width=3"], "a run has its own"),
        (["--recipe", "Looked"], "a run has its own"),
    ):
        assert netc(["filters", "runs/Looked", "-o", "f.png", *args]) == 2
        assert said in capsys.readouterr().err
    for name, said in (
        ("best.safetensors", "holds no best.safetensors"),
        ("source/looked.net", "keeps no looked.net"),
    ):
        place = Path("runs/Looked", name)
        text = place.read_bytes()
        place.unlink()
        assert netc(["filters", "runs/Looked", "-o", "f.png"]) == 1
        assert said in capsys.readouterr().err
        place.write_bytes(text)
    Path("runs/Looked/source/looked.net").write_text(NET.replace("Conv2D(4, 1)", "Conv2D(9, 1)"))
    assert netc(["filters", "runs/Looked", "-o", "f.png"]) == 1
    assert "its weights are not those of the net" in capsys.readouterr().err


def test_the_sources_of_a_run_check_by_themselves(tmp_path: Path) -> None:
    """A net of the zoo, too, which imports others beside it."""
    for name in ("breast_cancer.net", "class_activation.net"):
        keep_sources(MODELS / name, tmp_path / name)
        (kept,) = (tmp_path / name).rglob(name)
        assert not netc_package.check(kept).failed


def test_kernels_and_maps_are_the_net_s(file: Path, capsys: Say) -> None:
    net = netc_package.load(file)
    weights = SeededWeights(0)
    seen = see(net.checked, None, Path("pictures/a_red/0.png"))
    found = filters_of(net.checked, weights, seen.inputs)
    kernel = weights.tensor("first", net.checked.layers()["first"].weights[0]).read()
    assert (found.layer, found.averaged) == ("first", 1)
    assert found.kernels is not None
    np.testing.assert_array_equal(found.kernels[4], kernel[..., 4])
    # The map at a place is the kernel over what lies there.
    assert found.maps is not None
    assert found.maps.shape == (5, 10, 10)
    window = seen.inputs["image"][0, 2:5, 3:6]
    wanted = max(0.0, float((window * kernel[..., 1]).sum()))
    assert found.maps[1, 2, 3] == pytest.approx(wanted, rel=1e-4, abs=1e-3)
    deep = filters_of(net.checked, weights, layer="deep")
    assert deep.kernels is not None
    assert (deep.kernels.shape, deep.averaged) == ((5, 3, 3, 1), 1)
    one = filters_of(net.checked, weights, layer="one")
    assert one.kernels is not None
    assert (one.kernels.shape, one.averaged) == ((4, 1, 1, 1), 5)
    args = ["filters", "looked.net", "pictures/a_red/0.png", "-o", "f.png", "--most", "3"]
    assert netc(args) == 0
    assert capsys.readouterr().out == "first: the first 3 of 5 kernels; the first 3 of 5 maps\n"
    with Image.open("f.png") as drawn:
        assert drawn.width > 300


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["filters", "looked.net", "-o", "f.png", "--layer", "frst"], "did you mean `first`?"),
        (["filters", "looked.net", "-o", "f.png", "--layer", "features"], "no kernel to show"),
        (["filters", "looked.net", "a.png", "-o", "f.png"], "a.png: no such file"),
        (
            ["filters", "looked.net", "pictures/a_red/0.png", "-o", "f.png", "--layer", "head"],
            "`head` gives float32[N, 2], which has no places",
        ),
        (["filters", "flat.net", "-o", "f.png"], "has no convolution of pictures"),
        (["features", "flat.net", "pictures", "-o", "f.png"], "takes no picture"),
        (["features", "looked.net", "nowhere", "-o", "f.png"], "there is no such folder"),
        (["features", "looked.net", "empty", "-o", "f.png"], "holds 0 pictures"),
        (
            ["features", "looked.net", "pictures", "-o", "f.png", "--layer", "x"],
            "`Looked` has no layer `x`",
        ),
        (["features", "looked.net", "broken", "-o", "f.png"], "1.png: is not a picture"),
        (["features", "looked.net", "pictures", "-o", "x/f.png"], "the folder x of the output"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    file: Path, capsys: Say, args: list[str], said: str
) -> None:
    Path("flat.net").write_text("net F(x: float32[N, 4]) -> y: [N, 2] { return x -> Dense(2) }\n")
    Path("broken").mkdir()
    Path("empty").mkdir()
    for number in range(3):
        Path("broken", f"{number}.png").write_bytes(
            b"none" if number == 1 else Path("pictures/a_red/0.png").read_bytes()
        )
    assert netc(args) == 1
    out, err = capsys.readouterr()
    (line,) = [line for line in err.splitlines() if not line.startswith("note:")]
    assert said in line
    assert not out
    assert not Path("f.png").exists()


def test_pictures_alike_lie_together(file: Path, capsys: Say) -> None:
    net = netc_package.load(file)
    shown = gallery(Path("pictures"), 100, 0)
    assert shown.labels == (0,) * 6 + (1,) * 6
    found = feature_map(net.checked, SeededWeights(0), None, shown.files)
    assert (found.layer, found.width) == ("features", 4)
    # Two colours are two heaps, apart along the first component.
    first, second = found.points[:6, 0], found.points[6:, 0]
    assert first.max() < second.min() or second.max() < first.min()
    maps = feature_map(net.checked, SeededWeights(0), None, shown.files, layer="one")
    np.testing.assert_allclose(maps.points, found.points, rtol=1e-3, atol=1e-3)
    for more in ([], ["--thumbnails"], ["--method", "tsne"], ["--most", "5"]):
        assert netc(["features", "looked.net", "pictures", "-o", "m.png", *more]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("5 pictures at features")
    assert netc(["features", "looked.net", "pictures/a_red", "-o", "m.png"]) == 0
    with Image.open("m.png") as drawn:
        assert min(drawn.size) > 500


def test_principal_components_are_scikit_learn_s() -> None:
    sklearn = pytest.importorskip("sklearn.decomposition")
    features = np.random.default_rng(0).normal(size=(20, 6)) * np.arange(1, 7)
    points, share = pca(features)
    theirs = sklearn.PCA(2).fit(features)
    wanted = theirs.transform(features)
    np.testing.assert_allclose(np.abs(points), np.abs(wanted), rtol=1e-6)
    assert share == pytest.approx(theirs.explained_variance_ratio_.sum())
    # Fewer dimensions than two, and no variance at all, are no trouble.
    assert pca(features[:, :1])[0].shape == (20, 2)
    assert pca(np.ones((3, 4)))[1] == 1


def test_tsne_without_scikit_learn_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(netc_package.UserError, match="pip install 'netc\\[features\\]'"):
        tsne(np.ones((5, 2)), 0)
