"""A written file is what `LoweredOnnx.model()` is, whole, and never all in memory at once."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.declared import Initializer
from netc.compiler.lower.onnx.lower import LoweredOnnx
from netc.compiler.lower.onnx.write import ALIGNMENT, INLINE, write_onnx
from netc.compiler.ops.base.backend import Array, Tensor

from ...places import ROOT
from .nets import Shaken, pipeline, run

LAYERS = """Conv2D(5, 3, use_bias=false) -> BatchNormalization -> ReLU -> Flatten
    -> Dense(40) -> Dense(3, activation=softmax)"""


@pytest.fixture
def lowered() -> LoweredOnnx:
    checked = pipeline("N, 6, 6, 3", LAYERS)
    return compile_onnx(checked, Shaken(), metadata={"classes": "cat\ndog\nbird"})


def test_the_file_is_the_model(lowered: LoweredOnnx, tmp_path: Path) -> None:
    write_onnx(lowered, tmp_path / "net.onnx")
    assert onnx.load(tmp_path / "net.onnx") == lowered.model()
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


def test_external_data_holds_the_same_tensors(lowered: LoweredOnnx, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    write_onnx(lowered, path, external=True)
    whole = {tensor.name: tensor for tensor in lowered.model().graph.initializer}
    bare = onnx.load(path, load_external_data=False).graph.initializer
    assert [tensor.name for tensor in bare] == list(whole)
    for tensor in bare:
        outside = {entry.key: entry.value for entry in tensor.external_data}
        assert bool(outside) == (len(whole[tensor.name].raw_data) > INLINE)
        if outside:
            assert outside["location"] == "net.onnx.data"
            assert int(outside["offset"]) % ALIGNMENT == 0
    loaded = {tensor.name: tensor.raw_data for tensor in onnx.load(path).graph.initializer}
    assert loaded == {name: tensor.raw_data for name, tensor in whole.items()}


@pytest.mark.parametrize("external", [False, True])
def test_what_was_written_runs(lowered: LoweredOnnx, tmp_path: Path, external: bool) -> None:
    path = tmp_path / "net.onnx"
    write_onnx(lowered, path, external=external)
    onnx.checker.check_model(str(path), full_check=True)
    x = {"x": np.random.default_rng(0).random((2, 6, 6, 3), np.float32)}
    (expected,) = run(lowered.model().SerializeToString(), x)
    np.testing.assert_array_equal(run(path, x)[0], expected)


def test_a_model_over_the_protobuf_limit_gets_external_data(
    lowered: LoweredOnnx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netc.compiler.lower.onnx.write.PROTOBUF_LIMIT", 10_000)
    write_onnx(lowered, tmp_path / "net.onnx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.onnx", "net.onnx.data"]
    assert (tmp_path / "net.onnx").stat().st_size < 10_000
    with pytest.raises(OSError, match="2 GB"):
        write_onnx(lowered, tmp_path / "other.onnx", external=False)
    assert not (tmp_path / "other.onnx").exists()


def with_tensor(lowered: LoweredOnnx, read: Callable[[], Array]) -> LoweredOnnx:
    """The model with its last tensor read by something else."""
    *others, last = lowered.initializers
    broken = replace(last, tensor=Tensor(last.tensor.shape, last.tensor.dtype, read))
    return replace(lowered, initializers=(*others, broken))


def fails() -> Array:
    raise OSError(errno.EIO, "the weights file ended early")


@pytest.mark.parametrize("external", [False, True])
def test_a_failure_leaves_nothing_behind(
    lowered: LoweredOnnx, tmp_path: Path, external: bool
) -> None:
    with pytest.raises(OSError, match="ended early"):
        write_onnx(with_tensor(lowered, fails), tmp_path / "net.onnx", external=external)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("external", [False, True])
def test_a_failure_leaves_an_earlier_model_as_it_was(
    lowered: LoweredOnnx, tmp_path: Path, external: bool
) -> None:
    write_onnx(lowered, tmp_path / "net.onnx", external=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OSError, match="ended early"):
        write_onnx(with_tensor(lowered, fails), tmp_path / "net.onnx", external=external)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_failing_rename_brings_earlier_data_back(
    lowered: LoweredOnnx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_onnx(lowered, tmp_path / "net.onnx", external=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    rename = os.replace

    def refuse(source: Path, target: Path) -> None:
        if target.name == "net.onnx":
            raise PermissionError(errno.EACCES, "no", str(target))
        rename(source, target)

    monkeypatch.setattr("os.replace", refuse)
    other = compile_onnx(pipeline("N, 300", "Dense(4)"), Shaken())
    with pytest.raises(PermissionError):
        write_onnx(other, tmp_path / "net.onnx", external=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_missing_folder_and_a_folder_as_target_are_os_errors(
    lowered: LoweredOnnx, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        write_onnx(lowered, tmp_path / "missing" / "net.onnx")
    with pytest.raises(OSError, match="Not a regular file"):
        write_onnx(lowered, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("external", [False, True])
def test_a_disk_that_takes_no_more_leaves_nothing(
    lowered: LoweredOnnx, tmp_path: Path, external: bool
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_onnx(lowered, tmp_path / "net.onnx", external=external)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_data_of_an_earlier_model_goes_with_it(lowered: LoweredOnnx, tmp_path: Path) -> None:
    write_onnx(lowered, tmp_path / "net.onnx", external=True)
    write_onnx(lowered, tmp_path / "net.onnx", external=False)
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


def test_a_file_that_is_not_the_model_s_stays(lowered: LoweredOnnx, tmp_path: Path) -> None:
    (tmp_path / "net.onnx.data").write_text("somebody's notes")
    write_onnx(lowered, tmp_path / "net.onnx", external=False)
    write_onnx(lowered, tmp_path / "net.onnx", external=False)
    assert (tmp_path / "net.onnx.data").read_text() == "somebody's notes"


SIX_LARGE = """
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
from netc.compiler.lower.onnx.declared import Initializer
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.ops.base.backend import Tensor
from tests.compiler.lower.nets import Shaken, pipeline

shape = (3000, 8000)  # 96 MB, more than is read ahead
lowered = compile_onnx(pipeline("N, 4", "Dense(3)"), Shaken())
tensor = Tensor(shape, "float32", lambda: np.ones(shape, np.float32)).transpose(1, 0)
many = tuple(Initializer(f"w{index}", tensor) for index in range(6))
tracemalloc.start()
write_onnx(replace(lowered, initializers=many), Path(sys.argv[1]))
print(tracemalloc.get_traced_memory()[1])
"""


def test_one_large_tensor_is_in_memory_at_a_time(tmp_path: Path) -> None:
    # In a process of its own: what counts the lines that run keeps arrays alive.
    made = subprocess.run(
        [sys.executable, "-c", SIX_LARGE, str(tmp_path / "net.onnx")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert int(made.stdout) < 1.3 * 4 * 3000 * 8000
    assert (tmp_path / "net.onnx").stat().st_size > 6 * 4 * 3000 * 8000


def test_every_dtype_is_written_as_it_is(tmp_path: Path) -> None:
    lowered = compile_onnx(pipeline("N, 4", "Dense(3)"), Shaken())
    arrays = {
        "float16": np.arange(6, dtype=np.float16).reshape(2, 3),
        "int64": np.array(-7),
        "bool": np.array([True, False]),
        "uint8": np.zeros((0, 3), np.uint8),
        "float64": np.arange(6.0).reshape(2, 3).T,
    }

    def reader(array: Array) -> Callable[[], Array]:
        return lambda: array

    made = tuple(
        Initializer(name, Tensor(array.shape, name, reader(array)))
        for name, array in arrays.items()
    )
    write_onnx(replace(lowered, initializers=made), tmp_path / "net.onnx")
    for tensor in onnx.load(tmp_path / "net.onnx").graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        assert array.dtype == tensor.name
        np.testing.assert_array_equal(array, arrays[tensor.name])


def test_a_seed_and_a_path_give_one_tensor() -> None:
    from netc.compiler.lower.weights import SeededWeights

    def kernels(seed: int, layers: str) -> dict[str, bytes]:
        model = compile_onnx(pipeline("N, 8", layers), SeededWeights(seed)).model()
        return {tensor.name: tensor.raw_data for tensor in model.graph.initializer}

    once = kernels(1, "Dense(8) -> Dense(4)")
    assert kernels(1, "Dense(8) -> Dense(4)") == once
    assert kernels(2, "Dense(8) -> Dense(4)")["dense/kernel"] != once["dense/kernel"]
    assert kernels(1, "Dense(8) -> Dense(5)")["dense/kernel"] == once["dense/kernel"]
