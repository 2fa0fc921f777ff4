"""`netc summary --labels` and what recipes train and load: tables for fitting a net to new data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.check import check_files
from netc.runtime.api.labels import labels_of
from netc.runtime.cli import execute

from ...places import MODELS

TRANSFER = """block Body(image: [N, H, W, C]) {
  return image -> Conv2D(4, 3, use_bias=false) as low -> BatchNormalization as norm -> ReLU
    -> GlobalAveragePooling2D as features -> Dense(3, activation=softmax) as predictions
}

net Base(image: float32[N, 8, 8, 3]) -> probs: [N, 3] {
  return image -> Body as body
}

net Mine(image: float32[N, 8, 8, 3]) -> probs: [N, 2] {
  image -> Base as base
  return base.features -> Dense(2, activation=softmax) as head
}

train Mine {
  weights = [load("base.npz", into=base)]
  freeze  = [base]
  loss    = sparse_categorical_crossentropy

  phase head {
    epochs = 1
  }

  phase fine {
    unfreeze = [base.body.norm]
    epochs   = 1
  }
}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A net on the features of another one, with the weights of that."""
    monkeypatch.chdir(tmp_path)
    ones = {name: np.ones(4, np.float32) for name in NORM}
    np.savez(
        tmp_path / "base.npz",
        **{f"body/norm/{name}": array for name, array in ones.items()},
        **{"body/low/kernel": np.ones((3, 3, 3, 4), np.float32)},
        **{"body/predictions/kernel": np.ones((4, 3), np.float32)},
        **{"body/predictions/bias": np.ones(3, np.float32)},
    )
    path = tmp_path / "mine.net"
    path.write_text(TRANSFER)
    return path


NORM = ("gamma", "beta", "moving_mean", "moving_variance")


def test_labels_are_listed_with_what_lies_below_them(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["summary", "mine.net:Mine", "--labels"]) == 0
    found = [line.split("  ") for line in capsys.readouterr().out.splitlines()[4:] if line]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in found]
    assert rows == [
        ["base.low", "base/body/low (Conv2D)", "(N, 6, 6, 4)", "108"],
        ["base.norm", "base/body/norm (BatchNormalization)", "(N, 6, 6, 4)", "124"],
        ["base.features", "base/body/features (GlobalAveragePooling2D)", "(N, 4)", "124"],
        ["base", "base/body/predictions (Dense)", "(N, 3)", "139"],
        ["head", "head (Dense)", "(N, 2)", "134"],
    ]


def test_the_zoo_is_named_as_imports_name_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["summary", "zoo.vgg:VGG16", "--labels", "--format", "json"]) == 0
    made = json.loads(capsys.readouterr().out)
    by_label = {one["label"]: one for one in made["labels"]}
    assert by_label["block5_pool"] == {
        "label": "block5_pool",
        "layer": "vgg/block5_pool",
        "op": "MaxPooling2D",
        "output_shape": ["N", 7, 7, 512],
        "params_below": 14_714_688,
    }
    assert execute(["summary", "zoo.transfer.small_similar", "--labels"]) == 0
    assert "base.features" in capsys.readouterr().out
    assert execute(["summary", "zoo.vg:VGG16", "--labels"]) == 1
    assert capsys.readouterr().err == "error: the zoo has no file `vg`. did you mean `vgg`?\n"


@pytest.mark.parametrize("name", ["mobilenet_v2", "vgg", "resnet", "unet", "transformer"])
def test_whatever_is_listed_can_be_tapped(name: str, tmp_path: Path) -> None:
    """Each label is tapped in a net of its own, and has the type that the table says."""
    found = check_files([MODELS / f"{name}.net"])
    net = found.nets[0]
    assert net.graph is not None
    labels = labels_of(net)[:40]
    given = [(path, net.graph.graph.node(path).outputs[0]) for path in net.graph.graph.inputs]
    inputs = ", ".join(f"{path}: {type}" for path, type in given)
    head = given[0][0] if len(given) == 1 else f"({', '.join(path for path, _ in given)})"
    lines = [f"from zoo.{name} import {net.name}\n"]
    lines += [
        f"net T{place}({inputs}) {{\n  {head} -> {net.name} as base\n  return base.{one.label} }}\n"
        for place, one in enumerate(labels)
    ]
    path = tmp_path / "taps.net"
    path.write_text("\n".join(lines))
    tapped = check_files([path])
    assert not tapped.failed, tapped.diagnostics
    shapes = [
        [str(dim) for dim in each.graph.graph.type(each.graph.graph.outputs[0].ref).shape]
        for each in tapped.nets
        if each.graph is not None
    ]
    assert shapes == [[str(dim) for dim in one.shape] for one in labels]


def test_a_summary_says_what_each_phase_trains(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["summary", "mine.net:Mine"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Recipe Mine, phase head: 10 params learn, 116 are frozen",
        "Recipe Mine, phase fine: 18 params learn, 108 are frozen",
    ]
    assert execute(["summary", "mine.net:Mine", "--format", "json", "--recipe", "Mine"]) == 0
    phases = json.loads(capsys.readouterr().out)["recipes"][0]["phases"]
    assert phases[0] == {"name": "head", "trainable_params": 10, "frozen_params": 116}
    assert execute(["summary", "mine.net:Mine", "--recipe", "Min"]) == 1
    assert capsys.readouterr().err == "error: `Mine` has no recipe `Min`. did you mean `Mine`?\n"


def test_a_dry_run_says_what_loads_where(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["train", "mine.net", "--dry-run"]) == 0
    norm = ", ".join(f"{name} [4]" for name in NORM)
    assert capsys.readouterr().out.splitlines()[-5:] == [
        "loaded from base.npz (2 of 3 layers):",
        f"  layer           gets{' ' * (len(norm) - 4)}  from       told by",
        f"  base/body/low   {'kernel [3, 3, 3, 4]'.ljust(len(norm))}  body/low   name",
        f"  base/body/norm  {norm}  body/norm  name",
        "from the seed: head",
    ]
    Path("base.npz").unlink()
    assert execute(["train", "mine.net", "--dry-run"]) == 0
    assert "note: no weights: base.npz is not there\n" in capsys.readouterr().err


def test_weights_of_another_net_are_told_before_training(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez("base.npz", **{"body/low/kernel": np.ones((5, 5, 3, 4), np.float32)})
    assert execute(["train", "mine.net", "--dry-run"]) == 1
    assert "does not fit the net `Mine`: 2 of its 2 layers" in capsys.readouterr().err


def test_fix_writes_the_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unlabelled layer of the file's own: the label is put where the layer is, and tapped."""
    monkeypatch.chdir(tmp_path)
    text = TRANSFER[: TRANSFER.index("train")].replace("base.features", "base.GlobalMaxPooling2D")
    text = text.replace("GlobalAveragePooling2D as features", "GlobalMaxPooling2D")
    Path("mine.net").write_text(text)
    assert execute(["check", "mine.net", "--no-cache", "--fix"]) == 0
    mended = Path("mine.net").read_text()
    assert "-> GlobalMaxPooling2D as global_max_pooling2d -> Dense(3" in mended
    assert "return base.global_max_pooling2d -> Dense(2" in mended
