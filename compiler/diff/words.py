"""What the words of an author tell of layers: what kept its name, and which blocks lost theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator

from ..ir.paths import snake
from .layers import Layer, Layers
from .names import counted, prefixes


def label(layer: Layer) -> str | None:
    """The last part of a path, if netc did not make it up."""
    last = layer.path.rpartition("/")[2]
    return None if counted(last)[0] == snake(layer.kind) else last


def is_worded(layer: Layer) -> bool:
    """Whether an author named a layer or what it is in."""
    return "/" in layer.path or label(layer) is not None


def words(path: str) -> str:
    """A path with nothing counted."""
    return "/".join([counted(part)[0] for part in path.split("/")])


def in_any(path: str, blocks: Collection[str]) -> bool:
    """Whether a layer is in one of some blocks."""
    return bool(blocks) and any(block in blocks for block in prefixes(path)[:-1])


def exchanged(old: Layers, new: Layers) -> frozenset[str]:
    """The blocks of both nets whose names other blocks have now.

    Of the layers that are there once in each net, most of such a block are in another one now.
    """
    ours, theirs = _once(old), _once(new)
    votes: Counter[str] = Counter()
    for whole in ours.keys() & theirs.keys():
        before, after = ({*prefixes(each[whole])[:-1]} for each in (ours, theirs))
        votes.update(before & after)
        votes.subtract(before ^ after)
    both = _blocks(old) & _blocks(new)
    return frozenset(block for block in both if votes[block] < 0)


def kept_words(old: Layers, new: Layers, exchanged: Collection[str]) -> Iterator[tuple[int, int]]:
    """Places of layers with weights that have one path and class in both nets, by an author's word.

    Neither has an equal one of its words on the other side: that could be it as well, counted anew.
    """
    olds, news = (
        {(words(layer.path), layer.whole) for layer in layers.layers if layer.weighs}
        for layers in (old, new)
    )
    for path, at in old.place.items():
        other = new.place.get(path)
        if other is None or in_any(path, exchanged):
            continue
        a, b = old.layers[at], new.layers[other]
        if not a.weighs or a.kind != b.kind or not is_worded(a):
            continue
        word = words(path)
        if (word, a.whole) not in news and (word, b.whole) not in olds:
            yield at, other


def _blocks(layers: Layers) -> set[str]:
    return {block for path in layers.place for block in prefixes(path)[:-1]}


def _once(layers: Layers) -> dict[Hashable, str]:
    """The paths of the layers with weights that have no equal one."""
    counts = Counter(layer.whole for layer in layers.layers if layer.weighs)
    return {
        layer.whole: layer.path
        for layer in layers.layers
        if layer.weighs and counts[layer.whole] == 1
    }
