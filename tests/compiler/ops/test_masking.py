"""Masks of sequences: who carries them on, who uses them, who refuses them, as Keras does."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Op, construct
from netc.compiler.ops.core.masking import Masking
from netc.compiler.ops.table import OPS

from .graphs import Net, run

IDS = np.array(
    [
        [3, 1, 4, 1, 5, 2],
        [3, 1, 4, 0, 0, 0],
        [0, 0, 0, 2, 6, 5],
        [0, 3, 0, 0, 5, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 1],
    ],
    np.int32,
)
"""Whole, padded behind, padded in front, with holes, without any step, with only the last."""


def net(folder: Path, body: str, head: str = "ids: int32[N, T]") -> CheckedGraph:
    path = folder / "net.net"
    path.write_text(f"net Masked({head}) {{\n{body}\n}}\n", encoding="utf-8")
    analysis = check_files([path])
    assert not analysis.diagnostics, analysis.diagnostics
    (found,) = analysis.nets
    assert found.graph is not None
    return found.graph


def fault(folder: Path, body: str, head: str = "ids: int32[N, T]") -> str:
    path = folder / "net.net"
    path.write_text(f"net Masked({head}) {{\n{body}\n}}\n", encoding="utf-8")
    (diagnostic,) = check_files([path]).diagnostics
    return diagnostic.message


def both(checked: CheckedGraph, array: np.ndarray, opset: int = 22) -> list[np.ndarray]:
    """What onnxruntime computes, after checking that Keras computes the same."""
    weights = SeededWeights(5)
    lowered = lower_onnx(checked, weights, opset=opset).model()
    onnx.checker.check_model(lowered, full_check=True)
    for node in lowered.graph.node:
        for index, name in enumerate(node.input):
            if name == lowered.graph.input[0].name:
                node.input[index] = "x0"
    lowered.graph.input[0].name = "x0"
    ours = run(lowered, array)
    theirs = lower_keras(checked, weights)(array)
    theirs = theirs if isinstance(theirs, list | tuple) else [theirs]
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, np.asarray(other), atol=1e-5)
    return ours


EMBEDDED = "  x = ids -> Embedding(9, 4, mask_zero=true)\n"

BODIES = [
    "return x -> LSTM(3)",
    "return x -> LSTM(3, return_sequences=true)",
    "return x -> GRU(3, go_backwards=true, return_sequences=true)",
    "return x -> SimpleRNN(3, return_sequences=true) -> GRU(2)",
    "y, h, c = x -> LSTM(3, return_state=true, return_sequences=true)\n  return y, h, c",
    "_, h = x -> GRU(3, return_state=true)\n  return (x, h) -> GRU(3)",
    "return x -> Bidirectional(LSTM(3))",
    "return x -> Bidirectional(GRU(3, return_sequences=true)) -> LSTM(2)",
    "return x -> Bidirectional(GRU(3, return_sequences=true), merge_mode=mul)",
    "_, b = x -> Bidirectional(GRU(3, return_sequences=true), merge_mode=none)\n"
    "  return b -> LSTM(2)",
    "return x -> Bidirectional(GRU(3, return_sequences=true), "
    "backward_layer=LSTM(3, return_sequences=true, go_backwards=true))",
    "return x -> TimeDistributed(Dense(3)) -> LSTM(2)",
    "return x -> Dropout(0.5) -> LayerNormalization -> Dense(3) -> relu -> LSTM(2)",
    "y = x -> Dense(4)\n  return (x, y) -> Add -> LSTM(2)",
    "y = ids -> Embedding(9, 2, mask_zero=true)\n  return (x, y) -> Concatenate -> LSTM(2)",
    "y = ids -> Embedding(9, 4)\n  return (x, y) -> Add -> LSTM(2)",
    "y = ids -> Embedding(9, 4)\n  return (x, y) -> Concatenate -> LSTM(2)",
    "y = x -> LSTM(4, return_sequences=true) -> Masking\n  return (x, y) -> Add -> LSTM(2)",
    "y = x -> LSTM(4, return_sequences=true) -> Masking\n  return (x, y) -> Concatenate -> LSTM(2)",
    "return x * 2 -> LSTM(2)",
    "return x[:, 1:] -> LSTM(2)",
    "return x -> relu -> Conv1D(4, 2) -> LSTM(2)",
    "return x -> Masking -> LSTM(2)",
    *(
        body
        for merge in ("Multiply", "Maximum", "Minimum")
        for body in (
            f"return (x, x) -> {merge}",
            f"y = x -> Dense(4)\n  return (x, y) -> {merge} -> LSTM(2)",
            f"y = ids -> Embedding(9, 4)\n  return (x, y) -> {merge}, (y, x) -> {merge}",
            f"y = x -> Dense(1) -> ReLU -> Masking\n  return (x, y, x) -> {merge} -> LSTM(2)",
            f"y = x -> Dense(1) -> ReLU -> Masking\n  return (y, x) -> {merge}",
            f"y = x[:, 0]\n  return (x, y) -> {merge} -> LSTM(2), (y, x) -> {merge}",
        )
    ),
]


@pytest.mark.filterwarnings("ignore:Layer .* does not support masking")
@pytest.mark.parametrize("body", BODIES)
def test_every_pattern_of_padding_gives_what_keras_gives(tmp_path: Path, body: str) -> None:
    both(net(tmp_path, f"{EMBEDDED}  {body}"), IDS)


@pytest.mark.parametrize("opset", [17, 20, 23])
def test_opsets(tmp_path: Path, opset: int) -> None:
    text = f"{EMBEDDED}  return x -> Bidirectional(LSTM(3, return_sequences=true))"
    both(net(tmp_path, text), IDS, opset)


def test_a_known_length(tmp_path: Path) -> None:
    text = f"{EMBEDDED}  return x -> LSTM(3, return_sequences=true)"
    both(net(tmp_path, text, "ids: int32[N, 6]"), IDS)


def test_padding_changes_nothing(tmp_path: Path) -> None:
    checked = net(tmp_path, f"{EMBEDDED}  return x -> LSTM(3)")
    behind, before = np.array([[3, 1, 4, 0, 0]], np.int32), np.array([[0, 0, 3, 1, 4]], np.int32)
    (expected,) = both(checked, behind[:, :3])
    np.testing.assert_allclose(both(checked, behind)[0], expected, atol=1e-6)
    np.testing.assert_allclose(both(checked, before)[0], expected, atol=1e-6)
    unmasked = net(tmp_path, "  return ids -> Embedding(9, 4) -> LSTM(3)")
    assert not np.allclose(both(unmasked, behind)[0], both(unmasked, behind[:, :3])[0])


def test_masking_by_value(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(np.float32)
    x[0, 3:] = x[1, :2] = x[2, 1::2] = -1
    text = "  return x -> Masking(-1) -> LSTM(3)"
    both(net(tmp_path, text, "x: float32[N, T, 3]"), x)


def test_mean_over_the_steps_that_count(tmp_path: Path) -> None:
    checked = net(tmp_path, f"{EMBEDDED}  return x -> GlobalAveragePooling1D")
    rows = IDS[IDS.any(axis=1)]
    both(checked, rows)
    table = SeededWeights(5)
    (layer,) = (n for n in checked if n.weights)
    values = table.tensor(layer.layer, layer.weights[0]).read()
    (ours,) = both(checked, np.array([[3, 0, 1, 0]], np.int32))
    np.testing.assert_allclose(ours[0], (values[3] + values[1]) / 2, atol=1e-6)


def test_a_mask_that_nobody_uses_is_not_built(tmp_path: Path) -> None:
    checked = net(tmp_path, f"{EMBEDDED}  return x -> Dense(3)")
    assert [node.path for node in checked if node.path.endswith("/mask")] == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "return x -> MultiHeadAttention(2, 2)",
            "`MultiHeadAttention` gets a tensor that carries a mask, "
            "and takes masks by name only: `value_mask=…`",
        ),
        (
            "return x -> softmax -> LSTM(2)",
            "`Softmax` gets a tensor that carries a mask, and Keras's Softmax takes it for one of "
            "features: write `Dense(…, activation=softmax)`",
        ),
        (
            "return (x, x) -> Concatenate(axis=1) -> LSTM(2)",
            "`Concatenate` gets a tensor that carries a mask, "
            "and joins along another axis than the last, -1",
        ),
    ],
)
def test_layers_that_refuse_a_mask(tmp_path: Path, body: str, message: str) -> None:
    assert fault(tmp_path, f"{EMBEDDED}  {body}") == message


def test_a_wrong_mask_is_refused(tmp_path: Path) -> None:
    head = "x: float32[N, T, 3], m: bool[N, S]"
    assert fault(tmp_path, "  return (x, m) -> LSTM(2)", head) == (
        "the mask of `LSTM` must be bool[N, T] for a sequence [N, T, 3], got bool[N, S]"
    )


def test_two_masks_are_one_too_many(tmp_path: Path) -> None:
    head = "ids: int32[N, T], m: bool[N, T]"
    assert fault(tmp_path, f"{EMBEDDED}  return (x, m) -> LSTM(2)", head) == (
        "`LSTM` is given a mask, and its first tensor carries one already"
    )


def sequence_layers() -> list[tuple[str, Op]]:
    """Every layer that takes one tensor `[batch, time, features]`, by its first such example."""
    found = []
    for name, cls in OPS.items():
        for example in cls.examples:
            ranks = [len(given.shape) for given in example.inputs]
            floats = all(given.dtype == "float32" for given in example.inputs)
            if ranks == [3] and floats and isinstance(example.inputs[0].shape[2], int):
                found.append((name, construct(cls, example.args)))
                break
    return found


@pytest.mark.parametrize(("name", "op"), [pytest.param(n, o, id=n) for n, o in sequence_layers()])
def test_a_layer_carries_a_mask_on_where_its_keras_layer_does(name: str, op: Op) -> None:
    if op.refuses_mask():
        return
    example = next(e for e in OPS[name].examples if len(e.inputs[0].shape) == 3)
    net = Net()
    x = net.input(*example.inputs[0].shape)
    made = net.add(op, net.add(Masking(), x))
    carried = made in net.graph.masks
    checked = net.checked(made)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Layer .* does not support masking")
        model = lower_keras(checked, keras=keras)
    assert carried == (getattr(model.outputs[0], "_keras_mask", None) is not None)
