"""Loads a weights file into a net: everything it needs, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.dtypes import numpy_dtype
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Weight
from ..errors import UserError
from .file import WeightFile, layers_below, renamed
from .match import match_file
from .matched import GRAPH, ORDER, Match
from .open import open_weights

COLUMNS = ("layer", "needs", "the file has", "why not")
WAY_OUT = (
    "which is which: say it with --rename old=new (a name in the file, a path in the net), or "
    "label the layers as the file names them"
)
TOLD_BY = {
    GRAPH: "by the graph of the model in the file",
    ORDER: "by class, shapes and order",
}


class WeightMismatch(UserError):
    """A file that does not fit a net, with the table of what did not match."""

    def __init__(self, path: Path, checked: CheckedGraph, match: Match) -> None:
        self.match = match
        order = {layer: index for index, layer in enumerate(checked.layers())}
        self.rows = tuple(
            sorted((*match.wrong_shape, *match.missing), key=lambda row: order[row.layer])
        )
        """The layers that get nothing, in the net's order."""
        total = len(match.pairs) + len(self.rows)
        super().__init__(
            f"{path}: does not fit the net `{checked.name}`: {len(self.rows)} of its {total} "
            "layers with weights cannot be filled; nothing was loaded"
        )
        self.table = tuple(self.table_lines())

    def table_lines(self) -> list[str]:
        """The table as plain text, then a note on layers of the file that nothing uses."""
        cells = [COLUMNS, *((row.layer, row.needs, row.has, row.why) for row in self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(COLUMNS))]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        if self.match.doubtful:
            lines.append(WAY_OUT)
        if self.match.unused:
            names = ", ".join(layer.title for layer in self.match.unused)
            lines.append(f"unused in the file: {names}")
        return lines


@dataclass(frozen=True)
class LoadedWeights:
    """The weights of a file for one net; each is read from the file when it is needed.

    `match` tells which layers were matched in order and which of the file's are unused.
    """

    path: Path
    match: Match
    tensors: Mapping[tuple[str, str], Tensor]

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight in the dtype the net declares. Its `read` raises UserError on damage."""
        stored = self.tensors[layer, weight.name]
        dtype = numpy_dtype(weight.dtype)

        def read() -> Array:
            array = stored.read()
            if array.shape != weight.shape:
                raise UserError(f"{self.path}: changed while it was read")
            return array.astype(dtype, copy=False)

        return Tensor(weight.shape, weight.dtype, read)

    def notes(self) -> list[str]:
        """What a person should know of the match: guesses by order, and what is left unused."""
        found = []
        for told_by, words in TOLD_BY.items():
            pairs = [pair for pair in self.match.pairs if pair.told_by == told_by]
            if pairs:
                found.append(
                    f"{len(pairs)} of {len(self.match.pairs)} layers were matched {words}, "
                    f"not by name (`{pairs[0].layer}` is `{pairs[0].stored.title}`)"
                )
        if self.match.unused:
            names = ", ".join(layer.title for layer in self.match.unused)
            found.append(f"unused layers of {self.path.name}: {names}")
        return found


def load_weights(
    path: Path,
    checked: CheckedGraph,
    below: str = "",
    rename: Mapping[str, str] | None = None,
) -> LoadedWeights:
    """Matches a file's layers with the net's; no array is read yet.

    Where the file has layers under the path `below`, those are meant, and called as inside it.
    `rename` gives layers of the file, or what layers are in, the paths that they have in the net.

    Layers of the file that the net does not use are a note, not a fault, and an optimizer's
    state is ignored. Raises WeightMismatch where any layer of the net would stay empty, and
    UserError where the file cannot be read.
    """
    file = open_weights(path)
    if below:
        file = layers_below(file, below)
    if rename:
        _check_paths(checked, rename)
        file = renamed(file, rename)
    return loaded(file, checked, inside=bool(below))


def loaded(file: WeightFile, checked: CheckedGraph, inside: bool = False) -> LoadedWeights:
    """The layers of an opened file for a net. Raises WeightMismatch as `load_weights` does."""
    match = match_file(checked, file, inside=inside)
    if not match.fits:
        raise WeightMismatch(file.path, checked, match)
    tensors = {
        (pair.layer, name): tensor for pair in match.pairs for name, tensor in pair.tensors.items()
    }
    return LoadedWeights(file.path, match, tensors)


def _check_paths(checked: CheckedGraph, rename: Mapping[str, str]) -> None:
    """Raises UserError for a new name that is no path of the net."""
    paths = {path for path, node in checked.layers().items() if node.weights}
    for new in rename.values():
        if new not in paths and not any(path.startswith(f"{new}/") for path in paths):
            raise UserError(
                f"--rename: the net `{checked.name}` has no layer with weights at `{new}`; "
                "`netc summary` lists its paths"
            )
