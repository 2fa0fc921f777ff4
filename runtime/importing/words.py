"""What tensors are called, by what made them and what reads them."""

from __future__ import annotations

from collections.abc import Container

from ...compiler.ops.table import ACTIVATION_LAYERS
from .nested import BLOCK
from .spelling import small

WORDS = {
    "Concatenate": "joined",
    **dict.fromkeys(("MultiHeadAttention", "GroupQueryAttention", "Attention"), "attention"),
    "Dense": "hidden",
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), "normed"),
    "Embedding": "words",
    "ReversibleEmbedding": "words",
    "+": "total",
    "*": "scaled",
    "index": "part",
    "PositionEmbedding": "positions",
    "SinePositionEncoding": "positions",
    "x": "features",
    f"{BLOCK}Tower": "features",
    f"{BLOCK}Head": "features",
    **dict.fromkeys(("LSTM", "GRU", "Bidirectional"), "steps"),
    **dict.fromkeys(
        (
            *(type(op).__name__ for op in ACTIVATION_LAYERS.values()),
            *("BatchNormalization", "MaxPooling2D", "AveragePooling2D", "Conv2D", "Conv1D"),
            *("DepthwiseConv2D", "Conv2DTranspose", "UpSampling2D"),
        ),
        "features",
    ),
    "Softmax": "weights",
    **dict.fromkeys(("GlobalAveragePooling2D", "GlobalMaxPooling2D", "Mean"), "pooled"),
}
BRANCHES = frozenset(
    (
        *("Conv2D", "Conv1D", "DepthwiseConv2D", "BatchNormalization", "ReLU", "Dense", "x"),
        *("AveragePooling2D", "MaxPooling2D", "features"),
    )
)
"""What ends a branch that is added or joined to others."""
GATES = frozenset(("Sigmoid", "HardSigmoid", "Softmax"))


def word_for(made: str, reader: str, taken: Container[str]) -> str:
    """A word for what an operator made and another reads first; `taken` are those of others."""
    if reader == "+" and made in BRANCHES:
        return "shortcut" if "residual" in taken else "residual"
    if reader == "Concatenate" and made in BRANCHES:
        return "branch"
    if reader == "*" and made in GATES:
        return "gate"
    if made.startswith(BLOCK):
        made = made.rstrip("0123456789")
    return WORDS.get(made or "+", small(made))
