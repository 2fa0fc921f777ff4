"""BERT (Devlin et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ....compiler.ops.base.backend import Array, Tensor
from ....compiler.shapes.dims import symbol
from ....compiler.shapes.types import TensorType
from .family import ACTIVATIONS, MOST_LAYERS, Given, activated, attended, heads, joined, normed
from .read import Settings
from .taking import Source, Taking, dense, norm, split, turned


class Bert:
    """`BertModel`, or `BertForMaskedLM`, which scores words in the place of each."""

    name = "BERT"
    prefix = "bert."
    spare: tuple[str, ...] = ("pooler.", "cls.")

    def __init__(self, settings: Settings) -> None:
        made = settings.architecture("BertModel", "BertForMaskedLM")
        settings.only("position_embedding_type", "absolute")
        settings.only("is_decoder", False)
        settings.only("add_cross_attention", False)
        settings.only("tie_word_embeddings", True)
        self.scores = made == "BertForMaskedLM"
        self.vocabulary = settings.whole("vocab_size", 30_522)
        self.parts = settings.whole("type_vocab_size", 2)
        self.longest = settings.whole("max_position_embeddings", 512)
        self.width = settings.whole("hidden_size", 768)
        self.hidden = settings.whole("intermediate_size", 3072)
        self.depth = settings.whole("num_hidden_layers", 12, MOST_LAYERS)
        self.heads = settings.whole("num_attention_heads", 12)
        self.epsilon = settings.real("layer_norm_eps", 1e-12)
        self.rate = settings.real("hidden_dropout_prob", 0.1)
        self.looking = settings.real("attention_probs_dropout_prob", 0.1)
        self.activation = settings.one_of("hidden_act", ACTIVATIONS, "gelu")
        self.size = settings.divided(self.width, self.heads)

    def text(self) -> str:
        """The blocks and the net."""
        rate = f", dropout={self.looking}" if self.looking else ""
        drop = f"\n    -> Dropout({self.rate})" if self.rate else ""
        normal = f"LayerNormalization(epsilon={self.epsilon})"
        table = "ReversibleEmbedding" if self.scores else "Embedding"
        if self.scores:
            shown = f"logits: [N, T, {self.vocabulary}]"
            last = f"""\
  x = x
    -> Dense({self.width}, activation={self.activation}) as transform
    -> {normal} as transform_norm
  weight bias: [{self.vocabulary}] = zeros
  return (x -> words) + bias
"""
        else:
            shown = f"(states: [N, T, {self.width}], pooled: [N, {self.width}])"
            last = f"  return x, x[:, 0] -> Dense({self.width}, activation=tanh) as pooler\n"
        return f"""\
block Encoder(x: [N, T, D], real: bool[N, T]) {{
  attention = x
    -> MultiHeadAttention({self.heads}, {self.size}{rate}, value=x, value_mask=real) as look{drop}
  x = x + attention -> {normal} as attention_norm
  thought = x
    -> Dense({self.hidden}, activation={self.activation}) as intermediate
    -> Dense({self.width}) as output{drop}
  return x + thought -> {normal} as output_norm
}}

# `parts` has 0 for words of the first text and 1 for those of the second; `real` is false where
# there is no word.
net BERT(tokens: int32[N, T], parts: int32[N, T], real: bool[N, T]) -> {shown} {{
  layer words = {table}({self.vocabulary}, {self.width})
  x = tokens -> words
  position = x -> PositionEmbedding({self.longest})
  part = parts -> Embedding({self.parts}, {self.width})
  x = x + position + part
    -> {normal} as embeddings_norm{drop}
  repeat {self.depth} {{
    x = (x, real) -> Encoder as layer
  }}
{last}}}
"""

    def inputs(self) -> Sequence[Given]:
        """What the net takes."""
        shape = (symbol("N"), symbol("T"))
        return [
            Given("tokens", TensorType("int32", shape), self.vocabulary),
            Given("parts", TensorType("int32", shape), self.parts),
            Given("real", TensorType("bool", shape)),
        ]

    def outputs(self) -> Sequence[tuple[str, TensorType]]:
        """What the net gives."""
        n, t = symbol("N"), symbol("T")
        if self.scores:
            return [("logits", TensorType("float32", (n, t, self.vocabulary)))]
        return [
            ("states", TensorType("float32", (n, t, self.width))),
            ("pooled", TensorType("float32", (n, self.width))),
        ]

    def sources(self, taking: Taking) -> Iterator[Source]:
        """The weights of the layers, in the order in which the text runs them."""
        d, h, size, f = self.width, self.heads, self.size, self.hidden
        own = "embeddings."
        yield {"embeddings": taking.whole(f"{own}word_embeddings.weight", self.vocabulary, d)}
        yield {"embeddings": taking.whole(f"{own}position_embeddings.weight", self.longest, d)}
        yield {"embeddings": taking.whole(f"{own}token_type_embeddings.weight", self.parts, d)}
        yield norm(taking, f"{own}LayerNorm", d)
        for at in range(self.depth):
            own = f"encoder.layer.{at}."
            looked: dict[str, Tensor] = {}
            for name in ("query", "key", "value"):
                kernel = taking.whole(f"{own}attention.self.{name}.weight", d, d)
                bias = taking.whole(f"{own}attention.self.{name}.bias", d)
                looked[f"{name}/kernel"] = turned(kernel, d, h, size)
                looked[f"{name}/bias"] = split(bias, h, size)
            made = dense(taking, f"{own}attention.output.dense", d, d)
            looked["attention_output/kernel"] = split(made["kernel"], h, size, d)
            looked["attention_output/bias"] = made["bias"]
            yield looked
            yield norm(taking, f"{own}attention.output.LayerNorm", d)
            yield dense(taking, f"{own}intermediate.dense", d, f)
            yield dense(taking, f"{own}output.dense", f, d)
            yield norm(taking, f"{own}output.LayerNorm", d)
        if self.scores:
            own = "cls.predictions."
            yield dense(taking, f"{own}transform.dense", d, d)
            yield norm(taking, f"{own}transform.LayerNorm", d)
            yield {"value": taking.whole(f"{own}bias", self.vocabulary)}
        else:
            yield dense(taking, "pooler.dense", d, d)

    def reference(self, taking: Taking, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs by the formulas of the paper."""
        d, f = self.width, self.hidden

        def linear(x: Array, name: str, ins: int, outs: int) -> Array:
            weight = taking.whole(f"{name}.weight", outs, ins).read()
            made: Array = x @ weight.T + taking.whole(f"{name}.bias", outs).read()
            return made

        def norm_(x: Array, name: str) -> Array:
            own = norm(taking, name, d)
            return normed(x, own["gamma"].read(), own["beta"].read(), self.epsilon)

        tokens, parts, real = inputs["tokens"], inputs["parts"], inputs["real"]
        places = tokens.shape[1]
        if places > self.longest:
            raise ValueError(f"{places} places of {self.longest}")
        tables = [
            next(iter(each.values())).read()
            for each, _ in zip(self.sources(taking), "wpt", strict=False)
        ]
        words, positions, segments = tables
        x = words[tokens] + positions[:places] + segments[parts]
        x = norm_(x, "embeddings.LayerNorm")
        for at in range(self.depth):
            own = f"encoder.layer.{at}."
            q, k, v = (
                heads(linear(x, f"{own}attention.self.{name}", d, d), self.heads)
                for name in ("query", "key", "value")
            )
            seen = joined(attended(q, k, v, ~real[:, None, None, :]))
            x = norm_(
                x + linear(seen, f"{own}attention.output.dense", d, d),
                f"{own}attention.output.LayerNorm",
            )
            inner = activated(self.activation, linear(x, f"{own}intermediate.dense", d, f))
            x = norm_(x + linear(inner, f"{own}output.dense", f, d), f"{own}output.LayerNorm")
        if self.scores:
            own = "cls.predictions."
            x = activated(self.activation, linear(x, f"{own}transform.dense", d, d))
            x = norm_(x, f"{own}transform.LayerNorm")
            return [x @ words.T + taking.whole(f"{own}bias", self.vocabulary).read()]
        return [x, np.tanh(linear(x[:, 0], "pooler.dense", d, d))]
