"""The road of a file of Keras: read, take as steps, write, hold against Keras."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ....dsl.text.escape import terminal
from ...errors import UserError
from ...weights.keras_model import Model
from ..road import ImportedNet, finished, used
from .convert import convert_keras
from .making import Notes
from .masks import makes_masks
from .original import KerasOriginal
from .read import KerasFile, read_keras
from .walked import Walked


def import_keras(path: Path) -> ImportedNet:
    """A `.keras` or `.h5` file as a net. Raises UserError for what cannot be read or written."""
    file = read_keras(path)
    masks = makes_masks(file.model)
    try:
        made = _imported(file, spelled=False)
        if made.proof.equal or made.proof.why or not masks:
            return made
    except UserError:
        if not masks:
            raise
        return _imported(file, spelled=True)
    try:
        other = _imported(file, spelled=True)
    except UserError:
        return made
    return other if other.proof.equal else made


def _imported(file: KerasFile, spelled: bool) -> ImportedNet:
    model, making = convert_keras(file, spelled)
    notes = _notes(file, making.notes)
    weights = {path: step.weights for path, step in making.first.items()}
    original = KerasOriginal(file, Walked(file, weights))
    return finished(used(model), notes, original, count(file.model))


def count(model: Model) -> int:
    """How many layers a model has, those of models in it among them."""
    return sum(1 if each.model is None else count(each.model) for each in model.layers)


def _notes(file: KerasFile, notes: Notes) -> Sequence[str]:
    """What stands above the net: where it came from, and what is otherwise than there."""
    plain = terminal(file.path.name).replace("\n", " ")
    lines = [f"Imported from {plain} ({file.kind}) by `netc import`."]
    if notes.dropped:
        lines.append(f"Left out: {', '.join(sorted(notes.dropped))}.")
    if notes.training:
        kinds = ", ".join(sorted(notes.training))
        lines.append(f"Left out, since they act in training alone: {kinds}.")
    if notes.frozen:
        lines.append(
            f"Layers that were frozen there: {notes.frozen}; a recipe says so by `freeze`."
        )
    if notes.policies:
        lines.append(f"Computed there in {', '.join(sorted(notes.policies))}, here in float32.")
    return lines
