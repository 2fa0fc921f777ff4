"""Words that a label shares with a name in the file, where nothing else tells layers apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.weights import WeightMismatch, load_weights
from netc.runtime.weights.names import told_by_words, words
from safetensors.numpy import save_file

from ..nets import net

GATED = """
block Gated(x: [N, C]) -> [N, C] {{
  {first} = x -> Dense(C, use_bias=false)
  {second} = x -> Dense(C, use_bias=false)
  return {first} * ({second} -> silu)
}}
net Two(x: float32[N, 4]) -> [N, 4] {{ return x -> Gated * 2 }}
"""


def saved(folder: Path, *names: str) -> Path:
    rng = np.random.default_rng(0)
    arrays = {f"{name}.weight": rng.uniform(-1, 1, (4, 4)).astype("float32") for name in names}
    save_file(arrays, folder / "w.safetensors")
    return folder / "w.safetensors"


def taken(folder: Path, first: str, second: str, *names: str) -> dict[str, str]:
    checked = net(folder, GATED.format(first=first, second=second))
    pairs = load_weights(saved(folder, *names), checked).match.pairs
    return {pair.layer: pair.stored.name for pair in pairs}


LISTED = tuple(f"layers.{n}.mlp.{name}_proj" for n in range(2) for name in ("gate", "up"))


@pytest.mark.parametrize(("first", "second"), [("up", "gate"), ("gate", "up")])
def test_a_label_is_a_word_of_the_name(tmp_path: Path, first: str, second: str) -> None:
    """In each layer, and whichever the net has first."""
    assert taken(tmp_path, first, second, *LISTED) == {
        "gated/gate": "layers.0.mlp.gate_proj",
        "gated/up": "layers.0.mlp.up_proj",
        "gated_1/gate": "layers.1.mlp.gate_proj",
        "gated_1/up": "layers.1.mlp.up_proj",
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [("wide", "narrow"), ("proj", "dense"), ("u", "g")],
    ids=["other words", "words of classes", "letters"],
)
def test_other_labels_tell_nothing(tmp_path: Path, first: str, second: str) -> None:
    with pytest.raises(WeightMismatch) as caught:
        taken(tmp_path, first, second, *LISTED)
    assert "in another order the outputs would differ" in "\n".join(caught.value.table)


def test_words_do_not_speak_against_the_order(tmp_path: Path) -> None:
    """The net works on `up` behind `down`, and the file is in order: it is not asked for words."""
    text = """
net Chain(x: float32[N, 4]) -> [N, 4] {
  return x -> Dense(4, use_bias=false) as down -> tanh -> Dense(4, use_bias=false) as up
}
"""
    np.savez(
        tmp_path / "w.npz",
        allow_pickle=False,
        **{f"{name}/kernel": np.ones((4, 4), "float32") for name in ("up_a", "down_b")},
    )
    pairs = load_weights(tmp_path / "w.npz", net(tmp_path, text)).match.pairs
    assert [(pair.layer, pair.stored.name) for pair in pairs] == [
        ("down", "up_a"),
        ("up", "down_b"),
    ]


def test_which_words_count() -> None:
    assert words("layers.3.mlp.gate_proj") == {"layers", "mlp", "gate"}
    assert words("attention.output.LayerNorm") == {"attention", "output"}
    assert words("layer2.0.conv3") == set()


def test_layers_have_the_places_of_most_words_and_the_others_what_is_left() -> None:
    could = dict.fromkeys(("attention_norm", "output_norm", "layer_norm"), frozenset(range(3)))
    names = ["layer.0.attention.output.LayerNorm", "layer.0.output.LayerNorm", "LayerNorm"]
    found = told_by_words(could, names, {"layer_norm"})
    assert found["attention_norm"] == {0}
    assert found["output_norm"] == {1}
    assert found["layer_norm"] == {2}


BERT = """
block Layer(x: [N, T, C]) -> [N, T, C] {
  x = x + (x -> MultiHeadAttention(2, C / 2)) -> LayerNormalization as attention_norm
  return x + (x -> Dense(6, activation=gelu) -> Dense(C)) -> LayerNormalization as output_norm
}
net Bert(x: float32[N, T, 4]) -> [N, T, 4] {
  return x -> LayerNormalization as embeddings_norm -> Layer * 2
}
"""


@pytest.mark.parametrize("norm", [("weight", "bias"), ("gamma", "beta")])
def test_bert_in_a_file_without_an_order(tmp_path: Path, norm: tuple[str, str]) -> None:
    """As Hugging Face has it; the first files have TensorFlow's names of a normalization."""
    shapes = {f"embeddings.LayerNorm.{name}": (4,) for name in norm}
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        dense = {
            **{f"attention.self.{name}": (4, 4) for name in ("query", "key", "value")},
            "attention.output.dense": (4, 4),
            "intermediate.dense": (6, 4),
            "output.dense": (4, 6),
        }
        for name, shape in dense.items():
            shapes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
        for name in ("attention.output", "output"):
            shapes |= {f"{layer}.{name}.LayerNorm.{each}": (4,) for each in norm}
    arrays = {name: np.full(shape, n, "float32") for n, (name, shape) in enumerate(shapes.items())}
    save_file(arrays, tmp_path / "w.safetensors")
    pairs = load_weights(tmp_path / "w.safetensors", net(tmp_path, BERT)).match.pairs
    assert {pair.layer: pair.stored.name for pair in pairs if "norm" in pair.layer} == {
        "embeddings_norm": "embeddings.LayerNorm",
        "layer/attention_norm": "encoder.layer.0.attention.output.LayerNorm",
        "layer/output_norm": "encoder.layer.0.output.LayerNorm",
        "layer_1/attention_norm": "encoder.layer.1.attention.output.LayerNorm",
        "layer_1/output_norm": "encoder.layer.1.output.LayerNorm",
    }
    assert len(pairs) == 5 + 2 * 3
