"""Lists of a state dict that go side by side: the heads of a net with several outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.infer.session import Session
from netc.runtime.weights import WeightMismatch, load_weights
from safetensors.numpy import save_file

from ..nets import net

PYRAMID = """
net Pyramid(a: float32[N, 3], b: float32[N, 5], c: float32[N, 7])
    -> (x: [N, 4], y: [N, 4], z: [N, 4]) {{
  coarse = c -> Dense(4, use_bias=false)
  middle = coarse + (b -> Dense(4, use_bias=false))
  fine = middle + (a -> Dense(4, use_bias=false))
{heads}
  return x, y, z
}}
"""
HEADS = {"x": "fine", "y": "middle", "z": "coarse"}
INPUTS = {"a": 3, "b": 5, "c": 7}


def weights(*names: str, out: int = 4, into: int = 4) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(len(names[0]))
    return {f"{name}.weight": rng.uniform(-1, 1, (out, into)).astype("float32") for name in names}


def state(*heads: str) -> dict[str, np.ndarray]:
    """The laterals by number, the finest first, and the heads by their names, in that order."""
    made: dict[str, np.ndarray] = {}
    for place, into in enumerate(INPUTS.values()):
        made |= weights(f"inner_blocks.{place}.0", into=into)
    return made | weights(*heads)


@pytest.mark.parametrize("order", ["xyz", "zyx", "yxz"])
def test_heads_are_told_by_the_stages_they_work_on(tmp_path: Path, order: str) -> None:
    """Whatever the order in which the net has them."""
    lines = "\n".join(f"  {o} = {HEADS[o]} -> Dense(4, use_bias=false)" for o in order)
    checked = net(tmp_path, PYRAMID.format(heads=lines))
    arrays = state("layer_blocks.0.0", "layer_blocks.1.0", "layer_blocks.2.0")
    save_file(arrays, tmp_path / "w.safetensors")
    rng = np.random.default_rng(1)
    given = {n: rng.uniform(-1, 1, (2, size)).astype("float32") for n, size in INPUTS.items()}
    source = load_weights(tmp_path / "w.safetensors", checked)
    got = Session.from_checked(checked, source).run(given)
    total = np.zeros((2, 4), "float32")
    for place, (lateral, head) in reversed(list(enumerate(zip("abc", "xyz", strict=True)))):
        total = total + given[lateral] @ arrays[f"inner_blocks.{place}.0.weight"].T
        expected = total @ arrays[f"layer_blocks.{place}.0.weight"].T
        np.testing.assert_allclose(got[head], expected, atol=1e-5)


@pytest.mark.parametrize(
    "heads",
    [
        ("alpha", "beta", "gamma"),
        ("layer_blocks.1", "layer_blocks.2", "layer_blocks.3"),
        ("layer_blocks.0.0", "layer_blocks.1.1", "layer_blocks.2.2"),
    ],
    ids=["no numbers", "other numbers", "no list"],
)
def test_heads_that_nothing_tells_apart_are_refused(tmp_path: Path, heads: tuple[str, ...]) -> None:
    lines = "\n".join(f"  {o} = {HEADS[o]} -> Dense(4, use_bias=false)" for o in "xyz")
    save_file(state(*heads), tmp_path / "w.safetensors")
    with pytest.raises(WeightMismatch) as caught:
        load_weights(tmp_path / "w.safetensors", net(tmp_path, PYRAMID.format(heads=lines)))
    assert "in another order" in "\n".join(caught.value.table)


def test_stages_that_all_heads_work_on_tell_nothing(tmp_path: Path) -> None:
    """Both heads work on both stages, so the numbers could mean either."""
    text = """
net Two(x: float32[N, 4]) -> (a: [N, 3], b: [N, 3]) {
  y = x -> Dense(5, use_bias=false) -> Dense(6, use_bias=false)
  return y -> Dense(3, use_bias=false), y -> Dense(3, use_bias=false, activation=relu)
}
"""
    arrays = weights("down.0", out=5) | weights("down.1", out=6, into=5)
    arrays |= weights("head.0", "head.1", out=3, into=6)
    save_file(arrays, tmp_path / "w.safetensors")
    with pytest.raises(WeightMismatch):
        load_weights(tmp_path / "w.safetensors", net(tmp_path, text))
