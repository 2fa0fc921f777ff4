"""Weights in safetensors and .npz: read by name, lazily, in the dtype of the net."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.errors import UserError
from netc.runtime.weights import WeightMismatch, load_weights, save_safetensors
from safetensors.numpy import load_file, save_file

from ..nets import arrays, dense_net, net, read_all

BLOCKS = """
block Twice(x: [N, C], units: int) {
  return x -> Dense(units) as first -> Dense(units) as second
}
net Blocks(x: float32[N, 4]) {
  return x -> Twice(3) as stage1 -> Twice(3) as stage2 -> BatchNormalization
}
"""


def write(path: Path, given: dict[str, np.ndarray]) -> Path:
    if path.suffix == ".npz":
        np.savez(path, **given)
    else:
        save_file(given, str(path))
    return path


@pytest.mark.parametrize("name", ["w.safetensors", "w.npz"])
def test_weights_come_back_by_path(tmp_path: Path, name: str) -> None:
    checked = net(tmp_path, BLOCKS)
    given = arrays(checked)
    assert "stage1/first/kernel" in given
    loaded = load_weights(write(tmp_path / name, given), checked)
    assert loaded.notes() == []
    for path, array in read_all(checked, loaded).items():
        np.testing.assert_array_equal(array, given[path])


def test_weights_of_chains_are_named_by_their_paths(tmp_path: Path) -> None:
    before = """
net Chains(x: float32[N, 4]) {
  layer encode = (Dense(4) -> ReLU)
  return x -> (Dense(4) -> ReLU) * 2 -> encode -> encode -> (Dense(2) as out -> ReLU) as head
}
"""
    checked = net(tmp_path, before)
    path = tmp_path / "w.safetensors"
    save_safetensors(path, checked, SeededWeights(7))
    layers = ["chain/dense", "chain_1/dense", "encode/dense", "head/out"]
    assert sorted(load_file(str(path))) == [
        f"{layer}/{weight}" for layer in layers for weight in ("bias", "kernel")
    ]
    edited = net(tmp_path, before.replace("out -> ReLU", "out -> Softmax(temperature=2)"))
    loaded = load_weights(path, edited)
    assert loaded.notes() == []
    for name, array in read_all(checked, SeededWeights(7)).items():
        np.testing.assert_array_equal(read_all(edited, loaded)[name], array)


@pytest.mark.parametrize("name", ["w.safetensors", "w.npz"])
def test_dots_stand_for_slashes(tmp_path: Path, name: str) -> None:
    checked = net(tmp_path, BLOCKS)
    given = arrays(checked)
    dotted = {path.replace("/", "."): array for path, array in given.items()}
    loaded = load_weights(write(tmp_path / name, dotted), checked)
    np.testing.assert_array_equal(
        read_all(checked, loaded)["stage2/second/bias"], given["stage2/second/bias"]
    )


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    checked = net(tmp_path, BLOCKS)
    path = tmp_path / "w.safetensors"
    save_safetensors(path, checked, SeededWeights(7))
    loaded = read_all(checked, load_weights(path, checked))
    for name, array in read_all(checked, SeededWeights(7)).items():
        np.testing.assert_array_equal(loaded[name], array)
    assert load_file(str(path)).keys() == loaded.keys()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["net.net", "w.safetensors"]


def test_a_failed_save_leaves_nothing(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(3)")
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match="does not exist"):
        save_safetensors(tmp_path / "none" / "w.safetensors", checked, SeededWeights())

    class Broken(SeededWeights):
        def tensor(self, layer, weight):  # type: ignore[no-untyped-def]
            raise UserError("no such weight")

    with pytest.raises(UserError, match="no such weight"):
        save_safetensors(tmp_path / "out" / "w.safetensors", checked, Broken())
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("dtype", ["float16", "float64", "bfloat16"])
def test_other_floats_are_converted(tmp_path: Path, dtype: str) -> None:
    import ml_dtypes

    stored = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    checked = dense_net(tmp_path, "Dense(3)")
    given = {name: array.astype(stored) for name, array in arrays(checked).items()}
    loaded = read_all(checked, load_weights(write(tmp_path / "w.safetensors", given), checked))
    assert loaded["dense/kernel"].dtype == np.float32
    np.testing.assert_array_equal(loaded["dense/kernel"], given["dense/kernel"].astype(np.float32))


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(3)")
    given = {name: array.astype(np.int64) for name, array in arrays(checked).items()}
    with pytest.raises(WeightMismatch) as caught:
        load_weights(write(tmp_path / "w.npz", given), checked)
    assert "`kernel` holds int64, not float32" in "\n".join(caught.value.table_lines())


def test_a_renamed_layer_is_found_by_its_shape(tmp_path: Path) -> None:
    old = dense_net(tmp_path, "Dense(3) as hidden", "Dense(2) as out")
    given = arrays(old)
    new = dense_net(tmp_path, "Dense(3) as body", "Dense(2) as out")
    loaded = load_weights(write(tmp_path / "w.safetensors", given), new)
    np.testing.assert_array_equal(read_all(new, loaded)["body/kernel"], given["hidden/kernel"])
    (note,) = loaded.notes()
    assert "`body` is `hidden`" in note


def test_unused_layers_are_a_note(tmp_path: Path) -> None:
    given = arrays(dense_net(tmp_path, "Dense(3) as hidden", "Dense(2) as top"))
    features = dense_net(tmp_path, "Dense(3) as hidden")
    loaded = load_weights(write(tmp_path / "w.npz", given), features)
    assert loaded.notes() == ["unused layers of w.npz: top"]


def test_numpys_own_names_say_what_is_needed(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(3)")
    np.savez(tmp_path / "w.npz", *arrays(checked).values())
    with pytest.raises(UserError, match="`arr_0` is not named `<layer>/<weight>`"):
        load_weights(tmp_path / "w.npz", checked)


def test_only_headers_are_read_until_a_weight_is_needed(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(500)", size=500)
    path = write(tmp_path / "w.npz", arrays(checked))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"\x93NUMPY") + 4096] ^= 0xFF
    path.write_bytes(raw)
    loaded = load_weights(path, checked)
    with pytest.raises(UserError, match="cut short or damaged"):
        read_all(checked, loaded)


@pytest.mark.parametrize("name", ["w.h5", "w.keras", "w.weights.h5"])
def test_a_model_without_weights_fills_a_net_without_weights(tmp_path: Path, name: str) -> None:
    keras = pytest.importorskip("keras")
    x = keras.Input((4,))
    model = keras.Model(x, keras.layers.ReLU()(x))
    if name == "w.weights.h5":
        model.save_weights(tmp_path / name)
    else:
        model.save(tmp_path / name)
    relu = dense_net(tmp_path, "ReLU")
    assert load_weights(tmp_path / name, relu).tensors == {}
    with pytest.raises(WeightMismatch, match="1 of its 1 layers"):
        load_weights(tmp_path / name, dense_net(tmp_path, "Dense(4)"))
