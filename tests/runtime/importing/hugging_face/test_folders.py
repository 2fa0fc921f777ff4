"""Folders of Hugging Face: one block in a loop, equal to the formulas, and to transformers."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.cli import execute
from netc.runtime.importing.hugging_face.road import import_folder
from netc.runtime.infer.session import Session
from safetensors.numpy import load_file, save_file

from bench.hugging_face import BERT, CONFIGS, GPT2, LLAMA, inputs, write_folder

TRANSFORMERS: Mapping[str, list[float]] = {
    "GPT-2": [-0.2194, -0.2603, -0.0661, 0.2289],
    "GPT-2 without its head": [0.3632, 0.0454, 0.2039, 0.2302],
    "BERT": [0.3057, 0.1911, -0.0699, 0.0411],
    "BERT that scores words": [0.4225, -0.2373, -0.1681, 0.4450],
    "Llama": [-0.2084, -0.0262, 0.2898, 0.1819],
    "Llama with biases, one table, other rotations": [-0.0091, 0.0696, 0.3247, 0.4957],
}
"""What transformers 5.24.0 gives for the fourth word of the second text; the bench prints it."""


@pytest.mark.parametrize("name", CONFIGS)
def test_folders_are_equal(name: str, tmp_path: Path) -> None:
    config = CONFIGS[name]
    write_folder(tmp_path, config)
    made = import_folder(tmp_path)

    assert made.proof.equal
    assert made.proof.runs >= 3
    assert made.weights is not None
    outputs = Session.from_checked(made.checked, made.weights).run(inputs(config))
    first = next(iter(outputs.values()))
    assert first[1, 3, :4] == pytest.approx(TRANSFORMERS[name], abs=1e-4)


def test_gpt2_is_one_block_in_a_loop(tmp_path: Path) -> None:
    write_folder(tmp_path / "small", {**GPT2, "attn_pdrop": 0})

    assert import_folder(tmp_path / "small").text == (
        """\
# Imported from small/config.json (Hugging Face, gpt2) by `netc import`.

block Decoder(x: [N, T, D]) {
  attention = x
    -> LayerNormalization(epsilon=1e-05) as ln_1
    -> MultiHeadAttention(4, 8, use_causal_mask=true) as attn
    -> Dropout(0.1)
  x = x + attention
  thought = x
    -> LayerNormalization(epsilon=1e-05) as ln_2
    -> Dense(128, activation=GELU(approximate=true)) as c_fc
    -> Dense(32) as c_proj
    -> Dropout(0.1)
  return x + thought
}

net GPT2(tokens: int32[N, T]) -> logits: [N, T, 50] {
  layer wte = ReversibleEmbedding(50, 32)
  x = tokens -> wte
  x = x + (x -> PositionEmbedding(16) as wpe)
  x = x -> Dropout(0.1)
  repeat 3 {
    x = x -> Decoder as h
  }
  x = x -> LayerNormalization(epsilon=1e-05) as ln_f
  return x -> wte
}

expect GPT2 {
  params == 40_288
}
"""
    )


FULL = {
    "gpt2": ({"model_type": "gpt2"}, 124_439_808),
    "bert": ({"model_type": "bert"}, 109_482_240),
    "llama": (
        {
            "model_type": "llama",
            "hidden_size": 2048,
            "intermediate_size": 5632,
            "num_hidden_layers": 22,
            "num_key_value_heads": 4,
            "rms_norm_eps": 1e-5,
        },
        1_100_048_384,
    ),
}
"""The defaults of the classes, and TinyLlama; the counts are the published ones."""


@pytest.mark.parametrize("kind", FULL)
def test_a_configuration_alone_gives_the_net(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, params = FULL[kind]
    path, out = tmp_path / "config.json", tmp_path / "made.net"
    path.write_text(json.dumps(config))

    assert execute(["import", str(path), "-o", str(out)]) == 0
    assert "no weights beside it, so nothing to compare" in capsys.readouterr().out
    assert f"params == {params:_}" in out.read_text()
    assert not out.with_suffix(".safetensors").exists()
    assert execute(["check", str(out)]) == 0
    assert execute(["fmt", "--check", str(out)]) == 0


def test_the_command_writes_weights_by_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(tmp_path / "tiny", LLAMA)
    out = tmp_path / "tiny.net"

    assert execute(["import", str(tmp_path / "tiny"), "-o", str(out)]) == 0
    assert capsys.readouterr().out.startswith("equal: largest difference ")
    names = set(load_file(out.with_suffix(".safetensors")))
    assert {"embed_tokens/embeddings", "layers_2/mlp/up_proj/kernel", "norm/scale"} <= names


def test_weights_in_several_files_and_half_precision(tmp_path: Path) -> None:
    write_folder(tmp_path, LLAMA)
    tensors = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    names = sorted(tensors)
    for part, own in enumerate((names[::2], names[1::2])):
        halves = {name: tensors[name].astype(np.float16) for name in own}
        save_file(halves, tmp_path / f"model-{part}.safetensors")
    index = {name: f"model-{at % 2}.safetensors" for at, name in enumerate(names)}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))

    assert import_folder(tmp_path).proof.equal


def test_heads_that_the_net_has_not_are_said(tmp_path: Path) -> None:
    write_folder(tmp_path, BERT)
    tensors = load_file(tmp_path / "model.safetensors")
    more = {"cls.seq_relationship.weight": np.ones((2, 32), np.float32)}
    buffers = {"embeddings.position_ids": np.arange(20)[None]}
    old = {name.replace("Norm.weight", "Norm.gamma"): each for name, each in tensors.items()}
    named = {f"bert.{name}": each for name, each in (old | buffers).items()}
    save_file(named | more, tmp_path / "model.safetensors")
    made = import_folder(tmp_path)

    assert made.proof.equal
    assert made.text.splitlines()[1] == "# Weights that it does not use: cls.seq_relationship."


def without(name: str) -> Callable[[Path], None]:
    """A folder without one of its tensors."""

    def make(folder: Path) -> None:
        write_folder(folder, GPT2)
        tensors = load_file(folder / "model.safetensors")
        del tensors[name]
        save_file(tensors, folder / "model.safetensors")

    return make


def more(folder: Path) -> None:
    write_folder(folder, GPT2)
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors | {"adapter.weight": np.ones(3, np.float32)}, folder / "model.safetensors")


def other_size(folder: Path) -> None:
    write_folder(folder, GPT2)
    (folder / "config.json").write_text(json.dumps({**GPT2, "vocab_size": 51}))


def cut(folder: Path) -> None:
    write_folder(folder, GPT2)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])


def pickled(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps(GPT2))
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps([1]))


def indexed(name: object) -> Callable[[Path], None]:
    """A folder whose index names a file."""

    def make(folder: Path) -> None:
        write_folder(folder, GPT2)
        text = json.dumps({"weight_map": {"wte.weight": name}} if name else {})
        (folder / "model.safetensors.index.json").write_text(text)

    return make


def text(content: str) -> Callable[[Path], None]:
    """A folder with a text as its configuration."""
    return lambda folder: (folder / "config.json").write_text(content) and None


def told(base: Mapping[str, object], **settings: object) -> Callable[[Path], None]:
    """A folder with a configuration alone."""
    return text(json.dumps({**base, **settings}))


STRANGE: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "no configuration": (lambda folder: None, "is a folder without a `config.json`"),
    "empty": (text(""), "is empty"),
    "no JSON": (text("{"), "is not JSON"),
    "too deep": (text("[" * 100_000), "is not JSON"),
    "a list": (text("[]"), "is no object of JSON"),
    "no type": (text("{}"), "not one without a `model_type`"),
    "another type": (told({}, model_type="mamba"), "bert, gpt2, llama, not mamba"),
    "code": (told(GPT2, auto_map={"AutoModel": "m.M"}), "Python code, which netc does not run"),
    "another head": (
        told(GPT2, architectures=["GPT2ForSequenceClassification"]),
        "GPT2LMHeadModel and GPT2Model, not GPT2ForSequenceClassification",
    ),
    "quantized": (told(LLAMA, quantization_config={"bits": 4}), "its weights are quantized"),
    "huge": (told(GPT2, n_embd=10**30), "`n_embd` should be an integer from 1 to"),
    "very deep": (told(GPT2, n_layer=10**6), "`n_layer` should be an integer from 1 to 1,000"),
    "a word": (told(GPT2, n_embd="wide"), "`n_embd` should be an integer"),
    "too large": (told(GPT2, n_embd=2**31 - 1, n_head=1), "what netc made of it does not check"),
    "below 0": (told(GPT2, layer_norm_epsilon=-1), "should be a number of at least 0"),
    "heads": (told(GPT2, n_head=5), "5 heads do not divide a width of 32"),
    "groups": (told(LLAMA, num_key_value_heads=3), "3 key heads do not divide 4 heads"),
    "an odd width": (told(LLAMA, head_dim=7), "heads of an even width"),
    "an activation": (told(LLAMA, hidden_act="xielu"), 'does not have `hidden_act` "xielu"'),
    "other scores": (
        told(GPT2, scale_attn_by_inverse_layer_idx=True),
        "does not have `scale_attn_by_inverse_layer_idx` true",
    ),
    "a rotation": (
        told(LLAMA, rope_scaling={"rope_type": "llama3", "factor": 8.0}),
        "does not have `rope_scaling` of the type llama3",
    ),
    "no rotation": (told(LLAMA, rope_scaling="linear"), "`rope_scaling` should be an object"),
    "half of it": (without("transformer.h.1.ln_2.bias"), "have no `h.1.ln_2.bias`"),
    "more": (more, "the net has no place for adapter.weight"),
    "another size": (other_size, "is [50, 32]; by the configuration it is [51, 32]"),
    "cut short": (cut, "damaged or cut-short safetensors"),
    "a pickle": (pickled, "is a pickle, which is a program"),
    "outside": (indexed("../../etc/passwd"), "names the file `../../etc/passwd`"),
    "absolute": (indexed("/etc/passwd"), "names the file `/etc/passwd`, which is not beside it"),
    "missing": (indexed("gone.safetensors"), "gone.safetensors: no such file"),
    "no map": (indexed(None), "has no `weight_map`"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_folders_get_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, said = STRANGE[name]
    folder, out = tmp_path / "folder", tmp_path / "made.net"
    folder.mkdir()
    make(folder)

    assert execute(["import", str(folder), "-o", str(out)]) == 1
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert "bug of netc" not in printed.err
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == [folder]
