"""PyTorch's attention and recurrent layers in netc's, in NumPy and beside PyTorch itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array, Tensor
from netc.runtime.infer.session import Session
from netc.runtime.weights import load_weights
from netc.runtime.weights.file import WeightFile
from netc.runtime.weights.match import match_torch
from netc.runtime.weights.torch_parts import attention, bidirectional, recurrent
from netc.runtime.weights.torch_state import layers_of_state, with_attention
from safetensors.numpy import save_file

from ..nets import net


def tensors(**arrays: Array) -> dict[str, Tensor]:
    return {
        name.replace("__", "."): Tensor(array.shape, str(array.dtype), lambda array=array: array)
        for name, array in arrays.items()
    }


def drawn(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def test_the_projections_of_attention_are_rows_of_one_tensor() -> None:
    whole, bias, out = drawn(12, 6), drawn(12), drawn(6, 4)
    made = attention(
        (6, 2, 2),
        (6, 2, 2),
        tensors(in_proj_weight=whole, in_proj_bias=bias, out_proj__weight=out, out_proj__bias=bias),
    )
    assert made is not None
    x = drawn(5, 6)
    for index, name in enumerate(("query", "key", "value")):
        rows = slice(4 * index, 4 * index + 4)
        ours = np.einsum("ni,ihd->nhd", x, made[f"{name}/kernel"].read())
        theirs = (x @ whole[rows].T).reshape(5, 2, 2)
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
        np.testing.assert_array_equal(made[f"{name}/bias"].read(), bias[rows].reshape(2, 2))
    heads = drawn(5, 2, 2)
    ours = np.einsum("nhd,hdo->no", heads, made["attention_output/kernel"].read())
    np.testing.assert_allclose(ours, heads.reshape(5, 4) @ out.T, atol=1e-6)


def test_attention_with_more_than_netc_has_is_refused() -> None:
    weights = tensors(in_proj_weight=drawn(12, 6), out_proj__weight=drawn(6, 4), bias_k=drawn(4))
    assert attention((6, 2, 2), (6, 2, 2), weights) is None
    del weights["bias_k"]
    assert attention((6, 2, 2), (6, 2, 2), weights) is not None
    assert attention((6, 2, 3), (6, 2, 3), weights) is None, "heads of another size"


def test_the_gates_of_a_gru_change_places() -> None:
    kernel, back = drawn(6, 3), drawn(6, 2)
    made = recurrent("GRU", tensors(weight_ih=kernel, weight_hh=back))
    assert made is not None
    reset, update, new = np.split(kernel.T, 3, axis=1)
    np.testing.assert_array_equal(
        made["kernel"].read(), np.concatenate([update, reset, new], axis=1)
    )


def test_each_direction_gets_its_own() -> None:
    arrays = {
        f"weight_{part}{way}": drawn(8, 2, seed=seed)
        for seed, (part, way) in enumerate(
            (part, way) for part in ("ih", "hh") for way in ("", "_reverse")
        )
    }
    kinds = {"forward_layer/": "LSTM", "backward_layer/": "LSTM"}
    made = bidirectional(kinds, tensors(**arrays))
    assert made is not None
    for prefix, way in (("forward_layer/", ""), ("backward_layer/", "_reverse")):
        np.testing.assert_array_equal(made[f"{prefix}kernel"].read(), arrays[f"weight_ih{way}"].T)
    del arrays["weight_hh_reverse"]
    assert bidirectional(kinds, tensors(**arrays)) is None


def test_parts_of_one_layer_are_put_together() -> None:
    names = (
        *("rnn.weight_ih_l0", "rnn.weight_ih_l0_reverse", "rnn.weight_ih_l1"),
        *("look.in_proj_weight", "look.out_proj.weight", "other.out_proj.weight"),
    )
    layers = layers_of_state({name: Tensor((1,), "float32", lambda: drawn(1)) for name in names})
    assert {layer.name: [w.name for w in layer.weights] for layer in layers} == {
        "rnn.l0": ["weight_ih", "weight_ih_reverse"],
        "rnn.l1": ["weight_ih"],
        "look": ["in_proj_weight", "out_proj.weight"],
        "other.out_proj": ["weight"],
    }


@pytest.mark.parametrize("names", ["query key value out", "q_proj k_proj v_proj o_proj"])
def test_four_linear_modules_are_attention(tmp_path: Path, names: str) -> None:
    arrays = {
        f"block.{name}.{part}": drawn(*shape, seed=len(name))
        for name in names.split()
        for part, shape in (("weight", (6, 6)), ("bias", (6,)))
    }
    file = WeightFile(Path("w"), "", layers_of_state(tensors(**arrays)), True)
    text = "net Small(x: float32[N, T, 6]) { return (x, x) -> MultiHeadAttention(2, 3) }\n"
    (pair,) = match_torch(net(tmp_path, text), file).pairs
    assert pair.stored.name == "block"
    for ours, theirs in zip(("query", "key", "value"), names.split(), strict=False):
        kernel = pair.tensors[f"{ours}/kernel"].read().reshape(6, 6)
        np.testing.assert_array_equal(kernel, arrays[f"block.{theirs}.weight"].T)
    dense = "Dense(6) -> Dense(6) -> Dense(6) -> Dense(6)"
    other = net(tmp_path, f"net Small(x: float32[N, T, 6]) {{ return x -> {dense} }}\n")
    assert len(match_torch(other, file).pairs) == 4


def test_the_projections_of_llama_are_grouped_attention(tmp_path: Path) -> None:
    """Fewer heads of keys and values than of queries, as Hugging Face names them."""
    from safetensors.numpy import save_file

    shapes = {"q_proj": (8, 6), "k_proj": (4, 6), "v_proj": (4, 6), "o_proj": (6, 8)}
    arrays = {
        f"model.layers.0.self_attn.{name}.weight": drawn(*shape, seed=index)
        for index, (name, shape) in enumerate(shapes.items())
    }
    save_file(arrays, tmp_path / "w.safetensors")
    layer = "GroupQueryAttention(2, 4, 2, use_bias=false, rope=RotaryEmbedding)"
    checked = net(tmp_path, f"net Small(x: float32[N, T, 6]) {{ return x -> {layer} }}\n")
    (pair,) = load_weights(tmp_path / "w.safetensors", checked).match.pairs
    theirs = {name: arrays[f"model.layers.0.self_attn.{name}.weight"] for name in shapes}
    parts = zip(("query", "key", "value"), ("q_proj", "k_proj", "v_proj"), strict=True)
    for ours, name in parts:
        kernel = pair.tensors[f"{ours}/kernel"].read()
        np.testing.assert_array_equal(kernel, theirs[name].T.reshape(6, -1, 2))
    out = pair.tensors["attention_output/kernel"].read()
    np.testing.assert_array_equal(out, theirs["o_proj"].T.reshape(4, 2, 6))


def test_safetensors_of_recurrent_layers(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    arrays = {
        f"rnn.weight_{part}_l{index}": drawn(8, 2, seed=index)
        for index in (0, 1)
        for part in ("ih", "hh")
    }
    save_file(arrays, tmp_path / "w.safetensors")
    layer = "LSTM(2, use_bias=false, return_sequences=true)"
    names = "as rnn_l0 -> " + layer + " as rnn_l1"
    checked = net(tmp_path, f"net Small(x: float32[N, T, 2]) {{ return x -> {layer} {names} }}\n")
    source = load_weights(tmp_path / "w.safetensors", checked)
    for pair in source.match.pairs:
        kernel = pair.tensors["kernel"].read()
        np.testing.assert_array_equal(kernel, arrays[f"rnn.weight_ih_{pair.layer[4:]}"].T)


def agree(folder: Path, text: str, module: Any, run: Any, **inputs: Array) -> None:
    """netc with the module's weights computes what the module does."""
    import torch

    module.eval()
    torch.save(module.state_dict(), folder / "w.pt")
    checked = net(folder, text)
    source = load_weights(folder / "w.pt", checked)
    (got,) = Session.from_checked(checked, source).run(inputs).values()
    with torch.no_grad():
        expected = run(module, *(torch.from_numpy(array) for array in inputs.values()))
    np.testing.assert_allclose(got, expected.numpy(), atol=2e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_deep_recurrent_layers_of_both_directions(tmp_path: Path, kind: str) -> None:
    torch = pytest.importorskip("torch")
    layer = f"Bidirectional({kind.replace('RNN', 'SimpleRNN')}(5, return_sequences=true))"
    agree(
        tmp_path,
        f"net Small(x: float32[N, T, 3]) {{ return x -> {layer} -> {layer} }}\n",
        getattr(torch.nn, kind)(3, 5, num_layers=2, bidirectional=True, batch_first=True),
        lambda module, x: module(x)[0],
        x=drawn(2, 7, 3),
    )


@pytest.mark.parametrize("bias", [True, False])
def test_self_attention(tmp_path: Path, bias: bool) -> None:
    torch = pytest.importorskip("torch")
    plain = "" if bias else ", use_bias=false"
    agree(
        tmp_path,
        f"net Small(x: float32[N, T, 6]) {{ return (x, x) -> MultiHeadAttention(2, 3{plain}) }}\n",
        torch.nn.MultiheadAttention(6, 2, bias=bias, batch_first=True),
        lambda module, x: module(x, x, x)[0],
        x=drawn(2, 7, 6),
    )


def test_attention_of_other_sizes(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    agree(
        tmp_path,
        "net Small(q: float32[N, T, 6], v: float32[N, S, 4], k: float32[N, S, 5]) {\n"
        "  return (q, v, k) -> MultiHeadAttention(2, 3)\n}\n",
        torch.nn.MultiheadAttention(6, 2, kdim=5, vdim=4, batch_first=True),
        lambda module, q, v, k: module(q, k, v)[0],
        q=drawn(2, 7, 6),
        v=drawn(2, 3, 4),
        k=drawn(2, 3, 5),
    )


ENCODERS = """
block Encoder(x: [N, T, D], heads: int, hidden: int) -> [N, T, D] {
  y = x + ((x, x) -> MultiHeadAttention(heads, D / heads)) -> LayerNormalization(epsilon=1e-5)
  z = y -> Dense(hidden, activation=relu) -> Dense(D)
  return y + z -> LayerNormalization(epsilon=1e-5)
}

net Small(x: float32[N, T, 6]) { return x -> Encoder(2, 9) * 2 }
"""


def test_a_transformer_encoder(tmp_path: Path) -> None:
    """PyTorch lists both norms of a layer behind its feed-forward part."""
    torch = pytest.importorskip("torch")
    layer = torch.nn.TransformerEncoderLayer(6, 2, 9, batch_first=True)
    module = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(-1, 1)
    agree(tmp_path, ENCODERS, module, lambda module, x: module(x), x=drawn(2, 7, 6))


@pytest.mark.parametrize(
    ("length", "direction"),
    [
        ("weight_g", "weight_v"),
        ("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ],
)
def test_a_weight_normalized_kernel_is_its_product(
    tmp_path: Path, length: str, direction: str
) -> None:
    checked = net(tmp_path, "net One(x: float32[N, T, 3]) { return x -> Conv1D(4, 2) as conv }\n")
    g, v, bias = drawn(4, 1, 1), drawn(4, 3, 2), drawn(4)
    arrays = {"c.bias": bias, f"c.{length}": g, f"c.{direction}": v}
    save_file(arrays, tmp_path / "w.safetensors")
    source = load_weights(tmp_path / "w.safetensors", checked)
    kernel = checked.layers()["conv"].weights[0]
    long = np.sqrt((v**2).sum(axis=(1, 2), keepdims=True))
    expected = (g * v / long).transpose(2, 1, 0)
    np.testing.assert_allclose(source.tensor("conv", kernel).read(), expected, atol=1e-6)


def test_a_gru_with_a_normalized_kernel(tmp_path: Path) -> None:
    checked = net(tmp_path, "net One(x: float32[N, T, 3]) { return x -> GRU(2, use_bias=false) }\n")
    arrays = {"r.weight_ih_l0": drawn(6, 3), "r.weight_hh_l0": drawn(6, 2)}
    save_file(arrays, tmp_path / "plain.safetensors")
    v = arrays.pop("r.weight_hh_l0")
    arrays |= {"r.weight_hh_l0_g": np.linalg.norm(v, axis=1, keepdims=True)}
    arrays |= {"r.weight_hh_l0_v": 3 * v}
    save_file(arrays, tmp_path / "normal.safetensors")
    for weight in checked.layers()["gru"].weights:
        plain, normal = (
            load_weights(tmp_path / f"{name}.safetensors", checked).tensor("gru", weight).read()
            for name in ("plain", "normal")
        )
        np.testing.assert_allclose(normal, plain, atol=1e-6)


@pytest.mark.parametrize(
    "names",
    [
        ("weight_g", "weight_w"),
        ("weight_g", "weight_v", "weight"),
    ],
    ids=["no direction", "a kernel beside them"],
)
def test_lengths_of_nothing_stay_what_they_are(names: tuple[str, ...]) -> None:
    arrays = {f"c__{name}": drawn(4, 1) for name in names}
    (layer,) = layers_of_state(tensors(**arrays))
    assert tuple(weight.name for weight in layer.weights) == names


@pytest.mark.parametrize("layer", ["Conv2D(4, 2)", "SpectralNormalization(layer=Conv2D(4, 2))"])
@pytest.mark.parametrize(
    ("kernel", "left", "right"),
    [
        ("weight_orig", "weight_u", "weight_v"),
        (
            "parametrizations.weight.original",
            "parametrizations.weight.0._u",
            "parametrizations.weight.0._v",
        ),
    ],
    ids=["plain", "parametrized"],
)
def test_a_spectrally_normalized_kernel_is_divided(
    tmp_path: Path, kernel: str, left: str, right: str, layer: str
) -> None:
    text = f"net One(x: float32[N, 5, 5, 4]) {{ return x -> {layer} as conv }}\n"
    checked = net(tmp_path, text)
    weight = drawn(4, 4, 2, 2)
    v = drawn(16, seed=1)
    u = weight.reshape(4, 16) @ v
    u /= np.linalg.norm(u)
    arrays = {"c.bias": drawn(4), f"c.{kernel}": weight, f"c.{left}": u, f"c.{right}": v}
    save_file(arrays, tmp_path / "w.safetensors")
    source = load_weights(tmp_path / "w.safetensors", checked)
    found = {
        each.name: source.tensor("conv", each).read() for each in checked.layers()["conv"].weights
    }
    expected = (weight / (u @ weight.reshape(4, 16) @ v)).transpose(2, 3, 1, 0)
    np.testing.assert_allclose(found["kernel"], expected, atol=1e-6)
    if "vector_u" in found:
        np.testing.assert_array_equal(found["vector_u"], u[None])


def test_torch_s_spectral_normalization(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    text = (
        "net One(x: float32[N, 8, 8, 3]) {\n"
        "  return x -> SpectralNormalization(layer=Conv2D(6, 3)) -> ReLU"
        " -> Conv2DTranspose(6, 2, strides=2) -> Flatten -> SpectralNormalization(layer=Dense(5))\n"
        "}\n"
    )
    for wrap in (nn.utils.spectral_norm, nn.utils.parametrizations.spectral_norm):
        torch.manual_seed(0)
        up = nn.ConvTranspose2d(6, 6, 2, 2)
        module = nn.Sequential(
            wrap(nn.Conv2d(3, 6, 3)), nn.ReLU(), wrap(up), nn.Flatten(), wrap(nn.Linear(864, 5))
        )
        with torch.no_grad():
            module(torch.rand(2, 3, 8, 8))
        agree(
            tmp_path,
            text,
            module.eval(),
            lambda module, x: module(x.permute(0, 3, 1, 2)),
            x=drawn(2, 8, 8, 3),
        )


@pytest.mark.parametrize(
    ("shape", "axes", "stored", "order"),
    [
        ((4, 5, 3), [1, 2, 3], (3, 4, 5), (1, 2, 0)),
        ((4, 4, 4), [1, 2, 3], (4, 4, 4), (1, 2, 0)),
        ((2, 4, 5, 3), [1, 2, 3, 4], (3, 2, 4, 5), (1, 2, 3, 0)),
        ((4, 5, 3), [1, 2], (4, 5), (0, 1)),
        ((4, 5), [1, 2], (4, 5), (0, 1)),
        ((4, 5), [1, 2], (5, 4), (1, 0)),
    ],
    ids=["picture", "cube", "volume", "each channel", "sequence", "channels first"],
)
def test_a_norm_over_inner_axes_gets_its_channels_last(
    tmp_path: Path,
    shape: tuple[int, ...],
    axes: list[int],
    stored: tuple[int, ...],
    order: tuple[int, ...],
) -> None:
    sizes = ", ".join(map(str, shape))
    layer = f"LayerNormalization(axis={axes}) as norm"
    checked = net(tmp_path, f"net One(x: float32[N, {sizes}]) {{ return x -> {layer} }}\n")
    weight, bias = drawn(*stored), drawn(*stored, seed=1)
    save_file({"n.weight": weight, "n.bias": bias}, tmp_path / "w.safetensors")
    source = load_weights(tmp_path / "w.safetensors", checked)
    gamma, beta = (source.tensor("norm", w).read() for w in checked.layers()["norm"].weights)
    np.testing.assert_array_equal(gamma, weight.transpose(order))
    np.testing.assert_array_equal(beta, bias.transpose(order))


def test_bert_s_attention_has_its_last_projection_beside_it() -> None:
    """`attention.self` has three of the projections, `attention.output` the last one."""
    layers = layers_of_state(
        tensors(
            **{f"a__self__{name}__weight": drawn(4, 4) for name in ("query", "key", "value")},
            a__output__dense__weight=drawn(4, 4),
            a__output__LayerNorm__weight=drawn(4),
        )
    )
    assert [layer.name for layer in with_attention(layers)] == ["a.self", "a.output.LayerNorm"]


def test_positions_are_a_table(tmp_path: Path) -> None:
    text = "net One(x: float32[N, T, 3]) -> [N, T, 3] { return x + (x -> PositionEmbedding(5)) }\n"
    checked = net(tmp_path, text)
    table = drawn(5, 3)
    save_file({"embeddings.positions.weight": table}, tmp_path / "w.safetensors")
    source = load_weights(tmp_path / "w.safetensors", checked)
    weight = checked.layers()["position_embedding"].weights[0]
    np.testing.assert_array_equal(source.tensor("position_embedding", weight).read(), table)
