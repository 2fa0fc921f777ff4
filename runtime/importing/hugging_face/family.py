"""What a family of models says of itself: its text, its weights, and its formulas in NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erf
from typing import Protocol

import numpy as np

from ....compiler.ops.base.backend import Array
from ....compiler.shapes.dims import symbol
from ....compiler.shapes.types import TensorType
from .taking import Source, Taking

ACTIVATIONS: Mapping[str, str] = {
    "gelu": "gelu",
    "gelu_new": "GELU(approximate=true)",
    "gelu_pytorch_tanh": "GELU(approximate=true)",
    "gelu_fast": "GELU(approximate=true)",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
    "tanh": "tanh",
}
"""Words for activations, and netc's."""


MOST_LAYERS = 1000
"""Layers of a model; more are no model of these families."""


@dataclass(frozen=True)
class Given:
    """An input: its name, its type, and below which number its integers are."""

    name: str
    type: TensorType
    below: int = 2


def tokens_in(vocabulary: int) -> Sequence[Given]:
    """What a model that goes on with a text takes: `tokens`, int32[N, T]."""
    return [Given("tokens", TensorType("int32", (symbol("N"), symbol("T"))), vocabulary)]


def scores_out(scores: bool, vocabulary: int, width: int) -> Sequence[tuple[str, TensorType]]:
    """What it gives: `logits` over the vocabulary, or `states`, float32[N, T, …]."""
    name, last = ("logits", vocabulary) if scores else ("states", width)
    return [(name, TensorType("float32", (symbol("N"), symbol("T"), last)))]


class Family(Protocol):
    """A model of one family, with the numbers of its configuration."""

    name: str
    prefix: str
    """What stands before the names of tensors in files of a model with a head."""
    spare: tuple[str, ...]
    """What the names of tensors begin with that are of heads, or copies, which the net may lack."""

    def text(self) -> str:
        """The blocks and the net."""

    def inputs(self) -> Sequence[Given]:
        """What the net takes."""

    def outputs(self) -> Sequence[tuple[str, TensorType]]:
        """What the net gives."""

    def sources(self, taking: Taking) -> Iterator[Source]:
        """The weights of the layers, in the order in which the text runs them."""

    def reference(self, taking: Taking, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs by the formulas of the papers, from the tensors as they are in the file."""


def normed(x: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    """Layer normalization (Ba et al. 2016) over the last axis."""
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    made: Array = (x - mean) / np.sqrt(variance + epsilon) * gamma + beta
    return made


def root_normed(x: Array, gamma: Array, epsilon: float) -> Array:
    """RMS normalization (Zhang and Sennrich 2019) over the last axis."""
    made: Array = x / np.sqrt((x**2).mean(-1, keepdims=True) + epsilon) * gamma
    return made


def attended(query: Array, key: Array, value: Array, masked: Array) -> Array:
    """Scaled dot-product attention (Vaswani et al. 2017) of `[batch, heads, places, features]`.

    `masked` is true where a place is not looked at, and is broadcast to the scores.
    """
    scores = query @ key.swapaxes(-1, -2) / np.sqrt(np.float32(query.shape[-1]))
    scores = np.where(masked, scores + np.float32(-2.3819763e38), scores)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    made: Array = scores / scores.sum(-1, keepdims=True) @ value
    return made


def heads(x: Array, count: int) -> Array:
    """`[batch, places, features]` as `[batch, heads, places, features of a head]`."""
    made: Array = x.reshape(*x.shape[:2], count, -1).swapaxes(1, 2)
    return made


def joined(x: Array) -> Array:
    """The heads side by side again."""
    batch, count, places, size = x.shape
    made: Array = x.swapaxes(1, 2).reshape(batch, places, count * size)
    return made


def activated(word: str, x: Array) -> Array:
    """An activation by netc's word for it."""
    made: Array
    if word == "gelu":
        made = x * (1 + np.vectorize(erf, otypes=[np.float32])(x / np.sqrt(2.0))) / 2
    elif word.startswith("GELU"):
        made = x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2
    elif word == "silu":
        made = x / (1 + np.exp(-x))
    else:
        made = np.tanh(x) if word == "tanh" else np.maximum(x, 0)
    return made


def causal(places: int) -> Array:
    """True where the column is behind the row."""
    made: Array = np.triu(np.ones((places, places), bool), 1)
    return made
