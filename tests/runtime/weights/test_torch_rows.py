"""Features that PyTorch has in another order, where pictures are flattened or made of features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netc.runtime.errors import UserError
from netc.runtime.infer.session import Session
from netc.runtime.weights import load_weights
from netc.runtime.weights.open import open_weights
from netc.runtime.weights.torch_rows import torch_orders
from safetensors.numpy import save_file

from ..nets import net

PICTURE = (2, 3, 4)


def order(folder: Path, steps: str, path: str, takes: str = "2, 3, 4") -> list[int] | None:
    """Where the features of a node are in PyTorch; None where they are in the same place."""
    checked = net(folder, f"net Rows(x: float32[N, {takes}]) {{ return x -> {steps} }}\n")
    found = torch_orders(checked).get(path)
    return None if found is None else found.tolist()


CHANNELS_LAST = np.moveaxis(np.arange(24).reshape(4, 2, 3), 0, -1).reshape(-1).tolist()


@pytest.mark.parametrize(
    "steps",
    [
        "Flatten as at",
        "ReLU -> Dropout(0.5) -> Flatten as at",
        "Flatten -> BatchNormalization as at",
        "Flatten -> LayerNormalization -> ReLU as at",
        "Flatten -> Abs as at",
        "Reshape((24,)) as at",
        "Dense(24) as at -> Reshape((2, 3, 4)) -> Conv2D(1, 1)",
        "Flatten -> Dense(24) -> BatchNormalization as at -> ReLU -> Reshape((2, 3, 4)) "
        "-> Conv2DTranspose(1, 2)",
    ],
)
def test_flattened_pictures_have_their_channels_first(tmp_path: Path, steps: str) -> None:
    takes = "5" if steps.startswith("Dense") else "2, 3, 4"
    assert order(tmp_path, steps, "at", takes) == CHANNELS_LAST


@pytest.mark.parametrize(
    ("steps", "takes"),
    [
        ("Permute((3, 1, 2)) -> Flatten as at", "2, 3, 4"),
        ("Permute((3, 1, 2)) -> ReLU -> Flatten as at", "2, 3, 4"),
        ("Flatten -> Dense(24) as at", "2, 3, 4"),
        ("Flatten as at", "2, 3"),
        ("Reshape((2, 3, 4)) -> Flatten as at", "24"),
        ("Flatten as at", "3, 8, 8"),
        ("Dense(24) as at -> Reshape((4, 2, 3)) -> Permute((2, 3, 1)) -> Conv2D(1, 1)", "5"),
        ("Dense(24) as at -> Reshape((2, 12))", "5"),
    ],
)
def test_what_is_in_its_place_stays_there(tmp_path: Path, steps: str, takes: str) -> None:
    assert order(tmp_path, steps, "at", takes) is None


def test_flattened_pictures_can_be_joined(tmp_path: Path) -> None:
    text = """
net Joined(x: float32[N, 2, 3, 4], z: float32[N, 5]) {
  return (z, x -> Flatten) -> Concatenate as at
}
"""
    found = torch_orders(net(tmp_path, text))["at"]
    assert found.tolist() == [*range(5), *(5 + place for place in CHANNELS_LAST)]


def test_a_dense_layer_behind_permute_keeps_its_rows(tmp_path: Path) -> None:
    steps = "Permute((3, 1, 2)) -> Flatten -> Dense(2, use_bias=false)"
    checked = net(tmp_path, f"net P(x: float32[N, 2, 3, 4]) {{ return x -> {steps} }}\n")
    rng = np.random.default_rng(0)
    kernel = rng.uniform(-1, 1, (2, 24)).astype("float32")
    save_file({"fc.weight": kernel}, tmp_path / "w.safetensors")
    x = rng.uniform(-1, 1, (3, *PICTURE)).astype("float32")
    source = load_weights(tmp_path / "w.safetensors", checked)
    (got,) = Session.from_checked(checked, source).run({"x": x}).values()
    expected = x.transpose(0, 3, 1, 2).reshape(3, -1) @ kernel.T
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_what_pytorch_computes_behind_and_in_front_of_pictures(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    module = nn.Sequential(
        *(nn.Conv2d(3, 4, 1), nn.Flatten(), nn.BatchNorm1d(24), nn.Linear(24, 30), nn.ReLU()),
        *(nn.Unflatten(1, (5, 2, 3)), nn.ConvTranspose2d(5, 2, 2)),
    ).eval()
    with torch.no_grad():
        for value in (*module.parameters(), module[2].running_mean):
            value.uniform_(-1, 1)
    text = """
net Both(x: float32[N, 2, 3, 3]) {
  return x -> Conv2D(4, 1) -> Flatten -> BatchNormalization(epsilon=1e-5)
    -> Dense(30, activation=relu) -> Reshape((2, 3, 5)) -> Conv2DTranspose(2, 2)
}
"""
    torch.save(module.state_dict(), tmp_path / "w.pt")
    checked = net(tmp_path, text)
    x = np.random.default_rng(0).uniform(-1, 1, (2, 2, 3, 3)).astype("float32")
    source = load_weights(tmp_path / "w.pt", checked)
    (got,) = Session.from_checked(checked, source).run({"x": x}).values()
    with torch.no_grad():
        expected = module(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(got, expected.transpose(0, 2, 3, 1), atol=1e-5)


def saved(folder: Path, made: Any) -> Path:
    torch = pytest.importorskip("torch")
    torch.save(made, folder / "w.pt")
    return folder / "w.pt"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"step": 3, "model_state": state},
        lambda state: {"net": state, "optimizer": {"state": {}, "param_groups": []}},
        lambda state: {"model": {"state_dict": state}},
        lambda state: {"generator": state, "epoch": 3},
        lambda state: {f"module._orig_mod.{name}": value for name, value in state.items()},
        lambda state: {f"model.{name}": value for name, value in state.items()},
    ],
)
def test_checkpoints(tmp_path: Path, wrap: Any) -> None:
    torch = pytest.importorskip("torch")
    state = {"fc.weight": torch.ones(3, 4), "fc.bias": torch.ones(3)}
    checked = net(tmp_path, "net One(x: float32[N, 4]) { return x -> Dense(3) as fc }\n")
    (pair,) = load_weights(saved(tmp_path, wrap(state)), checked).match.pairs
    assert pair.by_name


def test_two_state_dicts_are_named(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = saved(tmp_path, {name: {"w": torch.ones(1)} for name in ("generator", "critic")})
    with pytest.raises(UserError, match="more than one state dict, `generator` and `critic`"):
        open_weights(path)


def test_a_parameter_of_the_module_itself_is_named(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    state = {"fc.weight": torch.ones(3, 4), "fc.bias": torch.ones(3), "scale": torch.ones(1)}
    checked = net(tmp_path, "net One(x: float32[N, 4]) { return x -> Dense(3) as fc }\n")
    assert load_weights(saved(tmp_path, state), checked).notes() == ["unused layers of w.pt: scale"]
