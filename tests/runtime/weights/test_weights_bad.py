"""Every way a weights file can be bad: one line that says which, and no traceback."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.errors import UserError
from netc.runtime.weights import WeightMismatch, load_weights, save_safetensors

from ..nets import arrays, dense_net, read_all


@pytest.fixture
def checked(tmp_path: Path) -> CheckedGraph:
    return dense_net(tmp_path, "Dense(3)")


def refusal(path: Path, checked: CheckedGraph) -> str:
    with pytest.raises(UserError) as caught:
        load_weights(path, checked)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def legacy(path: Path, checked: CheckedGraph) -> Path:
    """A file as Keras 2 writes it, of one Dense layer."""
    given = arrays(checked)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([b"dense"])
        group = file.create_group("dense")
        group.attrs["weight_names"] = np.array([b"dense/kernel:0", b"dense/bias:0"])
        group["dense/kernel:0"] = given["dense/kernel"]
        group["dense/bias:0"] = given["dense/bias"]
    return path


def whole(path: Path, checked: CheckedGraph) -> Path:
    """A good file of the format that the path's ending names."""
    if path.suffix == ".safetensors":
        save_safetensors(path, checked, SeededWeights())
    elif path.suffix == ".npz":
        np.savez(path, **arrays(checked))
    elif path.suffix == ".h5":
        legacy(path, checked)
    else:
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            own = file.create_group("layers/dense/vars")
            own.attrs["name"] = np.bytes_(b"dense")
            own["0"], own["1"] = arrays(checked).values()
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps({"config": {}}))
            archive.writestr("model.weights.h5", buffer.getvalue())
    return path


ENDINGS = [".safetensors", ".npz", ".h5", ".keras"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_good_files_of_these_tests_are_good(
    tmp_path: Path, checked: CheckedGraph, ending: str
) -> None:
    loaded = load_weights(whole(tmp_path / f"w{ending}", checked), checked)
    assert [pair.layer for pair in loaded.match.pairs] == ["dense"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_missing(tmp_path: Path, checked: CheckedGraph, ending: str) -> None:
    assert "no such file" in refusal(tmp_path / f"none{ending}", checked)


@pytest.mark.parametrize("ending", ENDINGS)
def test_empty(tmp_path: Path, checked: CheckedGraph, ending: str) -> None:
    path = tmp_path / f"w{ending}"
    path.touch()
    assert refusal(path, checked).endswith("is empty")


def test_folder(tmp_path: Path, checked: CheckedGraph) -> None:
    assert "is a folder, not a weights file" in refusal(tmp_path, checked)


def test_device(checked: CheckedGraph) -> None:
    assert "not a regular file" in refusal(Path("/dev/null"), checked)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_not_allowed(tmp_path: Path, checked: CheckedGraph) -> None:
    path = whole(tmp_path / "w.npz", checked)
    path.chmod(0)
    assert "permission denied" in refusal(path, checked)


def test_not_allowed_is_said_as_the_system_says_it(
    tmp_path: Path, checked: CheckedGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = whole(tmp_path / "w.npz", checked)

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "permission denied" in refusal(path, checked)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.99])
def test_truncated(tmp_path: Path, checked: CheckedGraph, ending: str, kept: float) -> None:
    path = whole(tmp_path / f"w{ending}", checked)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    message = refusal(path, checked)
    assert "cut short" in message or "cut-short" in message or "it begins" in message


@pytest.mark.parametrize("ending", [*ENDINGS, ".bin", ""])
def test_something_else(tmp_path: Path, checked: CheckedGraph, ending: str) -> None:
    path = tmp_path / f"w{ending}"
    path.write_bytes(b"this is a letter, not a set of weights")
    message = refusal(path, checked)
    assert "is not" in message or "is no weights file" in message


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("ending", ENDINGS)
def test_damage_anywhere_is_never_a_traceback(
    tmp_path: Path, checked: CheckedGraph, ending: str, seed: int
) -> None:
    path = whole(tmp_path / f"w{ending}", checked)
    raw = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(0, len(raw), 12):
        raw[at] ^= int(rng.integers(1, 256))
    path.write_bytes(raw)
    with suppress(UserError):
        for name, array in read_all(checked, load_weights(path, checked)).items():
            assert array.shape == arrays(checked)[name].shape


class Bomb:
    """Makes a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["w.pkl", "w.h5", "w.safetensors", "w.npz"])
def test_no_pickle_is_opened(
    tmp_path: Path, checked: CheckedGraph, name: str, protocol: int
) -> None:
    path, fired = tmp_path / name, tmp_path / "fired"
    path.write_bytes(pickle.dumps({"dense": Bomb(fired)}, protocol))
    assert "is a pickle" in refusal(path, checked)
    assert not fired.exists()


def test_no_pytorch_checkpoint_is_opened(tmp_path: Path, checked: CheckedGraph) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Bomb(tmp_path / "fired")))
        archive.writestr("model/data/0", b"\0" * 64)
    assert "Save the weights as safetensors" in refusal(path, checked)
    assert not (tmp_path / "fired").exists()


def test_no_object_array_is_opened(tmp_path: Path, checked: CheckedGraph) -> None:
    path, fired = tmp_path / "w.npz", tmp_path / "fired"
    np.savez(path, **{"dense/kernel": np.array([Bomb(fired)], dtype=object)})
    assert "pickle of Python objects" in refusal(path, checked)
    assert not fired.exists()


def test_one_array_has_no_name(tmp_path: Path, checked: CheckedGraph) -> None:
    path = tmp_path / "w.npy"
    np.save(path, np.zeros(3))
    assert "weights go in an .npz" in refusal(path, checked)


def test_a_zip_without_weights(tmp_path: Path, checked: CheckedGraph) -> None:
    path = tmp_path / "w.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    assert "without `model.weights.h5`" in refusal(path, checked)


def test_an_archive_that_claims_more_than_it_holds(tmp_path: Path, checked: CheckedGraph) -> None:
    path = tmp_path / "w.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (10**15,)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dense/kernel.npy", header.getvalue())
    assert "lacks 4,000,000,000,000,000 bytes" in refusal(path, checked)


def test_an_hdf5_file_of_something_else(tmp_path: Path, checked: CheckedGraph) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file["temperature"] = np.zeros(4)
    assert "without any layer of Keras" in refusal(path, checked)


def test_a_listed_weight_that_is_not_there(tmp_path: Path, checked: CheckedGraph) -> None:
    path = legacy(tmp_path / "w.h5", checked)
    with h5py.File(path, "a") as file:
        del file["dense/dense/bias:0"]
    assert "lists the weight `dense/bias:0` but does not hold it" in refusal(path, checked)


def test_links_are_not_followed(tmp_path: Path, checked: CheckedGraph) -> None:
    other = legacy(tmp_path / "other.h5", checked)
    path = legacy(tmp_path / "w.h5", checked)
    with h5py.File(path, "a") as file:
        del file["dense/dense/bias:0"]
        file["dense/dense/bias:0"] = h5py.ExternalLink(other.name, "dense/dense/bias:0")
    assert "is a link" in refusal(path, checked)


def test_data_in_other_files_is_not_read(tmp_path: Path, checked: CheckedGraph) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"x" * 12)
    path = legacy(tmp_path / "w.h5", checked)
    with h5py.File(path, "a") as file:
        del file["dense/dense/bias:0"]
        file["dense"].create_dataset(
            "dense/bias:0", (3,), "float32", external=[(str(secret), 0, 12)]
        )
    assert "keeps its data in another file" in refusal(path, checked)


def test_a_group_inside_itself(tmp_path: Path, checked: CheckedGraph) -> None:
    path = tmp_path / "w.weights.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense")
        group["again"] = group
    assert "nested deeper" in refusal(path, checked)


def test_strings_are_no_weights(tmp_path: Path, checked: CheckedGraph) -> None:
    path = legacy(tmp_path / "w.h5", checked)
    with h5py.File(path, "a") as file:
        del file["dense/dense/bias:0"]
        file["dense"]["dense/bias:0"] = ["a", "b", "c"]
    assert "not numbers" in refusal(path, checked)


def test_without_h5py_the_error_says_what_to_install(
    tmp_path: Path, checked: CheckedGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = legacy(tmp_path / "w.h5", checked)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    assert "pip install 'netc[h5]'" in refusal(path, checked)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_another_net(tmp_path: Path, checked: CheckedGraph, ending: str) -> None:
    path = whole(tmp_path / f"w{ending}", checked)
    other = dense_net(tmp_path, "Dense(7)")
    with pytest.raises(WeightMismatch) as caught:
        load_weights(path, other)
    assert "does not fit the net `Small`" in str(caught.value)
    lines = caught.value.table_lines()
    assert lines[0].split("  ")[0] == "layer"
    assert "`kernel` is [4, 3], not [4, 7]" in lines[1]
