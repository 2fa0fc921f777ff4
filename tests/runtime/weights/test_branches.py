"""Random nets with parallel branches, written in another order than the file has them: each format
loads what the original computes, or nothing."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.infer.session import Session
from netc.runtime.weights import WeightMismatch, load_weights, save_safetensors
from safetensors.numpy import save_file

from ..nets import net as checked_net
from .branches import WIDTH, Branched, branched, keras_model, net_text, torch_module

# Keras saves its variables by a protocol of NumPy that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SEEDS = (*range(12), 16)
X = np.random.default_rng(0).uniform(-1, 1, (4, WIDTH)).astype("float32")


def saved(model: Any, path: Path) -> Path:
    """A Keras model in the format that the path's ending names."""
    arrays = {
        f"{layer.name}/{name}": np.asarray(value)
        for layer in model.layers
        for name, value in zip(("kernel", "bias"), layer.get_weights(), strict=False)
    }
    if path.suffix == ".npz":
        np.savez(path, allow_pickle=False, **arrays)
    elif path.suffix == ".safetensors":
        save_file(arrays, path)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (model.save_weights if path.name.endswith(".weights.h5") else model.save)(path)
    return path


def agrees(checked: CheckedGraph, path: Path, expected: np.ndarray) -> bool:
    """Whether the net loads a file; what it computes is then what is expected.

    Where it does not, the table names what each doubtful layer could be, and the way out.
    """
    try:
        loaded = load_weights(path, checked)
    except WeightMismatch as mismatch:
        refused = mismatch
    else:
        (made,) = Session.from_checked(checked, loaded).run({"x": X}).values()
        np.testing.assert_allclose(made, expected, atol=1e-5, err_msg=path.name)
        return True
    rows = [row for row in refused.rows if row.layer in refused.match.doubtful]
    assert len(rows) > 1
    assert all("layers of this shape: " in row.has for row in rows)
    assert any("--rename " in row.why for row in rows)
    return False


def written(folder: Path, seed: int) -> tuple[Branched, CheckedGraph]:
    net = branched(seed)
    return net, checked_net(folder, net_text(net, seed + 1000))


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_keras_saved(tmp_path: Path, seed: int, named: bool) -> None:
    """A file with the model's graph always loads; of others only what cannot be mistaken."""
    net, checked = written(tmp_path, seed)
    model = keras_model(net, seed, named=named)
    expected = np.asarray(model(X))
    for ending in (".keras", ".h5"):
        assert agrees(checked, saved(model, tmp_path / f"w{ending}"), expected)
    for ending in (".weights.h5", ".npz", ".safetensors"):
        agrees(checked, saved(model, tmp_path / f"w{ending}"), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_pytorch_saved(tmp_path: Path, seed: int) -> None:
    torch = pytest.importorskip("torch")
    net, checked = written(tmp_path, seed)
    torch.manual_seed(seed)
    module = torch_module(net, seed)
    torch.save(module.state_dict(), tmp_path / "w.pt")
    with torch.no_grad():
        expected = module(torch.from_numpy(X)).numpy()
    agrees(checked, tmp_path / "w.pt", expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_netc_saved_for_the_net_in_another_order(tmp_path: Path, seed: int) -> None:
    """The names that netc made up go to other layers, and the graph in the file tells which."""
    net, checked = written(tmp_path, seed)
    source = SeededWeights(seed)
    (expected,) = Session.from_checked(checked, source).run({"x": X}).values()
    save_safetensors(tmp_path / "w.safetensors", checked, source)
    other = checked_net(tmp_path, net_text(net, seed + 2000))
    assert agrees(checked, tmp_path / "w.safetensors", expected)
    assert agrees(other, tmp_path / "w.safetensors", expected)
