"""Learned tensors of a net's own (`weight scale: [C] = ones`) in every format of weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array, Tensor
from netc.runtime.weights import load_weights
from netc.runtime.weights.file import WeightFile
from netc.runtime.weights.load import LoadedWeights
from netc.runtime.weights.match import Match, match_torch
from netc.runtime.weights.save import save_safetensors
from netc.runtime.weights.torch_file import FORMAT
from netc.runtime.weights.torch_state import layers_of_state

from ..nets import arrays, net, read_all
from .test_weights_keras import FORMATS, assert_same, save, shuffle

SCALED = """
block Scaled(x: [N, C], start: float = 0.5) -> [N, C] {
  weight gamma: [C] = start
  weight table: [C, 1] = glorot_uniform, trainable=false
  return (x -> Dense(C) as fc) * gamma + x @ table
}

net Small(x: float32[N, 4]) -> y: [N, 3] {
  weight temperature: [] = 2
  layer both = Scaled(0.25)
  x = (x - [0.5, 0.25, 0, 1]) * arange(4, dtype=float32)
  x = x -> Scaled * 2 -> both -> Dense(4) as middle -> both
  return (x -> Dense(3)) / temperature
}
"""


@pytest.fixture
def small(tmp_path: Path) -> CheckedGraph:
    return net(tmp_path, SCALED)


def test_each_has_a_path_of_its_own_and_a_shared_block_has_one(small: CheckedGraph) -> None:
    assert [path for path in arrays(small) if not path.endswith(("kernel", "bias"))] == [
        "temperature/value",
        "x_2/scaled/gamma/value",
        "x_2/scaled/table/value",
        "x_2/scaled_1/gamma/value",
        "x_2/scaled_1/table/value",
        "both/gamma/value",
        "both/table/value",
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_what_keras_saves_is_found_again(small: CheckedGraph, tmp_path: Path, name: str) -> None:
    model = shuffle(lower_keras(small, SeededWeights(1)))
    x = np.random.default_rng(2).uniform(-1, 1, (5, 4)).astype(np.float32)
    assert_same(small, save(model, tmp_path / name), model, x)


@pytest.mark.parametrize("name", ["w.safetensors", "w.npz"])
def test_named_arrays_are_found_by_path(small: CheckedGraph, tmp_path: Path, name: str) -> None:
    wanted = arrays(small)
    path = tmp_path / name
    if name == "w.npz":
        np.savez(path, **wanted)
    else:
        save_safetensors(path, small, _Given(wanted))
    got = read_all(small, load_weights(path, small))
    assert wanted.keys() == got.keys()
    for key in wanted:
        np.testing.assert_array_equal(got[key], wanted[key])


class _Given:
    def __init__(self, wanted: dict[str, Array]) -> None:
        self.wanted = wanted

    def tensor(self, layer: str, weight: object) -> Tensor:
        array = self.wanted[f"{layer}/{weight.name}"]
        return Tensor(array.shape, str(array.dtype), lambda: array)


def test_netc_s_own_file_is_found_again_after_a_weight_got_another_start(tmp_path: Path) -> None:
    before = net(tmp_path, SCALED)
    wanted = arrays(before)
    path = tmp_path / "w.safetensors"
    save_safetensors(path, before, _Given(wanted))
    after = net(
        tmp_path,
        SCALED.replace("= start", "= zeros").replace("start: float = 0.5", "_s: float = 1.0"),
    )
    got = read_all(after, load_weights(path, after))
    np.testing.assert_array_equal(got["x_2/scaled/gamma/value"], wanted["x_2/scaled/gamma/value"])


def test_a_saved_model_opens_where_there_is_no_netc(small: CheckedGraph, tmp_path: Path) -> None:
    model = shuffle(lower_keras(small, SeededWeights(1)))
    save(model, tmp_path / "w.keras")
    x = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
    np.save(tmp_path / "x.npy", x)
    code = (
        "import sys, numpy as np, keras\n"
        "model = keras.saving.load_model('w.keras', safe_mode=True)\n"
        "np.save('y.npy', np.asarray(model(np.load('x.npy'))))\n"
        "assert not any(name.split('.')[0] == 'netc' for name in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), np.asarray(model(x)), rtol=1e-6)


def match(checked: CheckedGraph, state: dict[str, Array]) -> Match:
    tensors = {n: Tensor(a.shape, str(a.dtype), lambda a=a: a) for n, a in state.items()}
    file = WeightFile(Path("w"), FORMAT, layers_of_state(tensors), ordered=True)
    return match_torch(checked, file)


def from_torch(checked: CheckedGraph, state: dict[str, Array]) -> dict[str, Array]:
    found = match(checked, state)
    assert found.fits, (found.missing, found.wrong_shape)
    given = {(p.layer, n): t for p in found.pairs for n, t in p.tensors.items()}
    return read_all(checked, LoadedWeights(Path("w"), found, given))


def drawn(**shapes: tuple[int, ...]) -> dict[str, Array]:
    rng = np.random.default_rng(0)
    return {
        name.replace("__", "."): np.asarray(rng.uniform(0.5, 1.5, shape)).astype("float32")
        for name, shape in shapes.items()
    }


CONVNEXT = """
block Block(x: [N, H, W, C]) -> [N, H, W, C] {
  weight layer_scale: [C] = Constant(0.000001)
  y = x -> DepthwiseConv2D(3, padding=same) -> LayerNormalization(epsilon=0.000001)
  y = y -> Dense(2 * C) -> GELU -> Dense(C)
  return x + y * layer_scale
}

net Small(x: float32[N, 8, 8, 4]) -> [N, 3] {
  return x -> Block * 3 -> GlobalAveragePooling2D -> Dense(3)
}
"""


def convnext_block(at: str) -> dict[str, tuple[int, ...]]:
    """The tensors of torchvision's `CNBlock`: its own `layer_scale` comes first."""
    return {
        f"{at}__layer_scale": (4, 1, 1),
        f"{at}__block__0__weight": (4, 1, 3, 3),
        f"{at}__block__0__bias": (4,),
        f"{at}__block__2__weight": (4,),
        f"{at}__block__2__bias": (4,),
        f"{at}__block__3__weight": (8, 4),
        f"{at}__block__3__bias": (8,),
        f"{at}__block__5__weight": (4, 8),
        f"{at}__block__5__bias": (4,),
    }


def test_a_bare_parameter_of_pytorch_comes_where_it_is_used(tmp_path: Path) -> None:
    checked = net(tmp_path, CONVNEXT)
    shapes = {k: v for i in range(3) for k, v in convnext_block(f"features__{i}").items()}
    state = drawn(**shapes, classifier__weight=(3, 4), classifier__bias=(3,))
    got = from_torch(checked, state)
    for i, at in enumerate(("block", "block_1", "block_2")):
        theirs = state[f"features.{i}.layer_scale"].reshape(4)
        np.testing.assert_array_equal(got[f"{at}/layer_scale/value"], theirs)


def test_a_class_token_and_positions_of_pytorch_are_found(tmp_path: Path) -> None:
    checked = net(
        tmp_path,
        "net Vit(x: float32[N, 6, 4]) -> [N, 3] {\n"
        "  weight token: [1, 1, 4] = zeros\n"
        "  weight positions: [1, 7, 4] = RandomNormal(stddev=0.02)\n"
        "  tokens = token + 0 * x[:, :1]\n"
        "  y = ((tokens, x) -> Concatenate(axis=1)) + positions -> LayerNormalization as norm\n"
        "  return y[:, 0] -> Dense(3)\n"
        "}\n",
    )
    state = drawn(
        class_token=(1, 1, 4),
        encoder__pos_embedding=(1, 7, 4),
        encoder__ln__weight=(4,),
        encoder__ln__bias=(4,),
        head__weight=(3, 4),
        head__bias=(3,),
    )
    got = from_torch(checked, state)
    np.testing.assert_array_equal(got["token/value"], state["class_token"])
    np.testing.assert_array_equal(got["positions/value"], state["encoder.pos_embedding"])


def test_a_picture_of_pytorch_is_put_channels_last(tmp_path: Path) -> None:
    checked = net(
        tmp_path,
        "net Start(x: float32[N, 8]) -> [N, 4, 5, 3] {\n"
        "  weight first: [1, 4, 5, 3] = ones\n"
        "  return first + (x -> Dense(1))[:, none, none]\n"
        "}\n",
    )
    state = drawn(const=(1, 3, 4, 5), fc__weight=(1, 8), fc__bias=(1,))
    got = from_torch(checked, state)
    np.testing.assert_array_equal(got["first/value"], state["const"].transpose(0, 2, 3, 1))


@pytest.mark.parametrize("write", ["y * scale", "y @ scale"])
def test_weights_on_a_flattened_picture_follow_its_order(tmp_path: Path, write: str) -> None:
    sizes = "[18]" if "*" in write else "[18, 5]"
    checked = net(
        tmp_path,
        "net Flat(x: float32[N, 5, 4, 1]) -> [N, 5] {\n"
        f"  weight scale: {sizes} = ones\n"
        "  y = x -> Conv2D(3, 3) -> Flatten\n"
        f"  return {write}{' -> Dense(5)' if '*' in write else ''}\n"
        "}\n",
    )
    dense = {"fc__weight": (5, 18), "fc__bias": (5,)} if "*" in write else {}
    own = (18,) if "*" in write else (18, 5)
    state = drawn(conv__weight=(3, 1, 3, 3), conv__bias=(3,), scale=own, **dense)
    got = from_torch(checked, state)
    order = np.arange(18).reshape(3, 3, 2).transpose(1, 2, 0).reshape(-1)
    np.testing.assert_array_equal(got["scale/value"], state["scale"][order])
    if dense:
        np.testing.assert_array_equal(got["dense/kernel"], state["fc.weight"].T[order])


def test_two_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    checked = net(
        tmp_path,
        "net Two(x: float32[N, 4]) -> (a: [N, 4], b: [N, 4]) {\n"
        "  weight one: [4] = ones\n"
        "  weight two: [4] = ones\n"
        "  return x * one, x - two\n"
        "}\n",
    )
    found = match(checked, drawn(alpha=(4,), beta=(4,)))
    assert found.doubtful == {"one", "two"}
