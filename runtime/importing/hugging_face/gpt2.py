"""GPT-2 (Radford et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ....compiler.ops.base.backend import Array, Tensor
from ....compiler.shapes.types import TensorType
from .family import (
    ACTIVATIONS,
    MOST_LAYERS,
    Given,
    activated,
    attended,
    causal,
    heads,
    joined,
    normed,
    scores_out,
    tokens_in,
)
from .read import Settings
from .taking import Source, Taking, dense, norm, split, third


class Gpt2:
    """`GPT2LMHeadModel`, or `GPT2Model` without what scores words."""

    name = "GPT2"
    prefix = "transformer."
    spare: tuple[str, ...] = ("lm_head.",)

    def __init__(self, settings: Settings) -> None:
        made = settings.architecture("GPT2LMHeadModel", "GPT2Model")
        settings.only("scale_attn_weights", True)
        settings.only("scale_attn_by_inverse_layer_idx", False)
        settings.only("reorder_and_upcast_attn", False)
        settings.only("add_cross_attention", False)
        self.scores = made == "GPT2LMHeadModel"
        self.vocabulary = settings.whole("vocab_size", 50_257)
        self.longest = settings.whole("n_positions", 1024)
        self.width = settings.whole("n_embd", 768)
        self.depth = settings.whole("n_layer", 12, MOST_LAYERS)
        self.heads = settings.whole("n_head", 12)
        self.hidden = settings.whole("n_inner", 4 * self.width)
        self.epsilon = settings.real("layer_norm_epsilon", 1e-5)
        self.tied = settings.flag("tie_word_embeddings", True)
        self.rates = [
            settings.real(name, 0.1) for name in ("embd_pdrop", "attn_pdrop", "resid_pdrop")
        ]
        self.activation = settings.one_of("activation_function", ACTIVATIONS, "gelu_new")
        self.size = settings.divided(self.width, self.heads)

    def text(self) -> str:
        """The blocks and the net."""
        embedded, attended_, left = self.rates
        dropout = f"dropout={attended_}, " if attended_ else ""
        drop = f"\n    -> Dropout({left})" if left else ""
        first = f" -> Dropout({embedded})" if embedded else ""
        table = "ReversibleEmbedding" if self.tied and self.scores else "Embedding"
        if not self.scores:
            end, shown = "x", f"states: [N, T, {self.width}]"
        else:
            scored = "wte" if self.tied else f"Dense({self.vocabulary}, use_bias=false) as lm_head"
            end, shown = f"x -> {scored}", f"logits: [N, T, {self.vocabulary}]"
        return f"""\
block Decoder(x: [N, T, D]) {{
  attention = x
    -> LayerNormalization(epsilon={self.epsilon}) as ln_1
    -> MultiHeadAttention({self.heads}, {self.size}, {dropout}use_causal_mask=true) as attn{drop}
  x = x + attention
  thought = x
    -> LayerNormalization(epsilon={self.epsilon}) as ln_2
    -> Dense({self.hidden}, activation={self.activation}) as c_fc
    -> Dense({self.width}) as c_proj{drop}
  return x + thought
}}

net GPT2(tokens: int32[N, T]) -> {shown} {{
  layer wte = {table}({self.vocabulary}, {self.width})
  x = tokens -> wte
  x = x + (x -> PositionEmbedding({self.longest}) as wpe)
  x = x{first or " -> Linear"}
  repeat {self.depth} {{
    x = x -> Decoder as h
  }}
  x = x -> LayerNormalization(epsilon={self.epsilon}) as ln_f
  return {end}
}}
""".replace("  x = x -> Linear\n", "")

    def inputs(self) -> Sequence[Given]:
        """What the net takes."""
        return tokens_in(self.vocabulary)

    def outputs(self) -> Sequence[tuple[str, TensorType]]:
        """What the net gives."""
        return scores_out(self.scores, self.vocabulary, self.width)

    def sources(self, taking: Taking) -> Iterator[Source]:
        """The weights of the layers, in the order in which the text runs them."""
        d, h, s, f = self.width, self.heads, self.size, self.hidden
        yield {"embeddings": taking.whole("wte.weight", self.vocabulary, d)}
        yield {"embeddings": taking.whole("wpe.weight", self.longest, d)}
        for at in range(self.depth):
            own = f"h.{at}."
            yield norm(taking, f"{own}ln_1", d)
            kernel = taking.whole(f"{own}attn.c_attn.weight", d, 3 * d)
            bias = taking.whole(f"{own}attn.c_attn.bias", 3 * d)
            looked: dict[str, Tensor] = {}
            for part, name in enumerate(("query", "key", "value")):
                looked[f"{name}/kernel"] = third(kernel, part, d, h, s)
                looked[f"{name}/bias"] = third(bias, part, h, s)
            made = taking.whole(f"{own}attn.c_proj.weight", d, d)
            looked["attention_output/kernel"] = split(made, h, s, d)
            looked["attention_output/bias"] = taking.whole(f"{own}attn.c_proj.bias", d)
            yield looked
            yield norm(taking, f"{own}ln_2", d)
            for name, ins, outs in (("c_fc", d, f), ("c_proj", f, d)):
                yield {
                    "kernel": taking.whole(f"{own}mlp.{name}.weight", ins, outs),
                    "bias": taking.whole(f"{own}mlp.{name}.bias", outs),
                }
        yield norm(taking, "ln_f", d)
        if self.scores and not self.tied:
            yield dense(taking, "lm_head", d, self.vocabulary, bias=False)

    def reference(self, taking: Taking, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs by the formulas of the paper."""
        d = self.width

        def of(name: str, *shape: int) -> Array:
            return taking.whole(name, *shape).read()

        def layer(x: Array, name: str, ins: int, outs: int) -> Array:
            return x @ of(f"{name}.weight", ins, outs) + of(f"{name}.bias", outs)

        def norm_(x: Array, name: str) -> Array:
            return normed(x, of(f"{name}.weight", d), of(f"{name}.bias", d), self.epsilon)

        tokens = inputs["tokens"]
        words = of("wte.weight", self.vocabulary, d)
        if tokens.shape[1] > self.longest:
            raise ValueError(f"{tokens.shape[1]} places of {self.longest}")
        x = words[tokens] + of("wpe.weight", self.longest, d)[: tokens.shape[1]]
        for at in range(self.depth):
            own = f"h.{at}."
            whole = layer(norm_(x, f"{own}ln_1"), f"{own}attn.c_attn", d, 3 * d)
            q, k, v = (heads(whole[..., n * d : (n + 1) * d], self.heads) for n in range(3))
            seen = joined(attended(q, k, v, causal(tokens.shape[1])))
            x = x + layer(seen, f"{own}attn.c_proj", d, d)
            inner = layer(norm_(x, f"{own}ln_2"), f"{own}mlp.c_fc", d, self.hidden)
            x = x + layer(activated(self.activation, inner), f"{own}mlp.c_proj", self.hidden, d)
        x = norm_(x, "ln_f")
        if not self.scores:
            return [x]
        table = words if self.tied else of("lm_head.weight", self.vocabulary, d)
        return [x @ table.T]
