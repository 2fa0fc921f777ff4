"""Hostile ONNX files get one line, soon, and nothing is written: bombs, paths that leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.runtime.cli import execute
from onnx import TensorProto, helper

from .onnx_models import model, rows

MANY = 2**40
GIANT = 2**62


def nodes_of(*nodes: onnx.NodeProto, **arrays: object) -> bytes:
    """A model of nodes that read `x` and numbers."""
    numbers = {
        name: np.array(each, np.int64) if isinstance(each, list | int) else np.asarray(each)
        for name, each in arrays.items()
    }
    return bytes(model(list(nodes), arrays=numbers).SerializeToString())


def node(op: str, inputs: str, outputs: str = "y", **attributes: object) -> onnx.NodeProto:
    """A node whose inputs and outputs stand in one text."""
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def external(**said: str) -> bytes:
    """A model whose kernel lies in another file."""
    made = model([node("MatMul", "x w")], arrays={"w": rows(1, 8, 8)})
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in said.items():
        tensor.external_data.add(key=key, value=value)
    return bytes(made.SerializeToString())


def nested(depth: int) -> bytes:
    """Branches inside each other."""
    graph = helper.make_graph(
        [node("Relu", "x", "r")], "in", [], [helper.make_empty_tensor_value_info("r")]
    )
    for _ in range(depth):
        inside = helper.make_node("If", ["c"], ["r"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([inside], "in", [], [helper.make_empty_tensor_value_info("r")])
        if graph.ByteSize() > 2**20:
            break
    made = model([node("Relu", "x", "y")], arrays={"c": np.array(True)})
    made.graph.node[0].CopyFrom(helper.make_node("If", ["c"], ["y"], then_branch=graph))
    return bytes(made.SerializeToString())


def doubled() -> bytes:
    """A constant that is joined with itself forty times: 2^40 numbers."""
    chain = [node("Concat", f"c{at} c{at}", f"c{at + 1}", axis=0) for at in range(40)]
    return nodes_of(*chain, node("Add", "x c40"), c0=np.ones(1, np.float32))


def with_dims(dims: list[int]) -> bytes:
    """An input of these sizes."""
    made = model([node("Relu", "x")])
    for dim, size in zip(made.graph.input[0].type.tensor_type.shape.dim, dims, strict=True):
        dim.dim_value = size
    return bytes(made.SerializeToString())


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a constant of 2^62 zeros": lambda: nodes_of(
        node("ConstantOfShape", "n", "c"), node("Add", "x c"), n=[GIANT]
    ),
    "a tile of 2^40": lambda: nodes_of(
        node("Tile", "c n", "t"), node("Add", "x t"), c=np.ones(8, np.float32), n=[MANY]
    ),
    "an expansion to 2^40": lambda: nodes_of(
        node("Expand", "c n", "t"), node("Mul", "t k", "u"), node("Add", "x u"),
        c=np.ones(1, np.float32), n=[MANY], k=np.ones(1, np.float32),
    ),
    "a range of 2^40": lambda: nodes_of(
        node("Range", "a n s", "r"), node("Cast", "r", "f", to=1), node("Add", "x f"),
        a=0, n=MANY, s=1,
    ),
    "a range without steps": lambda: nodes_of(
        node("Range", "a n s", "r"), node("Cast", "r", "f", to=1), node("Add", "x f"),
        a=0, n=3, s=0,
    ),
    "an outer sum of constants": lambda: nodes_of(
        node("Add", "a b", "c"), node("ReduceSum", "c", "d", keepdims=0), node("Add", "x d"),
        a=np.ones((2**16, 1), np.float32), b=np.ones((1, 2**16), np.float32),
    ),
    "a constant doubled forty times": doubled,
    "a gather that repeats": lambda: nodes_of(
        node("Gather", "t i", "a"), node("Gather", "a i", "b", axis=1),
        node("ReduceSum", "b", "d", keepdims=0), node("Add", "x d"),
        t=np.ones((1, 1), np.float32), i=np.zeros(2**16, np.int64),
    ),
    "a pad of 2^40": lambda: nodes_of(node("Pad", "x p"), p=[0, 0, MANY, 0, 0, 0, 0, 0]),
    "a negative pad past the end": lambda: nodes_of(
        node("Pad", "x p"), p=[0, 0, -MANY, 0, 0, 0, 0, 0]
    ),
    "2^40 parts": lambda: nodes_of(node("Split", "x", axis=1, num_outputs=MANY)),
    "a resize by 2^40": lambda: nodes_of(
        node("Resize", "x r s"), r=np.zeros(0, np.float32),
        s=np.array([1, 1, MANY, MANY], np.float32),
    ),
    "a reshape to 2^62": lambda: nodes_of(node("Reshape", "x s"), s=[GIANT, -1]),
    "a reshape of two unknowns": lambda: nodes_of(node("Reshape", "x s"), s=[-1, -1]),
    "an order of no axes": lambda: nodes_of(node("Transpose", "x", perm=[0, 9, -7, 1])),
    "an order with one axis twice": lambda: nodes_of(node("Transpose", "x", perm=[0, 1, 1, 2])),
    "a window of 2^62": lambda: nodes_of(node("AveragePool", "x", kernel_shape=[GIANT, GIANT])),
    "a dilation of -1": lambda: nodes_of(
        node("Conv", "x w", dilations=[-1, -1]), w=rows(1, 4, 3, 3, 3)
    ),
    "more groups than channels": lambda: nodes_of(
        node("Conv", "x w", group=GIANT), w=rows(1, 4, 3, 3, 3)
    ),
    "groups of nothing": lambda: nodes_of(node("Conv", "x w", group=0), w=rows(1, 4, 3, 3, 3)),
    "an equation that does not end": lambda: nodes_of(node("Einsum", "x", equation="..b")),
    "a cast to no type": lambda: nodes_of(node("Cast", "x", to=9999)),
    "hidden units that are none": lambda: nodes_of(
        node("LSTM", "x w r", hidden_size=-4), w=rows(1, 1, 16, 3), r=rows(2, 1, 16, 4)
    ),
    "branches in branches": lambda: nested(12),
    "an input of 2^62 by 2^62": lambda: with_dims([GIANT, 3, GIANT, 8]),
    "data at a negative place": lambda: external(location="w.bin", offset="-4"),
    "data at no number": lambda: external(location="w.bin", offset="far"),
    "data of another length": lambda: external(location="w.bin", length="7"),
    "data in a folder": lambda: external(location="."),
    "data at an empty name": lambda: external(location=""),
    "data at a name with a zero": lambda: external(location="w\0.bin"),
    "data through a link": lambda: external(location="link.bin"),
    "data through a linked folder": lambda: external(location="linked/passwd"),
    "data of a device": lambda: external(location="../../../../../../dev/zero"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "model.onnx", tmp_path / "model.net"
    path.write_bytes(HOSTILE[name]())
    (tmp_path / "w.bin").write_bytes(bytes(64))
    (tmp_path / "link.bin").symlink_to("/etc/passwd")
    (tmp_path / "linked").symlink_to("/etc")
    before = sorted(each.name for each in tmp_path.iterdir())

    assert execute(["import", str(path), "-o", str(out)]) == 1
    told = capsys.readouterr()
    assert told.err.count("\n") == 1, told.err
    assert "bug of netc" not in told.err
    assert str(tmp_path) in told.err
    assert told.out == ""
    assert sorted(each.name for each in tmp_path.iterdir()) == before
