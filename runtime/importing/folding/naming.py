"""What blocks are called, in the field's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..names import fresh
from .tokens import Token

NAMES: Sequence[tuple[str, Mapping[str, int]]] = (
    ("Transformer", {"MultiHeadAttention": 1, "+": 2}),
    ("Attention", {"MultiHeadAttention": 1}),
    ("Mixer", {"Permute": 2, "LayerNormalization": 2, "Dense": 4}),
    ("ConvNeXt", {"DepthwiseConv2D": 1, "LayerNormalization": 1, "Dense": 2}),
    ("InvertedResidual", {"DepthwiseConv2D": 1, "+": 1}),
    ("InvertedResidual", {"DepthwiseConv2D": 1, "Conv2D": 2}),
    ("Separable", {"DepthwiseConv2D": 1}),
    ("SqueezeExcite", {"GlobalAveragePooling2D": 1, "*": 1}),
    ("Bottleneck", {"Conv2D": 3, "+": 1}),
    ("Residual", {"Conv2D": 1, "+": 1}),
    ("Residual", {"+": 1}),
    ("Up", {"Conv2DTranspose": 1, "Concatenate": 1}),
    ("Up", {"UpSampling2D": 1, "Concatenate": 1}),
    ("Up", {"onnx.Resize": 1, "Conv2D": 1}),
    ("Inception", {"Conv2D": 4, "Concatenate": 1}),
    ("DenseUnit", {"Concatenate": 1, "Conv2D": 1}),
    ("Join", {"Concatenate": 1}),
    ("Transition", {"Conv2D": 1, "AveragePooling2D": 1}),
    ("Down", {"Conv2D": 1, "MaxPooling2D": 1}),
    ("Up", {"Conv2DTranspose": 1}),
    ("Convs", {"Conv2D": 2}),
    ("ConvNorm", {"Conv2D": 1, "BatchNormalization": 1}),
    ("Conv", {"Conv2D": 1}),
    ("Conv", {"Conv1D": 1}),
    ("Recurrent", {"LSTM": 1}),
    ("Recurrent", {"GRU": 1}),
    ("Tower", {"Embedding": 1, "Dense": 1}),
    ("FeedForward", {"Dense": 2}),
    ("Hidden", {"Dense": 1}),
)
"""What a block is called by the layers it has: the first line of which it has all."""
KINDS = {"GroupQueryAttention": "MultiHeadAttention"}
"""Layers that are another one for a name."""
LAYERS = frozenset(("Conv", "Hidden"))
"""Words that say more with `Block` behind them."""


def named(tokens: Sequence[Token], taken: set[str]) -> str:
    """A name for a block of some tokens; `taken` are those of others."""
    counts = Counter(KINDS.get(step.op, step.op) for token in tokens for step in token.steps)
    causal = any(step.args.get("use_causal_mask") for token in tokens for step in token.steps)
    word = next(
        (name for name, least in NAMES if all(counts[op] >= n for op, n in least.items())), "Stage"
    )
    if word == "Transformer":
        word = "Decoder" if causal else "Encoder"
    result = fresh(f"{word}Block" if word in LAYERS else word, taken, between="")
    taken.add(result)
    return result
