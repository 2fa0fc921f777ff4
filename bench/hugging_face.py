"""Imported folders of Hugging Face beside transformers, on small models with seeded numbers.

    pip install transformers torch
    python bench/hugging_face.py

Prints, for each model, how far the net's outputs are from those of transformers, relative to their
range, and the first numbers of each, which the tests know.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

Shapes = Iterator[tuple[str, tuple[int, ...]]]

GPT2 = {
    "model_type": "gpt2",
    "architectures": ["GPT2LMHeadModel"],
    "vocab_size": 50,
    "n_positions": 16,
    "n_embd": 32,
    "n_layer": 3,
    "n_head": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}
BERT = {
    "model_type": "bert",
    "architectures": ["BertModel"],
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 20,
    "pad_token_id": 0,
}
LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
    "bos_token_id": 0,
    "eos_token_id": 0,
}
LINEAR = {"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0}
CONFIGS: Mapping[str, Mapping[str, object]] = {
    "GPT-2": GPT2,
    "GPT-2 without its head": {**GPT2, "architectures": ["GPT2Model"], "n_inner": 40},
    "BERT": BERT,
    "BERT that scores words": {**BERT, "architectures": ["BertForMaskedLM"]},
    "Llama": LLAMA,
    "Llama with biases, one table, other rotations": {
        **LLAMA,
        "attention_bias": True,
        "tie_word_embeddings": True,
        "head_dim": 12,
        "rope_parameters": LINEAR,
    },
}


def shapes(config: Mapping[str, object]) -> Shapes:
    """The tensors that such a model has, by transformers' names."""
    kind = str(config["model_type"])
    made = {"gpt2": _gpt2, "bert": _bert, "llama": _llama}[kind]
    yield from made({k: v for k, v in config.items() if isinstance(v, int)}, config)


def _gpt2(n: Mapping[str, int], config: Mapping[str, object]) -> Shapes:
    head = config["architectures"] == ["GPT2LMHeadModel"]
    own, d = "transformer." if head else "", n["n_embd"]
    f = n.get("n_inner", 4 * d)
    yield f"{own}wte.weight", (n["vocab_size"], d)
    yield f"{own}wpe.weight", (n["n_positions"], d)
    for at in range(n["n_layer"]):
        for name in ("ln_1", "ln_2"):
            yield f"{own}h.{at}.{name}.weight", (d,)
            yield f"{own}h.{at}.{name}.bias", (d,)
        parts = (("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d))
        for name, ins, outs in (*parts, ("mlp.c_fc", d, f), ("mlp.c_proj", f, d)):
            yield f"{own}h.{at}.{name}.weight", (ins, outs)
            yield f"{own}h.{at}.{name}.bias", (outs,)
    yield f"{own}ln_f.weight", (d,)
    yield f"{own}ln_f.bias", (d,)


def _linear(name: str, ins: int, outs: int, bias: bool = True) -> Shapes:
    yield f"{name}.weight", (outs, ins)
    if bias:
        yield f"{name}.bias", (outs,)


def _bert(n: Mapping[str, int], config: Mapping[str, object]) -> Shapes:
    head = config["architectures"] == ["BertForMaskedLM"]
    own, d, f = "bert." if head else "", n["hidden_size"], n["intermediate_size"]
    tables = (("word", n["vocab_size"]), ("position", n["max_position_embeddings"]))
    for name, rows in (*tables, ("token_type", 2)):
        yield f"{own}embeddings.{name}_embeddings.weight", (rows, d)
    norms = [f"{own}embeddings.LayerNorm"]
    for at in range(n["num_hidden_layers"]):
        inner = f"{own}encoder.layer.{at}."
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            yield from _linear(f"{inner}attention.{name}", d, d)
        yield from _linear(f"{inner}intermediate.dense", d, f)
        yield from _linear(f"{inner}output.dense", f, d)
        norms += [f"{inner}attention.output.LayerNorm", f"{inner}output.LayerNorm"]
    if head:
        yield from _linear("cls.predictions.transform.dense", d, d)
        yield "cls.predictions.bias", (n["vocab_size"],)
        norms.append("cls.predictions.transform.LayerNorm")
    else:
        yield from _linear("pooler.dense", d, d)
    for name in norms:
        yield f"{name}.weight", (d,)
        yield f"{name}.bias", (d,)


def _llama(n: Mapping[str, int], config: Mapping[str, object]) -> Shapes:
    d, f, v = n["hidden_size"], n["intermediate_size"], n["vocab_size"]
    h, g = n["num_attention_heads"], n["num_key_value_heads"]
    size, bias = n.get("head_dim", d // h), bool(config.get("attention_bias"))
    yield "model.embed_tokens.weight", (v, d)
    for at in range(n["num_hidden_layers"]):
        own = f"model.layers.{at}."
        for name, count in (("q_proj", h), ("k_proj", g), ("v_proj", g)):
            yield from _linear(f"{own}self_attn.{name}", d, count * size, bias)
        yield from _linear(f"{own}self_attn.o_proj", h * size, d, bias)
        for name, ins, outs in (("gate_proj", d, f), ("up_proj", d, f), ("down_proj", f, d)):
            yield from _linear(f"{own}mlp.{name}", ins, outs, False)
        yield f"{own}input_layernorm.weight", (d,)
        yield f"{own}post_attention_layernorm.weight", (d,)
    yield "model.norm.weight", (d,)
    if not config.get("tie_word_embeddings"):
        yield "lm_head.weight", (v, d)


def write_folder(folder: Path, config: Mapping[str, object]) -> None:
    """A `config.json` and a `model.safetensors` of seeded numbers."""
    from safetensors.numpy import save_file

    numbers = np.random.default_rng(0)
    tensors = {
        name: (numbers.standard_normal(shape) * 0.2).astype(np.float32)
        for name, shape in shapes(config)
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def inputs(config: Mapping[str, object]) -> dict[str, np.ndarray]:
    """Two texts of seven words; of BERT's, some words are none."""
    numbers = np.random.default_rng(1)
    given = {"tokens": numbers.integers(0, 50, (2, 7)).astype(np.int32)}
    if config["model_type"] == "bert":
        given["parts"] = numbers.integers(0, 2, (2, 7)).astype(np.int32)
        given["real"] = np.arange(7) < np.array([[7], [4]])
    return given


def theirs(folder: Path, config: Mapping[str, object]) -> list[np.ndarray]:
    """What transformers gives."""
    import torch
    import transformers

    cls = getattr(transformers, dict(config)["architectures"][0])
    model = cls.from_pretrained(folder).eval()
    given = {name: torch.tensor(array) for name, array in inputs(config).items()}
    more = {}
    if "real" in given:
        more = {"attention_mask": given["real"].long(), "token_type_ids": given["parts"].long()}
    with torch.no_grad():
        made = model(given["tokens"].long(), **more)
    return [value.numpy() for value in made.values() if torch.is_tensor(value)]


def main() -> int:
    """Prints a row for each model; 1 where one is further than 1e-4."""
    from netc.runtime.importing.hugging_face.road import import_folder
    from netc.runtime.importing.prove import distance
    from netc.runtime.infer.session import Session

    worst = 0.0
    for name, config in CONFIGS.items():
        with tempfile.TemporaryDirectory() as folder:
            write_folder(Path(folder), config)
            made = import_folder(Path(folder))
            assert made.weights is not None
            ours = list(
                Session.from_checked(made.checked, made.weights).run(inputs(config)).values()
            )
            wanted = theirs(Path(folder), config)
        apart = max(distance(a, b) for a, b in zip(ours, wanted, strict=True))
        worst = max(worst, apart)
        print(f"{name}: {apart:.1e} from transformers, {made.proof.largest:.1e} from the formulas")
        print(f"  {[round(float(x), 4) for x in wanted[0][1, 3, :4]]}")
    return int(worst > 1e-4)


if __name__ == "__main__":
    sys.exit(main())
