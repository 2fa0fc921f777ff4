"""ONNX models become nets that compute the same, or nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.cli import execute
from netc.runtime.errors import UserError
from netc.runtime.importing import road
from netc.runtime.importing.road import ImportedNet, import_onnx
from netc.runtime.importing.steps import Step
from netc.runtime.importing.weigh import ImportedWeights
from onnx import TensorProto, helper

from ...places import DOCS, MODELS, ROOT
from .onnx_models import model, rows

sys.path.insert(0, str(ROOT / "bench"))

import import_listings


def compiled(tmp_path: Path, source: Path, net: str, **settings: int) -> Path:
    """A net of a file as an ONNX model with seeded weights."""
    analysis = check_files([source], net=net, settings=settings)
    assert not analysis.failed, analysis.diagnostics
    graph = analysis.nets[0].graph
    assert graph is not None
    target = tmp_path / f"{net}.onnx"
    write_onnx(compile_onnx(graph, SeededWeights(1)), target, None)
    return target


def shows(page: str, path: Path, made: ImportedNet) -> bool:
    """Whether the page has a file's nodes, and what became of them."""
    shown = import_listings.listing(path, made.text)
    return shown in page.replace("# Imported from gpt2.onnx", "# Imported from GPT2.onnx").replace(
        "# Imported from resnet.onnx", "# Imported from ResNet50.onnx"
    )


def body(made: ImportedNet) -> str:
    """The text without what stands above and the contract."""
    _, _, rest = made.text.partition("\n\n")
    return rest.partition("expect ")[0].strip() + "\n"


def test_gpt2_is_one_block_in_a_row(tmp_path: Path) -> None:
    small = {"width": 32, "vocabulary": 50, "depth": 6, "heads": 4, "longest": 16}
    path = compiled(tmp_path, MODELS / "gpt2.net", "GPT2", **small)
    made = import_onnx(path)

    assert made.proof.equal
    assert shows((DOCS / "import.md").read_text("utf-8"), path, made)
    assert body(made) == (
        """\
block Decoder(x: [N, T, C]) {
  attention = x
    -> LayerNormalization(epsilon=1e-05) -> MultiHeadAttention(4, 8, use_causal_mask=true)
  total = x + attention
  residual = total
    -> LayerNormalization(epsilon=1e-05) -> Dense(128) -> GELU(approximate=true) -> Dense(32)
  return total + residual
}

net GPT2(tokens: int32[N, T]) -> logits: [N, T, 50] {
  layer words = ReversibleEmbedding(50, 32)
  words_2 = tokens -> words
  positions = words_2 -> PositionEmbedding(16)
  return words_2 + positions -> Decoder * 6 -> LayerNormalization(epsilon=1e-05) -> words
}
"""
    )


def test_resnet50_is_one_block_in_a_loop(tmp_path: Path) -> None:
    path = compiled(tmp_path, MODELS / "resnet.net", "ResNet50", size=64)
    made = import_onnx(path)

    assert made.proof.equal
    assert shows((DOCS / "import.md").read_text("utf-8"), path, made)
    assert len(made.text.splitlines()) <= 45
    assert made.text.count("block ") == 1
    assert "    (512, 2, 1),\n    (512, 1, 2),\n  ] {\n" in made.text
    assert "x = x -> Bottleneck(filters, strides) * depth\n" in made.text
    assert "if C != 4 * filters {\n    shortcut = x -> Conv2D(4 * filters, 1, strides" in made.text


SHIPPED = (
    ("autoencoder.net", "Autoencoder"),
    ("cifar10_bn.net", "Cifar10BN"),
    ("dcgan.net", "DCGANDiscriminator"),
    ("japanese_vowels.net", "Speaker"),
    ("lenet.net", "LeNet5Dense"),
    ("mobilenet_v2.net", "MobileNetV2"),
    ("nerf.net", "NeRF"),
    ("squeezenet.net", "SqueezeNet11"),
    ("tcn.net", "TCN"),
    ("unet_plus_plus.net", "UNetPlusPlus"),
    ("vae.net", "VAE"),
)


@pytest.mark.parametrize(("file", "net"), SHIPPED)
def test_shipped_nets_come_back(file: str, net: str, tmp_path: Path) -> None:
    small = {"size": 64} if net in ("MobileNetV2", "SqueezeNet11") else {}
    made = import_onnx(compiled(tmp_path, MODELS / file, net, **small))

    assert made.proof.equal
    assert made.raw == {}


ROUND_TRIPS = {
    "a convolution that pads as PyTorch does": """
net Padded(x: float32[N, 9, 8, 3]) -> [N, 4] {
  return x -> ZeroPadding2D(1) -> Conv2D(6, 3, strides=2) -> ReLU -> Flatten -> Dense(4)
}
""",
    "depthwise, groups, dilation": """
net Depth(x: float32[N, 8, 8, 4]) -> [N, 4] {
  return x -> DepthwiseConv2D(3, padding=same) -> Conv2D(8, 3, groups=2, dilation_rate=2)
    -> HardSiLU -> GlobalAveragePooling2D -> Dense(4)
}
""",
    "pools of every kind": """
net Pools(x: float32[N, 11, 12, 2]) -> [N, 2, 2, 2] {
  return x -> MaxPooling2D(3, strides=2, padding=1) -> AveragePooling2D(2, ceil_mode=true)
    -> AveragePooling2D(2, strides=1, padding=same) -> MaxPooling2D(2, ceil_mode=true)
}
""",
    "signals and volumes": """
net Signal(x: float32[N, 20, 3], y: float32[N, 5, 6, 7, 2]) -> (a: [N, 18, 4], b: [N, 4]) {
  a = x -> Conv1D(4, 3) -> LeakyReLU(negative_slope=0.1)
  return a, y -> Conv3D(4, 2) -> GlobalMaxPooling3D
}
""",
    "a transposed convolution and a decoder": """
net Up(x: float32[N, 5]) -> [N, 8, 8, 3] {
  return x -> Dense(32) -> Reshape([4, 4, 2]) -> Conv2DTranspose(3, 3, strides=2, padding=same)
}
""",
    "named sizes": """
net Fully(x: float32[N, H, W, 3]) -> [N, H, W, 2] {
  y = x -> Conv2D(4, 3, padding=same) -> ReLU
  return (y, x) -> Concatenate -> Conv2D(2, 1, activation=sigmoid)
}
""",
    "recurrent layers": """
net Steps(words: int32[N, T]) -> [N, 2] {
  return words -> Embedding(30, 6) -> LSTM(5, return_sequences=true) -> GRU(4) -> Dense(2)
}
""",
    "a block that squeezes and excites": """
net Excite(x: float32[N, 6, 6, 4]) -> [N, 6, 6, 4] {
  s = x -> GlobalAveragePooling2D -> Reshape([1, 1, 4]) -> Dense(2, activation=relu) -> Dense(4)
  return x * (s -> Sigmoid)
}
""",
    "a learned scale, an index, a class token": """
net Token(x: float32[N, 6, 8]) -> [N, 3] {
  weight token: [1, 1, 8] = RandomNormal(0, 1)
  weight scale: [8] = 0.5
  y = (token + zeros([N, 1, 1]), x) -> Concatenate(axis=1)
  z = (y -> LayerNormalization) * scale -> MultiHeadAttention(2, 4)
  return z[:, 0] -> Dense(3)
}
""",
    "one layer used twice": """
net Twice(x: float32[N, 8]) -> [N, 8] {
  layer same_weights = Dense(8, activation=tanh)
  return x -> same_weights -> same_weights
}
""",
    "what no layer does stays ONNX's": """
net Local(x: float32[N, 6, 6, 8]) -> [N, 6, 6, 8] {
  return x -> LRN(bias=1.0) -> Conv2D(8, 1)
}
""",
}  # fmt: skip


def test_an_axis_of_one_channel_leaves_no_reshape_and_pictures_are_rescaled(tmp_path: Path) -> None:
    """Where an axis has length 1, exporters write a transposition as a reshape."""
    path = tmp_path / "digits.net"
    path.write_text(
        "net Digits(image: float32[N, 28, 28, 1]) -> [N, 4] {\n"
        "  return image -> Rescaling(1 / 127.5, offset=-1) -> Conv2D(4, 3) -> Flatten -> Dense(4)\n"
        "}\n"
    )

    made = import_onnx(compiled(tmp_path, path, "Digits"))

    assert made.proof.equal
    assert "image -> Rescaling(1 / 127.5, offset=-1.0) -> Conv2D(4, 3) -> Flatten" in made.text


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_what_is_compiled_comes_back(name: str, tmp_path: Path) -> None:
    source = tmp_path / "source.net"
    source.write_text(ROUND_TRIPS[name])
    net = ROUND_TRIPS[name].split("(")[0].split()[-1]
    path = compiled(tmp_path, source, net)
    out = tmp_path / "back.net"

    assert execute(["import", str(path), "-o", str(out)]) == 0
    assert execute(["fmt", "--check", str(out)]) == 0
    assert execute(["check", str(out)]) == 0
    again = tmp_path / "again.onnx"
    weights = str(tmp_path / "back.safetensors")
    assert execute(["compile", str(out), "-o", str(again), "--weights", weights]) == 0
    assert import_onnx(again).proof.equal


def torch_like(opset: int = 13) -> onnx.ModelProto:
    """What PyTorch exports of a convolution, a norm, a pool, a flatten and a linear layer."""
    return model(
        [
            helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2]),
            helper.make_node("BatchNormalization", ["c", "g", "h", "m", "v"], ["n"]),
            helper.make_node("Relu", ["n"], ["r"]),
            helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[1, 1]),
            helper.make_node("Flatten", ["p"], ["f"]),
            helper.make_node("Gemm", ["f", "k", "q"], ["y"], transB=1),
        ],
        arrays={
            "w": rows(1, 4, 3, 3, 3),
            "b": rows(2, 4),
            "g": rows(3, 4),
            "h": rows(4, 4),
            "m": rows(5, 4),
            "v": np.abs(rows(6, 4)),
            "k": rows(7, 5, 36),
            "q": rows(8, 5),
        },
        opset=opset,
    )


@pytest.mark.parametrize("opset", [7, 9, 13, 20])
def test_channels_first_become_last(opset: int, tmp_path: Path) -> None:
    path = tmp_path / "torch.onnx"
    onnx.save(torch_like(opset), path)
    made = import_onnx(path)

    assert made.proof.equal
    assert "# Channels are last here and first there in x." in made.text
    assert body(made) == (
        """\
net Made(x: float32[N, 8, 8, 3]) -> y: [N, 5] {
  return x
    -> ZeroPadding2D(1) -> Conv2D(4, 3, strides=2) -> BatchNormalization(epsilon=1e-05) -> ReLU
    -> MaxPooling2D(2, strides=1) -> Flatten -> Dense(5)
}
"""
    )


def test_what_differs_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "torch.onnx", tmp_path / "torch.net"
    onnx.save(torch_like(), path)
    right = road.matched

    def damaged(checked: CheckedGraph, order: Sequence[Step]) -> ImportedWeights:
        weights = right(checked, order)
        changed = {
            key: array * np.float32(1.01) if key[1] == "gamma" else array
            for key, array in weights.arrays.items()
        }
        return ImportedWeights(changed)

    monkeypatch.setattr(road, "matched", damaged)

    assert execute(["import", str(path), "-o", str(out)]) == 1
    said = capsys.readouterr().err
    assert "the net differs from it at `n`" in said
    assert "nothing was written" in said
    assert not out.exists()
    assert not out.with_suffix(".safetensors").exists()
    assert execute(["import", str(path), "-o", str(out), "--unproved"]) == 0
    assert capsys.readouterr().out.startswith("not equal: ")
    assert out.exists()


def test_the_last_line_is_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "torch.onnx", tmp_path / "torch.net"
    onnx.save(torch_like(), path)

    assert execute(["import", str(path), "-o", str(out), "--report"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["nodes", "6"]
    assert ["raw", "operators", "0"] in [line.split() for line in lines]
    assert lines[-1].startswith("equal: largest difference ")
    assert lines[-1].endswith(" over 3 inputs")


def _cycle() -> bytes:
    nodes = [helper.make_node("Relu", ["b"], ["a"]), helper.make_node("Add", ["a", "x"], ["b"])]
    made = model([*nodes, helper.make_node("Relu", ["b"], ["y"])])
    return bytes(made.SerializeToString())


def _external(location: str) -> bytes:
    made = torch_like()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return bytes(made.SerializeToString())


def _huge() -> bytes:
    made = torch_like()
    made.graph.initializer[0].dims[:] = [2**40, 2**40]
    return bytes(made.SerializeToString())


def _changed(op: str, **attributes: object) -> bytes:
    made = torch_like()
    node = next(node for node in made.graph.node if node.op_type == op)
    del node.attribute[:]
    node.attribute.extend(helper.make_attribute(name, v) for name, v in attributes.items())
    return bytes(made.SerializeToString())


HOSTILE = {
    "empty": (b"", "is empty"),
    "no model": (b"\x80\x04K\x01.", "no ONNX model"),
    "cut short": (torch_like().SerializeToString()[:700], "damaged, cut short or no ONNX model"),
    "a cycle": (_cycle(), "reads `b`, which nothing before it makes"),
    "huge": (_huge(), "impossible sizes"),
    "outside": (_external("../../etc/passwd"), "outside the model's folder"),
    "absolute": (_external("/etc/passwd"), "outside the model's folder"),
    "missing": (_external("weights.bin"), "no such file"),
    "an opset to come": (torch_like(9999).SerializeToString(), "is of opset 9999"),
    "strides of 0": (_changed("Conv", strides=[0, 0]), "Conv"),
    "strides of one axis": (_changed("Conv", strides=[1]), "Conv"),
    "words for numbers": (_changed("Conv", strides="wide"), "Conv"),
    "a layer of nothing": (
        model([helper.make_node("MaxPool", [], ["y"], kernel_shape=[2])]).SerializeToString(),
        "MaxPool",
    ),
    "a pattern whose nodes lack inputs": (
        model(
            [
                helper.make_node("GatherND", ["x", "x"], ["g"]),
                helper.make_node("Transpose", ["g"], ["t"]),
                helper.make_node("LSTM", ["t", "x", "x", "", "g"], ["l"]),
                helper.make_node("InstanceNormalization", [], ["i"]),
                helper.make_node("Reshape", ["i"], ["r"]),
                helper.make_node("Mul", ["r"], ["m"]),
                helper.make_node("Add", ["m"], ["y"]),
            ]
        ).SerializeToString(),
        "takes 3 tensors, got 0",
    ),
    "a node that makes nothing": (
        model(
            [helper.make_node("Relu", ["x"], []), helper.make_node("Relu", ["x"], ["y"])]
        ).SerializeToString(),
        "a Relu makes nothing",
    ),
    "another domain": (
        model([helper.make_node("Mine", ["x"], ["y"], domain="my.own")]).SerializeToString(),
        "is of the domain my.own",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, said = HOSTILE[name]
    path, out = tmp_path / "model.onnx", tmp_path / "model.net"
    path.write_bytes(data)

    assert execute(["import", str(path), "-o", str(out)]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert "bug of netc" not in told.err
    assert told.out == ""
    assert list(tmp_path.iterdir()) == [path]


def test_external_data_are_read(tmp_path: Path) -> None:
    path = tmp_path / "torch.onnx"
    onnx.save(
        torch_like(), path, save_as_external_data=True, location="torch.bin", size_threshold=0
    )

    assert import_onnx(path).proof.equal


@pytest.mark.parametrize(
    ("name", "net"), [("Dense", "DenseNet"), ("if", "ifNet"), ("2 nets", "Model2nets")]
)
def test_a_graph_called_as_a_layer_gets_another_name(name: str, net: str, tmp_path: Path) -> None:
    made = torch_like()
    made.graph.name = name
    onnx.save(made, tmp_path / "torch.onnx")

    assert f"net {net}(x: " in import_onnx(tmp_path / "torch.onnx").text


def test_a_model_that_gives_back_a_constant_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "constant.onnx"
    node = helper.make_node("Constant", [], ["y"], value_float=1.0)
    onnx.save(model([node]), path)

    with pytest.raises(UserError, match="depends on no input"):
        import_onnx(path)


def test_initial_states_of_zeros_are_none(tmp_path: Path) -> None:
    path = tmp_path / "lstm.onnx"
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "one"], ["n"]),
        helper.make_node("Concat", ["single", "n", "units"], ["h"], axis=0),
        helper.make_node("ConstantOfShape", ["h"], ["zero"]),
        helper.make_node("Expand", ["zero", "h"], ["z"]),
        helper.make_node("LSTM", ["x", "w", "r", "", "", "z", "z"], ["a"], hidden_size=4),
        helper.make_node("Squeeze", ["a", "one"], ["y"]),
    ]
    numbers = {"one": [1], "single": [1], "units": [4]}
    arrays = {name: np.array(each, np.int64) for name, each in numbers.items()}
    arrays |= {"w": rows(1, 1, 16, 3), "r": rows(2, 1, 16, 4)}
    onnx.save(model(nodes, inputs=[("x", [5, "N", 3])], arrays=arrays), path)

    made = import_onnx(path)
    assert made.proof.equal
    assert "LSTM(4, use_bias=false, return_sequences=true)" in made.text


def test_sizes_that_have_to_be_multiples_are(tmp_path: Path) -> None:
    path = tmp_path / "pyramid.onnx"
    nodes = [
        helper.make_node("AveragePool", ["x"], ["half"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("MaxPool", ["half"], ["low"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Upsample", ["low", "scales"], ["high"]),
        helper.make_node("Add", ["high", "x"], ["y"]),
    ]
    scales = {"scales": np.array([1, 1, 4, 4], np.float32)}
    file = model(nodes, inputs=[("x", ["N", 3, "h", "w"])], arrays=scales, opset=9)
    onnx.save(file, path)

    made = import_onnx(path)
    assert made.proof.equal
    assert "# Height and width are multiples of 4: it joins what it made smaller." in made.text
    assert "x: float32[N, 4 * h, 4 * w, 3]" in made.text


@pytest.mark.parametrize("taken", [True, False])
def test_a_branch_that_is_known_is_its_nodes(taken: bool, tmp_path: Path) -> None:
    path = tmp_path / "branch.onnx"
    branches = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node(op, ["x"], [name])],
            name,
            [],
            [helper.make_empty_tensor_value_info(name)],
        )
        for name, op in (("then", "Relu"), ("else", "Tanh"))
    }
    nodes = [
        helper.make_node("If", ["known"], ["i"], **branches),
        helper.make_node("Flatten", ["i"], ["y"]),
    ]
    onnx.save(model(nodes, arrays={"known": np.array(taken)}), path)

    made = import_onnx(path)
    assert made.proof.equal
    assert ("-> ReLU" in made.text, "-> Tanh" in made.text) == (taken, not taken)


def test_heads_of_a_short_sequence_are_turned_back(tmp_path: Path) -> None:
    """The sequence is an eighth of the width, and 1 for small ones."""
    path = tmp_path / "heads.onnx"
    whole = {"heads": [0, -1, 2, 3], "joined": [0, -1, 6]}
    nodes = [
        helper.make_node("MaxPool", ["x"], ["p"], kernel_shape=[1, 8], strides=[1, 8]),
        helper.make_node("Squeeze", ["p"], ["s"], axes=[2]),
        helper.make_node("Transpose", ["s"], ["t"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["t", "w"], ["m"]),
        helper.make_node("Reshape", ["m", "heads"], ["h"]),
        helper.make_node("Transpose", ["h"], ["q"], perm=[0, 2, 1, 3]),
        helper.make_node("Transpose", ["h"], ["k"], perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["q", "k"], ["scores"]),
        helper.make_node("MatMul", ["scores", "q"], ["z"]),
        helper.make_node("Transpose", ["z"], ["u"], perm=[0, 2, 1, 3]),
        helper.make_node("Reshape", ["u", "joined"], ["y"]),
    ]
    arrays = {name: np.array(each, np.int64) for name, each in whole.items()}
    sizes: list[int | str] = ["N", 3, 1, "w"]
    file = model(nodes, inputs=[("x", sizes)], arrays={**arrays, "w": rows(1, 3, 6)}, opset=11)
    onnx.save(file, path)

    assert import_onnx(path).proof.equal
