"""A net with its weights, classes and way with pictures: of a run folder or a `.net` file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.values import Value
from ...compiler.ir.graph import CheckedGraph
from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.lower.weights import WeightSource
from ..errors import UserError
from ..runs.files import BEST, SOURCE
from ..runs.folder import RunFolder
from ..runs.folds import folds_of
from ..runs.resolved import given
from .literal import literal
from .recipes import check_recipe


@dataclass(frozen=True)
class Looked:
    """What there is to look at. `classes` are empty where nobody names them."""

    checked: CheckedGraph
    weights: WeightSource
    preprocessing: Preprocessing | None
    classes: tuple[str, ...]


def finished(run: Path, kept: str) -> RunFolder:
    """The run in a folder, which keeps a file of that name.

    Raises UserError where the folder holds no run, one of several folds, or one without the file.
    """
    folder = RunFolder(run)
    if not folder.is_run:
        raise UserError(f"{run}: is no folder of a run; name one of those in runs/, or a .net file")
    if folds_of(folder) is not None:
        raise UserError(f"{run}: holds a model for each fold; name one of them: {run / 'fold-1'}")
    if not (folder / kept).exists():
        raise UserError(f"{run}: holds no {kept}; a run writes it when it ends")
    return folder


def source_of(run: Path) -> Path:
    """The `.net` file that a run keeps. Raises UserError as `finished` does, or without one."""
    folder = finished(run, BEST)
    name = folder.facts.get("file")
    if not isinstance(name, str) or Path(name).name != name:
        raise UserError(f"{run}: its run.json does not name the .net file of the run")
    found = sorted((folder / SOURCE).rglob(name), key=lambda path: len(path.parts))
    if not found:
        # The sources of a fold lie beside all folds, too, and in each.
        raise UserError(f"{run}: keeps no {name} in {SOURCE}/; give the .net file and --weights")
    return found[0]


def run_settings(run: Path) -> dict[str, Value]:
    """What `--set` gave the run in a folder; none where there is no run. Raises UserError."""
    folder = RunFolder(run)
    if not folder.is_run:
        return {}
    if "set" in folder.facts:
        return dict(folder.settings)
    # Runs of before `run.json` held it.
    command = folder.facts.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    return {name: literal(text) for name, text in given(words)}


def look_into_run(run: Path, settings: Mapping[str, Value], max_layers: int = MAX_LAYERS) -> Looked:
    """The net that a run trained, with the weights it kept.

    `settings` are those that the run's command line gave. Raises UserError where the folder holds
    no run that ended, or its files do not belong together.
    """
    from ..weights import WeightMismatch, load_weights

    file, facts = source_of(run), RunFolder(run).facts
    name = facts.get("recipe")
    recipe, analysis = check_recipe(
        file, name if isinstance(name, str) else None, settings, max_layers
    )
    if recipe is None:
        first = analysis.diagnostics[0]
        raise UserError(f"{first.span}: {first.message}; the net of {run} can no longer be made")
    try:
        weights = load_weights(run / BEST, recipe.checked)
    except WeightMismatch as mismatch:
        raise UserError(f"{run}: its weights are not those of the net in {file}") from mismatch
    classes = facts.get("classes")
    names = tuple(map(str, classes)) if isinstance(classes, list) else ()
    return Looked(recipe.checked, weights, recipe.preprocessing, names)
