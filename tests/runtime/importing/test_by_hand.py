"""What users of PyTorch write by hand, as its exporters spell it: sizes stay open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.runtime.errors import UserError
from netc.runtime.importing.original import OnnxOriginal
from netc.runtime.importing.road import import_onnx

from .graphs import Graph
from .onnx_models import model
from .test_raising import WIDTH, attended

MOST = 9
"""How many places the buffers below have."""


def length(g: Graph, x: str, axis: int = 1) -> str:
    """The size of an axis, as a list of one."""
    return g.call("Gather", g.call("Shape", x), g.known([axis]), axis=0)


def cut(g: Graph, buffer: str, *axes: int) -> str:
    """`buffer[:T]` on some axes, one Slice each."""
    for axis in axes:
        bounds = g.known([0]), length(g, "x"), g.known([axis])
        buffer = g.call("Slice", buffer, *bounds)
    return buffer


def masked_fill(g: Graph, scores: str) -> str:
    """`scores.masked_fill(mask[:, :, :T, :T] == 0, -inf)`, as minGPT has it."""
    triangle = g.known(np.tri(MOST, dtype=np.float32).reshape(1, 1, MOST, MOST))
    low = g.call("Equal", cut(g, triangle, 2, 3), g.known(0.0))
    return g.call("Where", low, g.known(-np.inf), scores)


def kept(g: Graph, scores: str) -> str:
    """`where(mask[:T, :T], scores, -inf)` of a buffer of bools."""
    triangle = g.known(np.tri(MOST, dtype=bool))
    return g.call("Where", cut(g, triangle, 0, 1), scores, g.known(-np.inf))


def added(g: Graph, scores: str) -> str:
    """`scores + mask[:T, :T]` of a buffer of zeros and -inf."""
    mask = np.triu(np.full((MOST, MOST), -np.inf, np.float32), 1)
    return g.call("Add", scores, cut(g, g.known(mask), 0, 1))


def lower_of_ones(g: Graph, scores: str) -> str:
    """`ones(T, T).tril()`, as dynamo has `is_causal`."""
    sizes = g.call("Concat", length(g, "x"), length(g, "x"), axis=0)
    ones = g.call("Trilu", g.call("Expand", g.known(1.0), sizes), upper=0)
    low = g.call("Equal", ones, g.known(0.0))
    return g.call("Add", scores, g.call("Where", low, g.known(-3.4e38), g.known(0.0)))


@pytest.mark.parametrize("masked", [masked_fill, kept, added, lower_of_ones])
def test_a_causal_mask_of_as_many_places_as_there_are(
    masked: Callable[[Graph, str], str], tmp_path: Path
) -> None:
    g = Graph(x=["N", "T", WIDTH])
    made = g.imported(tmp_path, attended(g, masked))

    assert made.proof.equal
    assert "return x -> MultiHeadAttention(2, 4, use_causal_mask=true)\n" in made.text


def test_a_mask_that_says_what_is_shut_is_turned(tmp_path: Path) -> None:
    """`scores.masked_fill(padding, -inf)`: the layer takes what is open."""

    def shut(g: Graph, scores: str) -> str:
        wide = g.call("Unsqueeze", g.call("Greater", "far", g.known(0.5)), g.known([1, 2]))
        return g.call("Where", wide, g.known(-np.inf), scores)

    g = Graph(x=["N", 5, WIDTH], far=["N", 5])
    made = g.imported(tmp_path, attended(g, shut))

    assert made.proof.equal
    assert "LogicalNot" in made.text
    assert "MultiHeadAttention(2, 4, attention_mask=" in made.text


@pytest.mark.parametrize("shape", [(MOST, WIDTH), (1, MOST, WIDTH)])
def test_positions_are_as_many_as_there_are(shape: tuple[int, ...], tmp_path: Path) -> None:
    """`x + table[:T]` and `x + table[:, :T]`."""
    g = Graph(x=["N", "T", WIDTH])
    table = cut(g, g.weight(*shape), len(shape) - 2)
    made = g.imported(tmp_path, g.call("Add", "x", table))

    assert made.proof.equal
    assert "positions = x -> PositionEmbedding(9)\n  return x + positions\n" in made.text


def test_rows_of_numbered_places_are_positions(tmp_path: Path) -> None:
    """`x + embedding(arange(T))`."""
    g = Graph(x=["N", "T", WIDTH])
    places = g.call(
        "Range", g.known(0), g.call("Squeeze", length(g, "x"), g.known([0])), g.known(1)
    )
    rows = g.call("Gather", g.weight(MOST, WIDTH), places)
    made = g.imported(tmp_path, g.call("Add", rows, "x"))

    assert made.proof.equal
    assert "PositionEmbedding(9)" in made.text
    assert "arange" not in made.text


def test_rows_of_a_table_stand_beside_what_is_as_long(tmp_path: Path) -> None:
    """`x * table[:T]`, as rotary positions have cosines."""
    g = Graph(x=["N", "T", WIDTH])
    made = g.imported(tmp_path, g.call("Mul", "x", cut(g, g.weight(MOST, WIDTH), 0)))

    assert made.proof.equal
    assert "arange(T, dtype=int32) -> Embedding(9, 8)" in made.text


def test_a_part_that_no_layer_takes_is_refused(tmp_path: Path) -> None:
    g = Graph(x=["N", "T", "T"])
    other = np.arange(MOST * MOST, dtype=np.float32).reshape(MOST, MOST)
    with pytest.raises(UserError, match="of which the sizes of an input take a part"):
        g.imported(tmp_path, g.call("Mul", "x", cut(g, g.known(other), 0, 1)))


def group_norm(g: Graph, x: str, start: bool = False) -> str:
    """`nn.GroupNorm(2, 4)` before opset 21."""
    split = g.call("Reshape", x, g.known([0, 2, -1]))
    ones, zeros = g.known(np.ones(2, np.float32)), g.known(np.zeros(2, np.float32))
    normed = g.call("InstanceNormalization", split, ones, zeros, epsilon=1e-5)
    sizes = g.call("Shape", x, start=0) if start else g.call("Shape", x)
    scaled = g.call("Mul", g.call("Reshape", normed, sizes), g.weight(4, 1, 1))
    return g.call("Add", scaled, g.weight(4, 1, 1))


@pytest.mark.parametrize("start", [False, True])
def test_a_group_norm_is_a_layer_whatever_the_sizes(start: bool, tmp_path: Path) -> None:
    g = Graph(x=["N", 3, "h", "w"])
    conv = g.call("Conv", "x", g.weight(4, 3, 3, 3), pads=[1, 1, 1, 1])
    made = g.imported(tmp_path, group_norm(g, conv, start))

    assert made.proof.equal
    assert "-> GroupNormalization(groups=2, epsilon=1e-05)\n" in made.text
    assert made.layers == {"Conv2D": 1, "GroupNormalization": 1}


def test_an_instance_norm_whose_groups_differ_is_none(tmp_path: Path) -> None:
    """The factors of its groups are not 1, so that it is not what `nn.GroupNorm` exports."""
    g = Graph(x=["N", 4, 6, 6])
    split = g.call("Reshape", "x", g.known([0, 2, -1]))
    normed = g.call("InstanceNormalization", split, g.weight(2), g.weight(2))
    back = g.call("Reshape", normed, g.call("Shape", "x"))
    scaled = g.call("Mul", back, g.weight(4, 1, 1))
    made = g.imported(tmp_path, g.call("Add", scaled, g.weight(4, 1, 1)))

    assert made.proof.equal
    assert "groups=2" not in made.text


def interpolated(g: Graph, small: str, like: str) -> str:
    """`F.interpolate(small, size=like.shape[2:], mode="bilinear")`."""
    ends = [g.known([start]) for start in (0, 2, 4)]
    lead = g.call("Slice", g.call("Shape", small), ends[0], ends[1])
    rest = g.call("Slice", g.call("Shape", like), ends[1], ends[2])
    sizes = g.call("Concat", lead, rest, axis=0)
    return g.call("Resize", small, "", "", sizes, mode="linear")


def doubled(g: Graph, small: str, like: str) -> str:
    """`F.interpolate(small, scale_factor=2)`."""
    scales = g.known(np.array([1, 1, 2, 2], np.float32))
    return g.call(
        "Resize", small, "", scales, coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )  # fmt: skip


UPS = [(interpolated, "UpSampling2D(interpolation=bilinear)"), (doubled, "UpSampling2D")]


@pytest.mark.parametrize(("up", "written"), UPS)
def test_a_level_that_comes_back_to_the_size_of_what_it_joins(
    up: Callable[[Graph, str, str], str], written: str, tmp_path: Path
) -> None:
    g = Graph(x=["N", 3, "h", "w"])
    wide = g.call("Conv", "x", g.weight(4, 3, 1, 1))
    small = g.call("MaxPool", wide, kernel_shape=[2, 2], strides=[2, 2])
    made = g.imported(tmp_path, g.call("Concat", wide, up(g, small, wide), axis=1))

    assert made.proof.equal
    assert "x: float32[N, 2 * h, 2 * w, 3]" in made.text
    assert f"MaxPooling2D(2) -> {written}\n" in made.text


def test_parts_of_a_known_kernel_are_known(tmp_path: Path) -> None:
    """dynamo splits the one projection of `nn.MultiheadAttention`."""
    g = Graph(x=["N", 5, WIDTH])
    first, _ = g.calls("Split", g.weight(2 * WIDTH, WIDTH), count=2, axis=0, num_outputs=2)
    g.opset = 18
    product = g.call("MatMul", "x", g.call("Transpose", first, perm=[1, 0]))
    made = g.imported(tmp_path, product)

    assert made.proof.equal
    assert "return x -> Dense(8, use_bias=false)\n" in made.text


def test_sizes_that_pytorch_numbers_get_a_letter_each(tmp_path: Path) -> None:
    g = Graph(x=["s4", "s75", 4], memory=["s4", "s9", 4], more=["s4", "s75", 4])
    seen = g.call("MatMul", "x", g.call("Transpose", "memory", perm=[0, 2, 1]))
    made = g.imported(tmp_path, g.call("Add", g.call("MatMul", seen, "memory"), "more"))

    assert made.proof.equal
    assert "(x: float32[N, T, 4], memory: float32[N, T_2, 4], more: float32[N, T, 4])" in made.text


@pytest.mark.parametrize(
    ("graph", "file", "net"),
    [
        ("main_graph", "my_tagger-2", "MyTagger2"),
        ("torch_jit", "encoder", "Encoder"),
        ("", "2d", "Model2d"),
        ("Speaker", "other", "Speaker"),
        ("main_graph", "dense", "DenseNet"),
    ],
)
def test_a_graph_without_a_name_of_its_own_is_called_as_its_file(
    graph: str, file: str, net: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{file}.onnx"
    made = model([onnx.helper.make_node("Relu", ["x"], ["y"])])
    made.graph.name = graph
    onnx.save(made, path)

    assert f"\nnet {net}(" in import_onnx(path).text


def test_a_length_that_is_too_much_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made of the longest, before it fails, may be more than memory holds."""
    lengths: list[int] = []
    run = OnnxOriginal.run

    def watched(self: OnnxOriginal, inputs: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        lengths.append(inputs["x"].shape[1])
        return run(self, inputs)

    monkeypatch.setattr(OnnxOriginal, "run", watched)
    g = Graph(x=["N", "T", WIDTH])
    made = g.imported(tmp_path, g.call("Add", "x", cut(g, g.weight(MOST, WIDTH), 0)))

    assert made.proof.runs == 2
    assert lengths == [8, 5, 13]


def test_a_part_that_is_read_once_is_written_where_it_is_read(tmp_path: Path) -> None:
    """A gate of squeeze-and-excite, `x * w[:, :, None, None]`."""
    g = Graph(x=["N", 4, 6, 6])
    mean = g.call("ReduceMean", g.call("Relu", "x"), axes=[2, 3], keepdims=0)
    gate = g.call("Sigmoid", g.call("Gemm", mean, g.weight(4, 4)))
    wide = g.call("Unsqueeze", g.call("Unsqueeze", gate, g.known([2])), g.known([3]))
    made = g.imported(
        tmp_path, g.call("Conv", g.call("Mul", g.call("Relu", "x"), wide), g.weight(4, 4, 1, 1))
    )

    assert made.proof.equal
    assert "features * features_2[:, none, none] -> Conv2D(" in made.text


@pytest.mark.parametrize(
    ("op", "number", "first"),
    [("Mul", 1.0, False), ("Mul", 1.0, True), ("Add", 0.0, True), ("Sub", 0.0, False)],
)
def test_a_number_that_changes_nothing_is_gone(
    op: str, number: float, first: bool, tmp_path: Path
) -> None:
    g = Graph(x=["N", 4])
    sides = [g.known(number), "x"] if first else ["x", g.known(number)]
    made = g.imported(tmp_path, g.call("Tanh", g.call(op, *sides)))

    assert made.proof.equal
    assert "return x -> Tanh\n" in made.text


@pytest.mark.parametrize("op", ["Sub", "Div"])
def test_a_tensor_taken_from_a_number_stays(op: str, tmp_path: Path) -> None:
    g = Graph(x=["N", 4])
    made = g.imported(tmp_path, g.call(op, g.known(0.0 if op == "Sub" else 1.0), "x"))

    assert made.proof.equal
    assert "return x\n" not in made.text
