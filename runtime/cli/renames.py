"""Files for `--rename @FILE`, and whether a checkpoint needs one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...compiler.diff.verdict import DOUBTFUL, RETRAIN, Checkpoint
from ...compiler.ir.graph import CheckedGraph
from ...dsl.record import record
from ...dsl.text.escape import terminal

MOST_FORESEEN = 250
"""Layers with weights past which the loader is told all names, and not asked what it needs.

It holds each layer against each of a file."""


@record
class Way:
    """How a checkpoint of the old net loads: with which renames."""

    renames: Mapping[str, str]

    def text(self) -> str:
        """The same for people."""
        if not self.renames:
            return "It loads as it is: `--weights FILE`."
        return (
            "It loads with `--weights FILE --rename @NAMES`; `--write-rename NAMES` writes those."
        )


REFUSED = "netc loads a checkpoint whole or not at all, so it refuses this one."
LOADS_ANYWAY = (
    "netc loads it all the same, as it finds weights of these shapes for each layer: whether they "
    "are meant, `--rename OLD=NEW` says."
)


def refusal(checkpoint: Checkpoint, old: CheckedGraph, new: CheckedGraph) -> str:
    """What is said of a checkpoint with weights that are left to decide: what the loader does."""
    if max(len(each.layers()) for each in (old, new)) > MOST_FORESEEN:
        return REFUSED
    from ..weights.foresee import foresee

    return LOADS_ANYWAY if foresee(old, new, checkpoint.renames).fits else REFUSED


def way_to_load(checkpoint: Checkpoint, old: CheckedGraph, new: CheckedGraph) -> Way:
    """The renames with which the loader gives each layer what the comparison says.

    Those of layers with other paths, if that is enough, else the paths of all layers.
    """
    if len(checkpoint.layers) <= MOST_FORESEEN:
        from ..weights.foresee import foresee

        renames = checkpoint.renames
        match = foresee(old, new, renames)
        if match.fits and all(
            pair.stored.name == _from(renames, checkpoint.layers[pair.layer])
            for pair in match.pairs
        ):
            return Way(renames)
    return Way(checkpoint.all_names)


def _from(renames: Mapping[str, str], source: str) -> str:
    """What a layer of the file is called once it is renamed."""
    outer = source
    while outer not in renames and "/" in outer:
        outer = outer.rpartition("/")[0]
    return renames[outer] + source[len(outer) :] if outer in renames else source


def rename_text(checkpoint: Checkpoint, way: Way | None) -> str:
    """The lines of a file for `--rename @FILE`; comments say what is left to decide."""
    lines = [f"{old}={new}" for old, new in (way.renames if way else checkpoint.renames).items()]
    seen: set[str] = set()
    for each in checkpoint.weights:
        if each.layer in seen or each.verdict not in (DOUBTFUL, RETRAIN):
            continue
        seen.add(each.layer)
        told = (
            f"could be {', '.join(each.options)}"
            if each.verdict == DOUBTFUL
            else "must be trained anew"
        )
        lines.append(terminal(f"# {each.layer}: {told}"))
    return "".join(f"{line}\n" for line in lines)


def read_renames(path: Path) -> list[str]:
    """The `OLD=NEW` lines of such a file. Raises OSError and UnicodeDecodeError."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
