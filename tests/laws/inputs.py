"""The inputs of random nets: one to three tensors, of fixed sizes or named ones."""

from __future__ import annotations

from hypothesis import strategies as st
from netc.compiler.shapes.dims import Dim, symbol
from netc.compiler.shapes.types import TensorType

from .arguments import Draw

HALF = ("float16", "bfloat16")
INTEGERS = ("int8", "int16", "int64", "uint8", "uint16", "uint32")
"""Dtypes of inputs that few nets have; int32 is that of indices."""


def inputs(draw: Draw) -> tuple[dict[str, TensorType], dict[str, int]]:
    """One to three inputs and what their named sizes will be."""
    sizes = {
        "N": draw(st.integers(1, 3)),
        "H": draw(st.sampled_from([4, 5, 6, 7, 8, 9, 1])),
        "W": draw(st.sampled_from([4, 5, 6, 7, 8, 9, 1])),
        "D": draw(st.integers(4, 6)),
    }
    dtype = str(draw(st.sampled_from(["float32"] * 27 + ["float64", *HALF, *INTEGERS])))
    assert all(isinstance(size, int) for size in sizes.values())
    found: dict[str, TensorType] = {}
    for number in range(int(str(draw(st.sampled_from([1, 1, 2, 3]))))):
        if draw(st.integers(0, 7)) == 0:
            length = draw(st.integers(1, 6))
            assert isinstance(length, int)
            found[f"x{number}"] = TensorType("int32", (symbol("N"), length))
            continue
        rank = draw(st.sampled_from([2, 3, 3, 4, 4, 4, 5]))
        assert isinstance(rank, int)
        shape: list[Dim] = [symbol("N")]
        symbolic = draw(st.integers(0, 2)) == 0
        for axis in range(1, rank - 1):
            size = draw(st.integers(1, 8))
            assert isinstance(size, int)
            shape.append(symbol("HWD"[axis - 1]) if symbolic else size)
        channels = draw(st.integers(1, 5))
        assert isinstance(channels, int)
        found[f"x{number}"] = TensorType(dtype, (*shape, channels))
    used = {str(dim) for type in found.values() for dim in type.shape}
    return found, {k: int(str(v)) for k, v in sizes.items() if k in used}
