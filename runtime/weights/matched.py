"""How a file fits a net: which layer gets what, and what is missing, wrong, doubtful or unused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...compiler.ops.base.backend import Tensor
from .file import StoredLayer

NAME, GRAPH, ORDER = "name", "graph", "order"


@dataclass(frozen=True, slots=True)
class Pair:
    """A layer of the net, the layer of the file it gets, its tensors by name, and what told so."""

    layer: str
    stored: StoredLayer
    tensors: Mapping[str, Tensor]
    told_by: str

    @property
    def by_name(self) -> bool:
        """Whether both are called the same."""
        return self.told_by == NAME


@dataclass(frozen=True, slots=True)
class Misfit:
    """A layer of the net that gets nothing: what it needs, what the file has, and why not."""

    layer: str
    needs: str
    has: str
    why: str


@dataclass(frozen=True, slots=True)
class Match:
    """How a file fits a net. Nothing may be loaded unless `fits`.

    `doubtful` are the layers that could be several of the file's.
    """

    pairs: tuple[Pair, ...]
    missing: tuple[Misfit, ...]
    unused: tuple[StoredLayer, ...]
    wrong_shape: tuple[Misfit, ...]
    doubtful: frozenset[str] = frozenset()

    @property
    def fits(self) -> bool:
        """Whether every layer of the net gets all its weights."""
        return not self.missing and not self.wrong_shape
