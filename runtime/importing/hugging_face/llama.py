"""Llama (Touvron et al. 2023): rotary positions, RMS normalization, gated networks, groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ....compiler.ops.base.backend import Array, Tensor
from ....compiler.shapes.types import TensorType
from ...errors import UserError
from .family import (
    ACTIVATIONS,
    MOST_LAYERS,
    Given,
    activated,
    attended,
    causal,
    heads,
    joined,
    root_normed,
    scores_out,
    tokens_in,
)
from .read import Settings
from .taking import Source, Taking, dense, split, turned


class Llama:
    """`LlamaForCausalLM`, or `LlamaModel` without what scores words."""

    name = "Llama"
    prefix = "model."
    spare: tuple[str, ...] = ("lm_head.",)

    def __init__(self, settings: Settings) -> None:
        made = settings.architecture("LlamaForCausalLM", "LlamaModel")
        settings.only("pretraining_tp", 1)
        settings.only("mlp_bias", False)
        self.scores = made == "LlamaForCausalLM"
        self.vocabulary = settings.whole("vocab_size", 32_000)
        self.width = settings.whole("hidden_size", 4096)
        self.hidden = settings.whole("intermediate_size", 11_008)
        self.depth = settings.whole("num_hidden_layers", 32, MOST_LAYERS)
        self.heads = settings.whole("num_attention_heads", 32)
        self.groups = settings.whole("num_key_value_heads", self.heads)
        self.epsilon = settings.real("rms_norm_eps", 1e-6)
        self.biased = settings.flag("attention_bias", False)
        self.tied = settings.flag("tie_word_embeddings", False)
        self.rate = settings.real("attention_dropout", 0.0)
        self.activation = settings.one_of("hidden_act", ACTIVATIONS, "silu")
        if self.heads % self.groups:
            raise UserError(
                f"{settings.path}: {self.groups} key heads do not divide {self.heads} heads"
            )
        if settings.values.get("head_dim") is None:
            self.size = settings.divided(self.width, self.heads)
        else:
            self.size = settings.whole("head_dim", 1)
        if self.size % 2:
            raise UserError(f"{settings.path}: rotary positions need heads of an even width")
        self.wavelength, self.factor = _rotation(settings)

    def text(self) -> str:
        """The blocks and the net."""
        rope = f"RotaryEmbedding({_short(self.wavelength)}"
        rope += f", scaling_factor={_short(self.factor)})" if self.factor != 1 else ")"
        bias = "" if self.biased else ", use_bias=false"
        rate = f", dropout={self.rate}" if self.rate else ""
        looked = f"{self.size}, {self.heads}, {self.groups}{rate}{bias}"
        norm = f"RMSNormalization(epsilon={self.epsilon})"
        table, end, shown = "Embedding", "x", f"states: [N, T, {self.width}]"
        if self.scores:
            shown = f"logits: [N, T, {self.vocabulary}]"
            end = f"x -> Dense({self.vocabulary}, use_bias=false) as lm_head"
            if self.tied:
                table, end = "ReversibleEmbedding", "x -> embed_tokens"
        return f"""\
block Gated(x: [N, T, D], hidden: int) -> [N, T, D] {{
  gate = x -> Dense(hidden, activation={self.activation}, use_bias=false) as gate_proj
  up = x -> Dense(hidden, use_bias=false) as up_proj
  return gate * up -> Dense(D, use_bias=false) as down_proj
}}

block Decoder(x: [N, T, D]) -> [N, T, D] {{
  attention = x
    -> {norm} as input_layernorm
    -> GroupQueryAttention({looked}, use_causal_mask=true, rope={rope}) as self_attn
  x = x + attention
  return x + (x -> {norm} as post_attention_layernorm -> Gated({self.hidden}) as mlp)
}}

net Llama(tokens: int32[N, T]) -> {shown} {{
  layer embed_tokens = {table}({self.vocabulary}, {self.width})
  x = tokens -> embed_tokens
  repeat {self.depth} {{
    x = x -> Decoder as layers
  }}
  x = x -> {norm} as norm
  return {end}
}}
"""

    def inputs(self) -> Sequence[Given]:
        """What the net takes."""
        return tokens_in(self.vocabulary)

    def outputs(self) -> Sequence[tuple[str, TensorType]]:
        """What the net gives."""
        return scores_out(self.scores, self.vocabulary, self.width)

    def sources(self, taking: Taking) -> Iterator[Source]:
        """The weights of the layers, in the order in which the text runs them."""
        d, f, s = self.width, self.hidden, self.size
        yield {"embeddings": taking.whole("embed_tokens.weight", self.vocabulary, d)}
        for at in range(self.depth):
            own = f"layers.{at}."
            yield {"scale": taking.whole(f"{own}input_layernorm.weight", d)}
            looked: dict[str, Tensor] = {}
            for name, part, count in (
                ("query", "q_proj", self.heads),
                ("key", "k_proj", self.groups),
                ("value", "v_proj", self.groups),
            ):
                kernel = taking.whole(f"{own}self_attn.{part}.weight", count * s, d)
                looked[f"{name}/kernel"] = turned(kernel, d, count, s)
                if self.biased:
                    bias = taking.whole(f"{own}self_attn.{part}.bias", count * s)
                    looked[f"{name}/bias"] = split(bias, count, s)
            kernel = taking.whole(f"{own}self_attn.o_proj.weight", d, self.heads * s)
            looked["attention_output/kernel"] = turned(kernel, self.heads, s, d)
            if self.biased:
                looked["attention_output/bias"] = taking.whole(f"{own}self_attn.o_proj.bias", d)
            yield looked
            yield {"scale": taking.whole(f"{own}post_attention_layernorm.weight", d)}
            for name, ins, outs in (("gate_proj", d, f), ("up_proj", d, f), ("down_proj", f, d)):
                yield dense(taking, f"{own}mlp.{name}", ins, outs, bias=False)
        yield {"scale": taking.whole("norm.weight", d)}
        if self.scores and not self.tied:
            yield dense(taking, "lm_head", d, self.vocabulary, bias=False)

    def reference(self, taking: Taking, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs by the formulas of the paper."""
        d, f, s = self.width, self.hidden, self.size

        def of(name: str, *shape: int) -> Array:
            return taking.whole(name, *shape).read()

        def linear(x: Array, name: str, ins: int, outs: int, bias: bool = False) -> Array:
            made: Array = x @ of(f"{name}.weight", outs, ins).T
            return made + of(f"{name}.bias", outs) if bias else made

        tokens = inputs["tokens"]
        places = tokens.shape[1]
        angles = self.angles(places)
        x = of("embed_tokens.weight", self.vocabulary, d)[tokens]
        for at in range(self.depth):
            own = f"layers.{at}."
            y = root_normed(x, of(f"{own}input_layernorm.weight", d), self.epsilon)
            parts = (("q_proj", self.heads), ("k_proj", self.groups), ("v_proj", self.groups))
            q, k, v = (
                heads(linear(y, f"{own}self_attn.{name}", d, count * s, self.biased), count)
                for name, count in parts
            )
            q, k = _rotated(q, angles), _rotated(k, angles)
            k, v = (np.repeat(each, self.heads // self.groups, axis=1) for each in (k, v))
            seen = joined(attended(q, k, v, causal(places)))
            x = x + linear(seen, f"{own}self_attn.o_proj", self.heads * s, d, self.biased)
            y = root_normed(x, of(f"{own}post_attention_layernorm.weight", d), self.epsilon)
            gate = activated(self.activation, linear(y, f"{own}mlp.gate_proj", d, f))
            x = x + linear(gate * linear(y, f"{own}mlp.up_proj", d, f), f"{own}mlp.down_proj", f, d)
        x = root_normed(x, of("norm.weight", d), self.epsilon)
        if not self.scores:
            return [x]
        name = "embed_tokens" if self.tied else "lm_head"
        return [x @ of(f"{name}.weight", self.vocabulary, d).T]

    def angles(self, places: int) -> Array:
        """By what each pair of features is turned at each place (Su et al. 2021)."""
        pairs = np.arange(0, self.size, 2) / self.size
        turns = np.arange(places)[:, None] / self.factor / self.wavelength**pairs
        made: Array = np.concatenate([turns, turns], axis=-1).astype(np.float32)
        return made


def _rotated(x: Array, angles: Array) -> Array:
    """The first half of the features and the second, pair by pair, turned."""
    half = x.shape[-1] // 2
    other = np.concatenate([-x[..., half:], x[..., :half]], axis=-1)
    made: Array = x * np.cos(angles) + other * np.sin(angles)
    return made


def _rotation(settings: Settings) -> tuple[float, float]:
    """The longest wavelength, and by what places are divided. Raises UserError."""
    told = settings.values.get("rope_parameters") or settings.values.get("rope_scaling") or {}
    if not isinstance(told, dict):
        raise UserError(f"{settings.path}: `rope_scaling` should be an object")
    inner = Settings(settings.path, {**settings.values, **told})
    kind = told.get("rope_type", told.get("type", "default"))
    if kind not in ("default", "linear"):
        raise UserError(f"{settings.path}: netc does not have `rope_scaling` of the type {kind}")
    if told.get("partial_rotary_factor", 1) != 1:
        raise UserError(f"{settings.path}: netc imports no `partial_rotary_factor`")
    wavelength = inner.real("rope_theta", 10_000.0)
    factor = inner.real("factor", 1.0) if kind == "linear" else 1.0
    if not wavelength or not factor:
        raise UserError(f"{settings.path}: `rope_theta` and `factor` should be above 0")
    return wavelength, factor


def _short(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
