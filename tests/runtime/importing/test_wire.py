"""Large numbers of a file are read once, from where they lie; a damaged file is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netc.runtime.cli import execute
from netc.runtime.errors import UserError
from netc.runtime.importing.lean import LeanSession
from netc.runtime.importing.read import read_onnx
from netc.runtime.importing.wire import without_numbers
from onnx import helper, numpy_helper

from .onnx_models import model, rows


def layered(width: int = 40) -> onnx.ModelProto:
    """Two products, a convolution's worth of numbers, and small tensors of several types."""
    return model(
        [
            helper.make_node("Flatten", ["x"], ["f"]),
            helper.make_node("Gemm", ["f", "k", "b"], ["h"]),
            helper.make_node("Gemm", ["h", "q"], ["y"]),
        ],
        arrays={
            "k": rows(1, 192, width),
            "b": rows(2, width),
            "q": rows(3, width, 300),
            "half": rows(4, 50, 50).astype(np.float16),
            "whole": np.arange(2000, dtype=np.int64),
        },
    )


def test_large_numbers_are_not_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(layered(), path)
    message, found = without_numbers(path)
    file = read_onnx(path)

    assert len(message) < 1500 < path.stat().st_size
    assert len(found) == 4
    for tensor in layered().graph.initializer:
        np.testing.assert_array_equal(file.arrays[tensor.name], numpy_helper.to_array(tensor))
        assert file.arrays[tensor.name].dtype == numpy_helper.to_array(tensor).dtype


def test_a_type_that_numpy_has_not_stays_in_the_message(tmp_path: Path) -> None:
    path, made = tmp_path / "model.onnx", layered()
    made.graph.initializer.append(
        helper.make_tensor("four", onnx.TensorProto.INT4, [4000], np.zeros(4000, np.int8))
    )
    onnx.save(made, path)

    assert read_onnx(path).arrays["four"].size == 4000


def test_a_session_reads_weights_in_place(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(layered(), path)
    file = read_onnx(path)
    bare = onnx.ModelProto()
    bare.CopyFrom(file.model)
    del bare.graph.initializer[:]
    session = LeanSession(bare, file.arrays.items())
    x = rows(7, 2, 3, 8, 8)
    (before,) = session.run({"x": x})
    file.arrays["q"][:] = 0
    (after,) = session.run({"x": x})

    assert np.abs(before).max() > 1
    assert np.abs(after).max() == 0


def test_numbers_of_another_length_are_damaged(tmp_path: Path) -> None:
    path, made = tmp_path / "model.onnx", layered()
    made.graph.initializer[0].dims[:] = [191, 40]
    path.write_bytes(made.SerializeToString())

    with pytest.raises(UserError, match="the initializer `k` is damaged"):
        read_onnx(path)


WHOLE = layered(12).SerializeToString()
HEADERS = [at for at in range(len(WHOLE)) if not 300 < at < len(WHOLE) - 400]
"""Bytes that are not numbers of a kernel, for the most part."""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(HEADERS), st.integers(0, 255)), min_size=1, max_size=4),
    st.one_of(st.none(), st.integers(1, len(WHOLE))),
)
def test_a_damaged_file_gets_one_line_or_a_net(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], end: int | None
) -> None:
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    folder = tmp_path_factory.mktemp("fuzz")
    path, out = folder / "model.onnx", folder / "model.net"
    path.write_bytes(bytes(data[:end]))
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status = execute(["import", str(path), "-o", str(out)])
    assert status in (0, 1)
    assert out.exists() is (status == 0)
    if status:
        assert said.getvalue().count("\n") == 1, said.getvalue()
        assert "bug of netc" not in said.getvalue()
