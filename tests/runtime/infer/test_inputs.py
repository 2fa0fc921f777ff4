"""Files as a model's inputs: arrays and batches."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.errors import UserError
from netc.runtime.files.tensors import TensorSpec
from netc.runtime.infer.inputs import Batch, read_inputs
from PIL import Image


def spec(*shape: int | None, dtype: str = "float32", name: str = "x") -> TensorSpec:
    return TensorSpec(name, dtype, shape)


def save(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


def only(batches: list[Batch], name: str = "x") -> np.ndarray:
    (batch,) = batches
    return np.asarray(batch.arrays[name])


def refusal(paths: list[Path], *inputs: TensorSpec) -> str:
    with pytest.raises(UserError) as caught:
        read_inputs(paths, inputs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_array_that_is_a_batch(tmp_path: Path) -> None:
    array = np.arange(8, dtype=np.float32).reshape(2, 4)
    np.testing.assert_array_equal(
        only(read_inputs([save(tmp_path / "a.npy", array)], [spec(None, 4)])), array
    )


def test_an_array_that_is_one_sample_gets_a_batch_axis(tmp_path: Path) -> None:
    array = np.arange(4, dtype=np.float32)
    got = only(read_inputs([save(tmp_path / "a.npy", array)], [spec(None, 4)]))
    np.testing.assert_array_equal(got, array[None])


def test_several_arrays_are_one_batch_that_knows_its_files(tmp_path: Path) -> None:
    one = save(tmp_path / "1.npy", np.zeros(4, np.float32))
    two = save(tmp_path / "2.npy", np.ones((2, 4), np.float32))
    (batch,) = read_inputs([one, two], [spec(None, 4)])
    assert batch.arrays["x"].shape == (3, 4)
    assert batch.files == (one, two, two)


@pytest.mark.parametrize("size", [1, 2])
def test_a_fixed_batch_is_run_piece_by_piece(tmp_path: Path, size: int) -> None:
    path = save(tmp_path / "a.npy", np.arange(8, dtype=np.float32).reshape(4, 2))
    batches = read_inputs([path], [spec(size, 2)])
    assert [batch.arrays["x"].shape for batch in batches] == [(size, 2)] * (4 // size)


def test_samples_that_do_not_fill_a_fixed_batch(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npy", np.zeros((3, 2), np.float32))
    assert "3 samples make no whole batches of 2" in refusal([path], spec(2, 2))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("float64", "float32"), ("int64", "float32"), ("uint8", "float32"), ("int64", "int32")],
)
def test_numbers_are_converted_where_nothing_is_lost(
    tmp_path: Path, given: str, wanted: str
) -> None:
    path = save(tmp_path / "a.npy", np.ones((1, 3), given))
    assert only(read_inputs([path], [spec(None, 3, dtype=wanted)])).dtype == wanted


@pytest.mark.parametrize(
    ("array", "dtype", "message"),
    [
        (np.ones((1, 3)), "int32", "not whole numbers"),
        (np.full((1, 3), 300), "uint8", "values that uint8 cannot hold"),
        (np.ones((1, 4)), "float32", "is float64[1, 4], but the input `x` is float32[?, 3]"),
        (np.ones((1, 1, 1, 3)), "float32", "is float64[1, 1, 1, 3], but"),
        (np.array(["a", "b", "c"]), "float32", "not numbers"),
        (np.ones((1, 3), complex), "float32", "not numbers"),
    ],
)
def test_arrays_that_do_not_fit(
    tmp_path: Path, array: np.ndarray, dtype: str, message: str
) -> None:
    path = save(tmp_path / "a.npy", array)
    assert message in refusal([path], spec(None, 3, dtype=dtype))


def test_several_inputs_come_by_name(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    np.savez(path, a=np.zeros((2, 3)), b=np.array([1, 2]))
    inputs = [spec(None, 3, name="a"), spec(None, dtype="int32", name="b")]
    (batch,) = read_inputs([path], inputs)
    assert {name: array.dtype.name for name, array in batch.arrays.items()} == {
        "a": "float32",
        "b": "int32",
    }


def test_one_input_takes_the_only_array_of_an_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", np.zeros((2, 3)))
    assert only(read_inputs([tmp_path / "in.npz"], [spec(None, 3)])).shape == (2, 3)


def test_a_missing_input_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", a=np.zeros(3), c=np.zeros(3))
    message = refusal([tmp_path / "in.npz"], spec(None, 3, name="a"), spec(None, 3, name="b"))
    assert "lacks the input `b` float32[?, 3]; it holds `a`, `c`" in message


def test_two_inputs_need_an_npz(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npy", np.zeros(3))
    message = refusal([path], spec(None, 3, name="a"), spec(None, 3, name="b"))
    assert "takes 2 inputs (`a` float32[?, 3], `b` float32[?, 3]); give one .npz" in message


def test_what_to_give(tmp_path: Path) -> None:
    array, archive = save(tmp_path / "a.npy", np.zeros(3)), tmp_path / "b.npz"
    np.savez(archive, x=np.zeros(3))
    assert "nothing to run on" in refusal([], spec(None, 3))
    assert "not a mixture" in refusal([array, archive], spec(None, 3))
    assert "one .npz" in refusal([archive, archive], spec(None, 3))


@pytest.mark.parametrize("ending", [".npy", ".npz", ".png"])
def test_files_that_are_missing_empty_or_folders(tmp_path: Path, ending: str) -> None:
    inputs = spec(None, 4, 4, 3)
    path = tmp_path / f"x{ending}"
    assert "no such file" in refusal([path], inputs)
    path.touch()
    assert "is empty" in refusal([path], inputs)
    path.unlink()
    path.mkdir()
    assert "is a folder" in refusal([path], inputs)


@pytest.mark.parametrize("ending", [".npy", ".npz"])
@pytest.mark.parametrize("kept", [3, 40, 100, -5])
def test_cut_short(tmp_path: Path, ending: str, kept: int) -> None:
    path = tmp_path / f"x{ending}"
    np.save(path, np.zeros((9, 9))) if ending == ".npy" else np.savez(path, x=np.zeros((9, 9)))
    path.write_bytes(path.read_bytes()[:kept])
    assert "cut short" in refusal([path], spec(None, 9))


@pytest.mark.parametrize("ending", [".npy", ".npz"])
@pytest.mark.parametrize("seed", range(30))
def test_damage_in_a_header_is_never_a_traceback(tmp_path: Path, ending: str, seed: int) -> None:
    path = tmp_path / f"x{ending}"
    np.save(path, np.zeros((2, 9))) if ending == ".npy" else np.savez(path, x=np.zeros((2, 9)))
    raw = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(0, 120, 4):
        raw[at] ^= int(rng.integers(1, 256))
    path.write_bytes(raw)
    with suppress(UserError):
        assert only(read_inputs([path], [spec(None, 9)])).shape == (2, 9)


def test_no_pickle_is_opened(tmp_path: Path) -> None:
    fired = tmp_path / "fired"

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (fired,)

    path = save(tmp_path / "x.npy", np.array([Bomb()], dtype=object))
    assert "pickle of Python objects" in refusal([path], spec(None, 1))
    assert not fired.exists()


def test_pictures_are_one_batch_of_one_size(tmp_path: Path) -> None:
    paths = []
    for index, size in enumerate([(8, 6), (20, 10)]):
        paths.append(tmp_path / f"{index}.png")
        Image.new("RGB", size, (index, 0, 0)).save(paths[-1])
    assert only(read_inputs(paths, [spec(None, 4, 4, 3)])).shape == (2, 4, 4, 3)
    free = only(read_inputs(paths, [spec(None, None, None, 3)]))
    assert free.shape == (2, 6, 8, 3), "the first picture decides"


def test_pictures_of_a_fixed_batch_of_one_are_run_one_by_one(tmp_path: Path) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        Image.new("RGB", (4, 4)).save(path)
    batches = read_inputs(paths, [spec(1, 4, 4, 3)])
    assert [batch.files for batch in batches] == [(paths[0],), (paths[1],)]
