"""What the names of layers say: which layer is meant, which comes first, which belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from ...compiler.ir.graph import Node
from ...compiler.ir.paths import snake

NUMBER = re.compile(r"[_.]?(\d+)")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
KINDS = frozenset(
    (
        *("attn", "batch", "batchnorm", "bn", "block", "conv", "dense", "embedding"),
        *("fc", "layer", "layernorm", "lin", "linear", "ln", "norm", "normalization", "proj"),
        *("projection", "rms", "weight"),
    )
)
"""Words that say of what class a layer is, and so tell none of them apart."""


def is_made_up(path: str, node: Node) -> bool:
    """Whether the last part of a layer's path is the name that netc gives, as Keras does."""
    assert node.op is not None
    return re.fullmatch(rf"{snake(node.op.name)}(_\d+)?", path.rpartition("/")[2]) is not None


def plain_kind(name: str) -> str:
    """A class name or default layer name as both are compared: `max_pooling2d`, `MaxPooling2D`."""
    return name.replace("_", "").lower()


def plain(name: str) -> str:
    """A name whatever separates its parts: `layer1.0.conv1` is `layer1_0_conv1`."""
    return re.sub(r"[/._]+", "_", name).lower()


def pattern(name: str) -> str:
    """A name without its numbers: `stage1/conv2d_3` and `stage2/conv2d` are of one pattern."""
    *outer, last = re.split(r"[/.](?!\d+(?:[/.]|$))", name)
    parts = [NUMBER.sub("#", part) for part in outer]
    return "/".join((*parts, NUMBER.sub("#", last) if NUMBER.search(last) else f"{last}#"))


def numbers(name: str) -> tuple[int, ...]:
    """The numbers in a name, in order; none at the end comes before all."""
    found = [int(number) for number in NUMBER.findall(name)]
    last = re.split(r"[/.](?!\d+(?:[/.]|$))", name)[-1]
    return tuple(found) if NUMBER.search(last) else (*found, -1)


def below(path: str, name: str) -> bool:
    """Whether a file's name is a path inside something: `encoder.conv.1` for `conv_1`."""
    parts = re.split(r"[/.]", name)
    return any(plain("/".join(parts[start:])) == plain(path) for start in range(1, len(parts)))


def words(name: str) -> frozenset[str]:
    """The words of a name that say what a layer is for: `mlp` and `gate` of `mlp.gate_proj`."""
    return frozenset(word.lower() for word in WORD.findall(name) if len(word) > 1) - KINDS


def told_by_words(
    could: Mapping[str, frozenset[int]], names: Sequence[str], made_up: Collection[str]
) -> dict[str, frozenset[int]]:
    """The places that layers could have, those alone whose names share most words with theirs.

    Places that are all needed by layers which have only those are no others'. `made_up` are the
    layers whose names netc made up.
    """
    spoken = [words(name) for name in names]
    found: dict[str, frozenset[int]] = {}
    for path, places in could.items():
        own = frozenset() if path in made_up else words(path.rpartition("/")[2])
        most = max((len(own & spoken[place]) for place in places), default=0)
        alike = frozenset(place for place in places if len(own & spoken[place]) == most)
        found[path] = alike if most else places
    needed: set[frozenset[int]] = set()
    while True:
        counts = Counter(found.values()).items()
        full = [each for each, count in counts if count == len(each) and each not in needed]
        if not full:
            return {path: left or could[path] for path, left in found.items()}
        needed.add(full[0])
        found = {p: left if left == full[0] else left - full[0] for p, left in found.items()}


def told_by_blocks(
    could: Mapping[str, frozenset[int]], names: Sequence[str], made_up: Collection[str]
) -> dict[str, frozenset[int]]:
    """The places that layers could have, less those in other blocks of the file.

    Where a block of the net is labelled as a module of the file is called (`layer1_0` and
    `layer1.0`), its layers are those of that module, and no others are. `made_up` are the names
    that netc gives to blocks without a label, up to numbers.
    """
    inside: dict[str, set[int]] = {}
    outer = {re.split(r"[/.]", name)[0] for name in names}
    for place, name in enumerate(names):
        parts = _blocks(name.replace(".", "/"))
        if len(outer) == 1:
            # What wraps all of a model is no part of its names.
            parts += [block.partition("/")[2] for block in parts[1:]]
        for block in parts:
            inside.setdefault(plain(block), set()).add(place)
    blocks = {
        block: inside[plain(block)]
        for path in could
        for block in _blocks(path)
        if plain(block) in inside and not _is_numbered(block.rpartition("/")[2], made_up)
    }
    found: dict[str, frozenset[int]] = {}
    for path, places in could.items():
        left = set(places)
        for block, own in blocks.items():
            left = left & own if path.startswith(f"{block}/") else left - own
        found[path] = frozenset(left or places)
    return found


def _blocks(path: str) -> list[str]:
    """What a path lies in: `a` and `a/b` of `a/b/c`."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _is_numbered(part: str, bases: Collection[str]) -> bool:
    return part in bases or re.sub(r"_\d+$", "", part) in bases
