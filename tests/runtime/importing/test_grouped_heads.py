"""Attention as decoders spell it out: rotary positions, heads that share keys, open lengths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.importing.road import ImportedNet

from .graphs import Graph

HEADS, SIZE, WIDTH = 4, 4, 16
WAVES = (1000.0 ** (-np.arange(SIZE // 2) / (SIZE // 2))).astype(np.float32)
LAST = 2**62


def length(g: Graph) -> str:
    """How long the sequence is."""
    return g.call("Gather", g.call("Shape", "x"), g.known(1), axis=0)


def angles(g: Graph, waves: np.ndarray) -> tuple[str, str]:
    """The cosine and the sine `[T, features]` of each place."""
    places = g.call("Range", g.known(0), length(g), g.known(1))
    rows = g.call("Unsqueeze", g.call("Cast", places, to=1), g.known([1]))
    by = g.call("Mul", rows, g.known(waves))
    return g.call("Cos", by), g.call("Sin", by)


def part(g: Graph, x: str, start: int, stop: int, step: int = 1) -> str:
    """Some features."""
    at = [g.known([number]) for number in (start, stop, -1, step)]
    return g.call("Slice", x, *at)


def halves(g: Graph, x: str) -> str:
    """Hugging Face's: x cos + (-upper half, lower half) sin."""
    cos, sin = angles(g, np.tile(WAVES, 2))
    beside = g.call(
        "Concat", g.call("Neg", part(g, x, SIZE // 2, LAST)), part(g, x, 0, SIZE // 2), axis=-1
    )
    return g.call("Add", g.call("Mul", x, cos), g.call("Mul", beside, sin))


def apart(g: Graph, x: str) -> str:
    """Each half for itself, joined: (a cos - b sin, b cos + a sin)."""
    cos, sin = angles(g, WAVES)
    a, b = part(g, x, 0, SIZE // 2), part(g, x, SIZE // 2, LAST)
    low = g.call("Sub", g.call("Mul", a, cos), g.call("Mul", b, sin))
    high = g.call("Add", g.call("Mul", b, cos), g.call("Mul", a, sin))
    return g.call("Concat", low, high, axis=-1)


def neighbours(g: Graph, x: str) -> str:
    """Meta's: pairs of neighbours, stacked and flattened."""
    cos, sin = angles(g, WAVES)
    a, b = part(g, x, 0, LAST, 2), part(g, x, 1, LAST, 2)
    low = g.call("Sub", g.call("Mul", a, cos), g.call("Mul", b, sin))
    high = g.call("Add", g.call("Mul", b, cos), g.call("Mul", a, sin))
    pairs = [g.call("Unsqueeze", each, g.known([-1])) for each in (low, high)]
    sizes = g.call("Shape", x)
    return g.call("Reshape", g.call("Concat", *pairs, axis=-1), sizes)


def slower(g: Graph, x: str) -> str:
    """Angles of half the places."""
    cos, sin = angles(g, np.tile(WAVES, 2) / 2)
    beside = g.call(
        "Concat", g.call("Neg", part(g, x, SIZE // 2, LAST)), part(g, x, 0, SIZE // 2), axis=-1
    )
    return g.call("Add", g.call("Mul", x, cos), g.call("Mul", beside, sin))


def still(g: Graph, x: str) -> str:
    """No positions."""
    return x


def expanded(g: Graph, x: str, times: int) -> str:
    """Hugging Face's `repeat_kv`: a new axis, expanded, and heads joined."""
    if times == 1:
        return x
    sizes = g.call("Concat", batch(g), g.known([HEADS // times, times]), *rest(g), axis=0)
    wide = g.call("Expand", g.call("Unsqueeze", x, g.known([2])), sizes)
    return g.call("Reshape", wide, g.call("Concat", batch(g), g.known([HEADS]), *rest(g), axis=0))


def tiled(g: Graph, x: str, times: int) -> str:
    """`repeat_interleave`, by Tile."""
    wide = g.call("Tile", g.call("Unsqueeze", x, g.known([2])), g.known([1, 1, times, 1, 1]))
    return g.call("Reshape", wide, g.call("Concat", batch(g), g.known([HEADS]), *rest(g), axis=0))


def batch(g: Graph) -> str:
    """How many sequences there are, in a list."""
    return g.call("Gather", g.call("Shape", "x"), g.known([0]), axis=0)


def rest(g: Graph) -> list[str]:
    """How long they are, and the features of a head, in lists."""
    return [g.call("Unsqueeze", length(g), g.known([0])), g.known([SIZE])]


def attention(
    g: Graph,
    few: int,
    turned: Callable[[Graph, str], str] = still,
    repeated: Callable[[Graph, str, int], str] = expanded,
) -> str:
    """Causal attention of an open length whose query heads share `few` keys and values."""

    def heads(count: int) -> str:
        made = g.call("MatMul", "x", g.weight(WIDTH, count * SIZE))
        rows = g.call("Reshape", made, g.known([0, -1, count, SIZE]))
        return g.call("Transpose", rows, perm=[0, 2, 1, 3])

    q, k, v = turned(g, heads(HEADS)), turned(g, heads(few)), heads(few)
    k, v = (repeated(g, each, HEADS // few) for each in (k, v))
    turned_k = g.call("Transpose", k, perm=[0, 1, 3, 2])
    scores = g.call("Div", g.call("MatMul", q, turned_k), g.known(SIZE**0.5))
    square = g.call("Concat", *[g.call("Unsqueeze", length(g), g.known([0]))] * 2, axis=0)
    low = g.call("Expand", g.known(float(np.finfo(np.float32).min)), square)
    mask = g.call("Trilu", low, g.known(1), upper=1)
    looks = g.call("Softmax", g.call("Add", scores, mask), axis=-1)
    seen = g.call("Transpose", g.call("MatMul", looks, v), perm=[0, 2, 1, 3])
    return g.call(
        "MatMul", g.call("Reshape", seen, g.known([0, -1, WIDTH])), g.weight(WIDTH, WIDTH)
    )


def imported(folder: Path, few: int, *spelt: Callable[..., str]) -> ImportedNet:
    """What becomes of such attention."""
    g = Graph(x=["N", "T", WIDTH])
    return g.imported(folder, attention(g, few, *spelt))


def words(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split()).replace("( ", "(").replace(", )", ")")


@pytest.mark.parametrize("repeated", [expanded, tiled])
@pytest.mark.parametrize("few", [1, 2])
def test_heads_that_share_keys_are_grouped(
    few: int, repeated: Callable[[Graph, str, int], str], tmp_path: Path
) -> None:
    made = imported(tmp_path, few, still, repeated)

    assert made.proof.equal
    assert f"GroupQueryAttention(4, 4, {few}, use_bias=false, use_causal_mask=true)" in made.text
    assert made.layers == {"GroupQueryAttention": 1}


def test_as_many_keys_as_queries_are_plain_heads(tmp_path: Path) -> None:
    made = imported(tmp_path, HEADS)

    assert made.proof.equal
    assert made.layers == {"MultiHeadAttention": 1}


ROPES: list[tuple[Callable[[Graph, str], str], str]] = [
    (halves, "RotaryEmbedding(1000)"),
    (apart, "RotaryEmbedding(1000)"),
    (neighbours, "RotaryEmbedding(1000, interleaved=true)"),
    (slower, "RotaryEmbedding(1000, scaling_factor=2)"),
]


@pytest.mark.parametrize("few", [1, 2])
@pytest.mark.parametrize(("turned", "layer"), ROPES)
def test_rotary_positions_are_the_attention_s(
    turned: Callable[[Graph, str], str], layer: str, few: int, tmp_path: Path
) -> None:
    made = imported(tmp_path, few, turned)

    assert made.proof.equal
    assert f"rope={layer})" in words(made.text)
    assert made.layers == {"GroupQueryAttention": 1}


def test_positions_that_are_no_rotation_stay(tmp_path: Path) -> None:
    """The second half with another sign."""
    g = Graph(x=["N", "T", SIZE])
    cos, sin = angles(g, np.tile(WAVES, 2))
    beside = g.call("Concat", part(g, "x", SIZE // 2, LAST), part(g, "x", 0, SIZE // 2), axis=-1)
    y = g.call("Add", g.call("Mul", "x", cos), g.call("Mul", beside, sin))
    made = g.imported(tmp_path, y)

    assert made.proof.equal
    assert "RotaryEmbedding" not in made.layers


def test_some_features_turn(tmp_path: Path) -> None:
    """GPT-NeoX turns the first features of a head alone."""
    g = Graph(x=["N", "T", 2 * SIZE])
    turned = halves(g, part(g, "x", 0, SIZE))
    made = g.imported(tmp_path, g.call("Concat", turned, part(g, "x", SIZE, LAST), axis=-1))

    assert made.proof.equal
    assert "return x -> RotaryEmbedding(1000, rotary_dim=4)\n" in made.text
