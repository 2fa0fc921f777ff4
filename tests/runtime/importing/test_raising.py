"""What exporters spell out node by node becomes the layer that it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .graphs import Graph, layers

Spelt = Callable[[Graph, str], str]


def named(value: object) -> str:
    """A case by the function that spells it out."""
    return getattr(value, "__name__", "")


def erf(g: Graph, x: str) -> str:
    """x * 0.5 * (1 + erf(x / √2)), as PyTorch has it before opset 20."""
    curve = g.call("Add", g.call("Erf", g.call("Div", x, g.known(2**0.5))), g.known(1.0))
    return g.call("Mul", g.call("Mul", x, curve), g.known(0.5))


def half_first(g: Graph, x: str) -> str:
    """(0.5 * x) * (1 + erf(x * √½)), as Keras has it."""
    curve = g.call("Erf", g.call("Mul", x, g.known(0.5**0.5)))
    return g.call("Mul", g.call("Mul", g.known(0.5), x), g.call("Add", g.known(1.0), curve))


def tanh(g: Graph, x: str) -> str:
    """0.5 * x * (1 + tanh(√(2/π) * (x + 0.044715 * x³)))."""
    cube = g.call("Mul", g.call("Pow", x, g.known(3.0)), g.known(0.044715))
    inside = g.call("Mul", g.call("Add", x, cube), g.known((2 / np.pi) ** 0.5))
    curve = g.call("Add", g.call("Tanh", inside), g.known(1.0))
    return g.call("Mul", g.call("Mul", x, g.known(0.5)), curve)


def tanh_of_products(g: Graph, x: str) -> str:
    """0.5 * x * (1 + tanh(√(2/π) * x * (1 + 0.044715 * x * x)))."""
    square = g.call("Mul", g.call("Mul", g.known(0.044715), x), x)
    slope = g.call("Mul", x, g.known((2 / np.pi) ** 0.5))
    inside = g.call("Mul", slope, g.call("Add", g.known(1.0), square))
    curve = g.call("Add", g.known(1.0), g.call("Tanh", inside))
    return g.call("Mul", g.known(0.5), g.call("Mul", x, curve))


def swish(g: Graph, x: str) -> str:
    """x * sigmoid(x)."""
    return g.call("Mul", g.call("Sigmoid", x), x)


def hard_swish(g: Graph, x: str) -> str:
    """x * relu6(x + 3) / 6."""
    six = g.call("Clip", g.call("Add", x, g.known(3.0)), g.known(0.0), g.known(6.0))
    return g.call("Div", g.call("Mul", x, six), g.known(6.0))


def hard_swish_of_six(g: Graph, x: str) -> str:
    """x * (relu6(x + 3) * (1 / 6)), as Keras has it."""
    six = g.call("Clip", g.call("Add", x, g.known(3.0)), g.known(0.0), g.known(6.0))
    return g.call("Mul", x, g.call("Mul", six, g.known(1 / 6)))


def hard_sigmoid_gate(g: Graph, x: str) -> str:
    """x * HardSigmoid(x)."""
    return g.call("Mul", x, g.call("HardSigmoid", x, alpha=1 / 6, beta=0.5))


def hard_sigmoid(g: Graph, x: str) -> str:
    """relu6(x + 3) / 6."""
    six = g.call("Clip", g.call("Add", x, g.known(3.0)), g.known(0.0), g.known(6.0))
    return g.call("Div", six, g.known(6.0))


def clipped_line(g: Graph, x: str) -> str:
    """clip(x / 6 + 0.5, 0, 1)."""
    line = g.call("Add", g.call("Mul", x, g.known(1 / 6)), g.known(0.5))
    return g.call("Clip", line, g.known(0.0), g.known(1.0))


def mish(g: Graph, x: str) -> str:
    """x * tanh(softplus(x))."""
    return g.call("Mul", x, g.call("Tanh", g.call("Softplus", x)))


def softplus(g: Graph, x: str) -> str:
    """log(exp(x) + 1)."""
    return g.call("Log", g.call("Add", g.call("Exp", x), g.known(1.0)))


ACTIVATIONS: list[tuple[Spelt, str]] = [
    (erf, "GELU"),
    (half_first, "GELU"),
    (tanh, "GELU(approximate=true)"),
    (tanh_of_products, "GELU(approximate=true)"),
    (swish, "SiLU"),
    (hard_swish, "HardSiLU"),
    (hard_swish_of_six, "HardSiLU"),
    (hard_sigmoid_gate, "HardSiLU"),
    (hard_sigmoid, "HardSigmoid"),
    (clipped_line, "HardSigmoid"),
    (mish, "Mish"),
    (softplus, "Softplus"),
]


@pytest.mark.parametrize(("spelt", "layer"), ACTIVATIONS, ids=named)
def test_activations(spelt: Spelt, layer: str, tmp_path: Path) -> None:
    graph = Graph(x=["N", 6])
    made = graph.imported(tmp_path, spelt(graph, "x"))

    assert made.proof.equal
    assert f"return x -> {layer}\n" in made.text


def test_a_product_is_an_activation_of_a_product_too(tmp_path: Path) -> None:
    """GELU of `a * b`: its own product and that of its argument are told apart."""
    graph = Graph(a=["N", 6], b=["N", 6])
    made = graph.imported(tmp_path, erf(graph, graph.call("Mul", "a", "b")))

    assert made.proof.equal
    assert "return a * b -> GELU\n" in made.text


def test_what_is_almost_an_activation_stays(tmp_path: Path) -> None:
    graph = Graph(x=["N", 6])
    curve = graph.call("Add", graph.call("Erf", "x"), graph.known(1.0))
    made = graph.imported(
        tmp_path, graph.call("Mul", graph.call("Mul", "x", curve), graph.known(0.5))
    )

    assert made.proof.equal
    assert "Erf" in layers(made)


def deviation(g: Graph, x: str) -> tuple[str, str]:
    """x less its mean, and √(variance + 1e-5)."""
    centred = g.call("Sub", x, g.call("ReduceMean", x, axes=[-1]))
    square = g.call("ReduceMean", g.call("Pow", centred, g.known(2.0)), axes=[-1])
    return centred, g.call("Sqrt", g.call("Add", square, g.known(1e-5)))


def torch_norm(g: Graph, x: str) -> str:
    """PyTorch's LayerNorm before opset 17."""
    centred, root = deviation(g, x)
    scaled = g.call("Mul", g.call("Div", centred, root), g.weight(8))
    return g.call("Add", scaled, g.weight(8))


def reciprocal_norm(g: Graph, x: str) -> str:
    """The same with a reciprocal, and the scale in front."""
    centred, root = deviation(g, x)
    scaled = g.call("Mul", g.weight(8), g.call("Mul", centred, g.call("Reciprocal", root)))
    return g.call("Add", g.weight(8), scaled)


def tensorflow_norm(g: Graph, x: str) -> str:
    """x * s + (beta - mean * s), s = rsqrt(variance + epsilon) * gamma."""
    mean = g.call("ReduceMean", x, axes=[-1])
    away = g.call("Sub", x, mean)
    variance = g.call("ReduceMean", g.call("Mul", away, away), axes=[-1])
    root = g.call("Sqrt", g.call("Add", variance, g.known(1e-5)))
    scale = g.call("Mul", g.call("Reciprocal", root), g.weight(8))
    shift = g.call("Sub", g.weight(8), g.call("Mul", mean, scale))
    return g.call("Add", g.call("Mul", x, scale), shift)


def llama_norm(g: Graph, x: str) -> str:
    """Llama's: gamma * (x * rsqrt(mean(x²) + epsilon))."""
    square = g.call("ReduceMean", g.call("Pow", x, g.known(2.0)), axes=[-1])
    root = g.call("Sqrt", g.call("Add", square, g.known(1e-5)))
    whole = g.call("Mul", x, g.call("Div", g.known(1.0), root))
    return g.call("Mul", g.weight(8), whole)


def unit(g: Graph, x: str) -> str:
    """x / max(‖x‖, 1e-12), as PyTorch's `normalize` has it."""
    norm = g.call("ReduceL2", x, axes=[-1])
    return g.call("Div", x, g.call("Max", norm, g.known(1e-12)))


NORMS: list[tuple[Spelt, str]] = [
    (torch_norm, "LayerNormalization(epsilon=1e-05)"),
    (reciprocal_norm, "LayerNormalization(epsilon=1e-05)"),
    (tensorflow_norm, "LayerNormalization(epsilon=1e-05)"),
    (llama_norm, "RMSNormalization(epsilon=1e-05)"),
    (unit, "UnitNormalization"),
]


@pytest.mark.parametrize(("spelt", "layer"), NORMS, ids=named)
def test_normalizations(spelt: Spelt, layer: str, tmp_path: Path) -> None:
    graph = Graph(opset=13, x=["N", "T", 8])
    made = graph.imported(tmp_path, spelt(graph, "x"))

    assert made.proof.equal
    assert f"return x -> {layer}\n" in made.text


@pytest.mark.parametrize("op", ["ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"])
def test_reductions_that_compute_are_written(op: str, tmp_path: Path) -> None:
    graph = Graph(opset=13, x=["N", 5, 8])
    made = graph.imported(tmp_path, graph.call(op, "x", axes=[1], keepdims=0))

    assert made.proof.equal
    assert made.raw == {}


HEADS, SIZE, PLACES = 2, 4, 5
WIDTH = HEADS * SIZE


def dense(g: Graph, x: str, width: int = WIDTH) -> str:
    """A linear layer."""
    return g.call("Add", g.call("MatMul", x, g.weight(WIDTH, width)), g.weight(width))


def split(g: Graph, x: str, *order: int) -> str:
    """[N, T, C] in heads, in another order."""
    rows = g.call("Reshape", x, g.known([0, -1, HEADS, SIZE]))
    return g.call("Transpose", rows, perm=list(order))


def joined(g: Graph, x: str) -> str:
    """[N, heads, T, size] as [N, T, C], projected."""
    rows = g.call("Transpose", x, perm=[0, 2, 1, 3])
    return dense(g, g.call("Reshape", rows, g.known([0, -1, WIDTH])))


def attended(g: Graph, masked: Callable[[Graph, str], str]) -> str:
    """Self-attention, its scores masked in some way."""
    q, k, v = (split(g, dense(g, "x"), 0, 2, *rest) for rest in ((1, 3), (3, 1), (1, 3)))
    scores = masked(g, g.call("Div", g.call("MatMul", q, k), g.known(SIZE**0.5)))
    return joined(g, g.call("MatMul", g.call("Softmax", scores, axis=-1), v))


def plain(g: Graph, scores: str) -> str:
    """No mask."""
    return scores


def added(g: Graph, scores: str) -> str:
    """PyTorch's causal mask: -∞ above the diagonal."""
    mask = np.triu(np.full((PLACES, PLACES), -np.inf, np.float32), 1)
    return g.call("Add", scores, g.known(mask))


def chosen(g: Graph, scores: str) -> str:
    """GPT-2's: `where(triangle, scores, lowest)`."""
    triangle = np.tri(PLACES, dtype=bool).reshape(1, 1, PLACES, PLACES)
    return g.call("Where", g.known(triangle), scores, g.known(float(np.finfo(np.float32).min)))


def padding(g: Graph, scores: str) -> str:
    """BERT's: (1 - real) * -10000, added."""
    wide = g.call("Unsqueeze", "real", g.known([1, 2]))
    return g.call("Add", scores, g.call("Mul", g.call("Sub", g.known(1.0), wide), g.known(-1e4)))


def shut(g: Graph, scores: str) -> str:
    """`where(padding, -∞, scores)`, as PyTorch's key_padding_mask."""
    wide = g.call("Unsqueeze", g.call("Greater", "real", g.known(-2.5)), g.known([1, 2]))
    return g.call("Where", wide, scores, g.known(-np.inf))


MASKS: list[tuple[Callable[[Graph, str], str], str]] = [
    (plain, "MultiHeadAttention(2, 4)"),
    (added, "MultiHeadAttention(2, 4, use_causal_mask=true)"),
    (chosen, "MultiHeadAttention(2, 4, use_causal_mask=true)"),
    (padding, "attention_mask="),
    (shut, "value_mask="),
]


@pytest.mark.parametrize(("masked", "written"), MASKS, ids=named)
def test_attention_with_masks(
    masked: Callable[[Graph, str], str], written: str, tmp_path: Path
) -> None:
    more = {"real": ["N", PLACES]} if masked in (padding, shut) else {}
    graph = Graph(x=["N", PLACES, WIDTH], **more)
    made = graph.imported(tmp_path, attended(graph, masked))

    assert made.proof.equal
    assert made.layers["MultiHeadAttention"] == 1
    assert written in made.text
    assert "Softmax" not in made.text


def test_attention_of_one_projection_and_time_first(tmp_path: Path) -> None:
    """`torch.nn.MultiheadAttention`: one projection, time first, heads merged with the batch."""
    g = Graph(x=["N", PLACES, WIDTH])
    three = dense(g, g.call("Transpose", "x", perm=[1, 0, 2]), 3 * WIDTH)
    apart = g.call("Reshape", three, g.known([0, 0, 3, WIDTH]))
    stacked = g.call("Transpose", g.call("Unsqueeze", apart, g.known([0])), perm=[3, 1, 2, 0, 4])
    parts = []
    for place in range(3):
        part = g.call("Gather", g.call("Squeeze", stacked, g.known([3])), g.known(place), axis=0)
        heads = g.call("Reshape", part, g.known([PLACES, -1, SIZE]))
        parts.append(g.call("Transpose", heads, perm=[1, 0, 2]))
    q, k, v = parts
    scores = g.call(
        "MatMul", g.call("Mul", q, g.known(SIZE**-0.5)), g.call("Transpose", k, perm=[0, 2, 1])
    )
    seen = g.call("MatMul", g.call("Softmax", scores, axis=-1), v)
    rows = g.call("Reshape", g.call("Transpose", seen, perm=[1, 0, 2]), g.known([-1, WIDTH]))
    out = g.call("Gemm", rows, g.weight(WIDTH, WIDTH), g.weight(WIDTH), transB=1)
    y = g.call("Reshape", out, g.known([PLACES, -1, WIDTH]))
    made = g.imported(tmp_path, g.call("Transpose", y, perm=[1, 0, 2]))

    assert made.proof.equal
    assert "return x -> MultiHeadAttention(2, 4)\n" in made.text


def test_attention_of_one_sequence_into_another(tmp_path: Path) -> None:
    g = Graph(x=["N", PLACES, WIDTH], memory=["N", 7, WIDTH])
    q = split(g, dense(g, "x"), 0, 2, 1, 3)
    k, v = split(g, dense(g, "memory"), 0, 2, 3, 1), split(g, dense(g, "memory"), 0, 2, 1, 3)
    scores = g.call("Mul", g.call("MatMul", q, k), g.known(SIZE**-0.5))
    made = g.imported(tmp_path, joined(g, g.call("MatMul", g.call("Softmax", scores, axis=-1), v)))

    assert made.proof.equal
    assert "return (x, memory) -> MultiHeadAttention(2, 4)\n" in made.text


def test_attention_without_its_scale_has_it_in_the_query(tmp_path: Path) -> None:
    """T5 does not divide the scores; the layer does, so the query is that much larger."""
    g = Graph(x=["N", PLACES, WIDTH])
    q, k, v = (split(g, dense(g, "x"), 0, 2, *rest) for rest in ((1, 3), (3, 1), (1, 3)))
    weights = g.call("Softmax", g.call("MatMul", q, k), axis=-1)
    made = g.imported(tmp_path, joined(g, g.call("MatMul", weights, v)))

    assert made.proof.equal
    assert "return x -> MultiHeadAttention(2, 4)\n" in made.text


def test_moves_that_cancel_are_gone(tmp_path: Path) -> None:
    g = Graph(x=["N", 4, 6])
    halves = [
        g.call("Slice", "x", g.known([a]), g.known([b]), g.known([2])) for a, b in ((0, 3), (3, 6))
    ]
    there = g.call("Transpose", g.call("Concat", *halves, axis=2), perm=[0, 2, 1])
    back = g.call("Transpose", g.call("Reshape", there, g.known([0, 6, 2, 2])), perm=[0, 2, 3, 1])
    made = g.imported(tmp_path, g.call("Relu", g.call("Reshape", back, g.known([0, 4, 6]))))

    assert made.proof.equal
    assert "return x -> ReLU\n" in made.text


def test_a_scale_and_a_shift_behind_a_convolution_are_its_kernel_and_bias(tmp_path: Path) -> None:
    """TensorFlow's exporter writes a normalization behind a depthwise convolution so."""
    g = Graph(x=["N", 4, 8, 8])
    y = g.call("Conv", "x", g.weight(4, 1, 3, 3), group=4, pads=[1, 1, 1, 1])
    y = g.call("Mul", y, g.weight(1, 4, 1, 1))
    y = g.call("Relu", g.call("Add", y, g.weight(1, 4, 1, 1)))
    y = g.call("Mul", g.call("Conv", y, g.weight(6, 4, 1, 1), g.weight(6)), g.weight(1, 6, 1, 1))
    made = g.imported(tmp_path, g.call("Add", y, g.weight(1, 6, 1, 1)))

    assert made.proof.equal
    assert "return x -> DepthwiseConv2D(3, padding=same) -> ReLU -> Conv2D(6, 1)\n" in made.text


def test_a_scale_and_a_shift_of_a_picture_are_a_normalization(tmp_path: Path) -> None:
    g = Graph(x=["N", 5, 8, 8])
    y = g.call("Add", g.call("Mul", "x", g.weight(1, 5, 1, 1)), g.weight(1, 5, 1, 1))
    made = g.imported(tmp_path, g.call("GlobalAveragePool", g.call("Relu", y)))

    assert made.proof.equal
    assert "= x -> BatchNormalization -> ReLU -> GlobalAveragePooling2D\n" in made.text
