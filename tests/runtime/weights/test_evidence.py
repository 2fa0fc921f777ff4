"""What decides which layer of a file is which, and where nothing does."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.runtime.api.api import load
from netc.runtime.errors import UserError
from netc.runtime.infer.session import Session
from netc.runtime.weights import WeightMismatch, load_weights
from safetensors.numpy import save_file

from ..cli.run_netc import netc
from ..nets import net

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

PARALLEL = """
net Parallel(x: float32[N, 4]) -> y: [N, 4] {
  short = x -> Dense(4, use_bias=false)
  main = x -> Dense(4, use_bias=false, activation=relu)
  return main + short
}
"""


def kernels(*names: str) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {f"{name}/kernel": rng.uniform(-1, 1, (4, 4)).astype("float32") for name in names}


def taken(checked: CheckedGraph, path: Path, **rename: str) -> dict[str, str]:
    pairs = load_weights(path, checked, rename=rename).match.pairs
    return {pair.layer: pair.stored.name for pair in pairs}


def npz(folder: Path, *names: str) -> Path:
    np.savez(folder / "w.npz", allow_pickle=False, **kernels(*names))
    return folder / "w.npz"


def test_branches_that_only_their_order_tells_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightMismatch) as caught:
        load_weights(npz(tmp_path, "alpha", "beta"), net(tmp_path, PARALLEL))
    table = "\n".join(caught.value.table)
    assert "2 layers of this shape: alpha, beta" in table
    assert "--rename alpha=short" in table
    assert "label the layers as the file names them" in table


PLAIN = """
net Plain(x: float32[N, 4]) -> y: [N, 4] {
  return (x -> Dense(4, use_bias=false)) + (x -> Dense(4, use_bias=false) -> relu)
}
"""


def test_made_up_names_are_no_evidence_and_labels_are(tmp_path: Path) -> None:
    """Keras numbered the file's layers as it made them, and netc the net's as they are written."""
    checked = net(tmp_path, PLAIN)
    assert set(checked.layers()) > {"dense", "dense_1"}
    with pytest.raises(WeightMismatch):
        load_weights(npz(tmp_path, "dense", "dense_1"), checked)
    labelled = net(tmp_path, PARALLEL)
    assert taken(labelled, npz(tmp_path, "main", "dense")) == {"short": "dense", "main": "main"}


def test_a_rename_settles_it(tmp_path: Path) -> None:
    path, checked = npz(tmp_path, "alpha", "beta"), net(tmp_path, PARALLEL)
    assert taken(checked, path, alpha="main") == {"short": "beta", "main": "main"}
    assert taken(checked, path, alpha="short", beta="main") == {"short": "short", "main": "main"}


def test_a_rename_of_what_layers_are_in(tmp_path: Path) -> None:
    text = """
block Two(x: [N, C]) -> [N, C] {
  return x + (x -> Dense(C, use_bias=false) as a) * (x -> Dense(C, use_bias=false) as b)
}
net Four(x: float32[N, 4]) -> [N, 4] { return (x -> Two as left) - (x -> Two as right) }
"""
    path = npz(tmp_path, "one/a", "one/b", "two/a", "two/b")
    checked = net(tmp_path, text)
    assert taken(checked, path, one="right", two="left").keys() == set(checked.layers()) & {
        f"{block}/{layer}" for block in ("left", "right") for layer in "ab"
    }
    kernel = checked.layers()["right/b"].weights[0]
    got = load_weights(path, checked, rename={"one": "right"}).tensor("right/b", kernel).read()
    np.testing.assert_array_equal(got, np.load(path)["one/b/kernel"])


@pytest.mark.parametrize(
    ("rename", "why"),
    [
        ({"gamma": "main"}, "has no layer `gamma`; it has alpha, beta"),
        ({"alpha": "middle"}, "has no layer with weights at `middle`"),
    ],
)
def test_a_rename_of_nothing_is_one_line(tmp_path: Path, rename: dict[str, str], why: str) -> None:
    with pytest.raises(UserError, match=why):
        load_weights(npz(tmp_path, "alpha", "beta"), net(tmp_path, PARALLEL), rename=rename)


def test_renames_of_the_command_line_and_of_python(tmp_path: Path) -> None:
    path = npz(tmp_path, "alpha", "beta")
    file = tmp_path / "net.net"
    file.write_text(PARALLEL, encoding="utf-8")
    out = tmp_path / "o.onnx"
    plain = netc("compile", file, "-o", out, "--weights", path)
    assert plain.status == 1
    assert "alpha, beta" in plain.out
    assert not out.exists()
    made = netc("compile", file, "-o", out, "--weights", path, "--rename", "alpha=main")
    assert made.status == 0
    x = np.ones((1, 4), "float32")
    expected = load(file, weights=path, rename={"alpha": "main"}).run(x)["y"]
    (got,) = Session(out).run({"x": x}).values()
    np.testing.assert_allclose(got, expected, atol=1e-6)
    for wrong in (("--rename", "alpha"), ("--rename", "a=main", "--rename", "b=main")):
        assert netc("compile", file, "-o", out, "--weights", path, *wrong).status == 2
    assert netc("compile", file, "-o", out, "--rename", "alpha=main").status == 2


def test_layers_that_can_change_places_are_no_doubt(tmp_path: Path) -> None:
    checked = net(tmp_path, PARALLEL.replace(", activation=relu", ""))
    assert len(taken(checked, npz(tmp_path, "alpha", "beta"))) == 2


def test_numbers_in_names_order_what_is_sorted(tmp_path: Path) -> None:
    text = "net Chain(x: float32[N, 4]) { return x -> Dense(4, use_bias=false) * 12 }\n"
    names = [f"body.{index}" for index in range(12)]
    save_file(
        {
            f"{name}.weight": array
            for name, array in zip(names, kernels(*names).values(), strict=True)
        },
        tmp_path / "w.safetensors",
    )
    found = taken(net(tmp_path, text), tmp_path / "w.safetensors")
    assert list(found.values()) == names


def test_numbers_that_contradict_the_order_are_a_doubt(tmp_path: Path) -> None:
    text = "net Chain(x: float32[N, 4]) { return x -> Dense(4, use_bias=false) * 2 }\n"
    with pytest.raises(WeightMismatch):
        load_weights(npz(tmp_path, "fc2", "fc1"), net(tmp_path, text))


def test_a_labelled_block_has_the_layers_of_its_module(tmp_path: Path) -> None:
    text = """
block Branch(x: [N, C]) -> [N, C] { return x -> Dense(C, use_bias=false) -> relu }
net Two(x: float32[N, 4]) -> [N, 4] {
  return (x -> Branch as right) - (x -> Branch as left)
}
"""
    found = taken(net(tmp_path, text), npz(tmp_path, "left/fc", "right/fc"))
    assert found == {"right/dense": "right/fc", "left/dense": "left/fc"}


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_part_of_a_model_finds_its_layers_in_the_whole(tmp_path: Path, ending: str) -> None:
    dense = keras.layers.Dense
    names = ("ga", "tu", "bo", "ki")
    model = keras.Sequential(
        [keras.Input((4,)), *(dense(4, activation="tanh", name=name) for name in names)]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / f"w{ending}")
    steps = "Dense(4, activation=tanh) -> Dense(4, activation=tanh)"
    checked = net(tmp_path, f"net Part(x: float32[N, 4]) {{ return x -> {steps} }}\n")
    loaded = load_weights(tmp_path / f"w{ending}", checked)
    assert [pair.stored.name for pair in loaded.match.pairs] == ["ga", "tu"]
    assert loaded.notes()[-1] == f"unused layers of w{ending}: bo, ki"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_models_in_a_subclassed_model(tmp_path: Path) -> None:
    layers = keras.layers

    class Model(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.blk = keras.Sequential([layers.Dense(4, name="a"), layers.Dense(5, name="b")])
            self.c = layers.Dense(2)

        def call(self, x: object) -> object:
            return self.c(self.blk(x))

    x = np.ones((2, 8), "float32")
    model = Model()
    expected = np.asarray(model(x))
    model.save_weights(tmp_path / "w.weights.h5")
    steps = "Dense(4) as a -> Dense(5) as b -> Dense(2) as c"
    text = f"net Sub(x: float32[N, 8]) {{ return x -> {steps} }}\n"
    checked = net(tmp_path, text)
    loaded = load_weights(tmp_path / "w.weights.h5", checked)
    (got,) = Session.from_checked(checked, loaded).run({"x": x}).values()
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert loaded.notes() == []


@pytest.mark.parametrize("length", [640, 896, 1152, 1408])
def test_safetensors_that_begin_like_a_pickle(tmp_path: Path, length: int) -> None:
    """The header's length stands first: 640 is 80 02 in hexadecimal, as a pickle begins."""
    array = np.ones((4, 4), "float32")
    header = b'{"fc/kernel":{"dtype":"F32","shape":[4,4],"data_offsets":[0,64]}}'
    path = tmp_path / "w.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + header.ljust(length) + array.tobytes())
    text = "net One(x: float32[N, 4]) { return x -> Dense(4, use_bias=false) as fc }\n"
    assert taken(net(tmp_path, text), path) == {"fc": "fc"}
    path.write_bytes(path.read_bytes()[: length // 2])
    with pytest.raises(UserError, match="cut short"):
        load_weights(path, net(tmp_path, text))
