"""The road of a folder of Hugging Face: read, write by its family, fill, hold against formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from ....compiler.ir.graph import CheckedGraph
from ....compiler.ops.base.backend import Array, Tensor
from ....compiler.ops.base.op import Weight
from ....dsl.format.file import format_file
from ....dsl.syntax.parse import parse
from ....dsl.text.escape import terminal
from ....dsl.text.source import Source as Text
from ...errors import UserError
from ..prove import CannotRun, Proof, prove
from ..road import ImportedNet, checked_text
from ..steps import Imported, Step, Value, View
from .bert import Bert
from .family import Family
from .gpt2 import Gpt2
from .llama import Llama
from .read import Folder, Settings, read_folder
from .taking import Taking

FAMILIES: Mapping[str, Callable[[Settings], Family]] = {"bert": Bert, "gpt2": Gpt2, "llama": Llama}
MOST_NAMES = 3


@dataclass(frozen=True)
class FolderWeights:
    """The tensors of a folder by the paths of a net; each is read when it is needed."""

    tensors: Mapping[tuple[str, str], Tensor]

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight `<layer>/<weight.name>`."""
        return self.tensors[layer, weight.name]


@dataclass(frozen=True)
class Formulas:
    """The model as its paper has it, in NumPy, with the tensors of a folder."""

    folder: Folder
    family: Family
    taking: Taking

    @property
    def path(self) -> Path:
        """The configuration."""
        return self.folder.settings.path

    def run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs in their order."""
        return self.family.reference(self.taking, inputs)

    def inside(self, names: Sequence[str], inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Nothing: only outputs are compared."""
        return {}


def import_folder(path: Path) -> ImportedNet:
    """A folder, or its `config.json`, as a net. Raises UserError.

    Without weights beside the configuration the net alone is made.
    """
    folder = read_folder(path)
    settings = folder.settings
    kind = settings.word("model_type", "")
    make = FAMILIES.get(kind)
    if make is None:
        raise UserError(
            f"{settings.path}: netc imports the model types {', '.join(FAMILIES)}, "
            f"not {terminal(kind) or 'one without a `model_type`'}"
        )
    family = make(settings)
    text, checked = _written(folder, family, kind)
    layers = Counter(node.op.name for node in checked.graph if node.op is not None)
    if folder.tensors is None:
        proof = Proof(0.0, 0, why=f"{settings.path}: no weights beside it, so nothing to compare")
        return ImportedNet(text, checked, None, proof, layers.total(), layers, {})
    taking = Taking(settings.path, folder.tensors, family.prefix)
    weights = _filled(checked, family, taking)
    left = taking.unused()
    strange = [
        name for name in left if not name.removeprefix(family.prefix).startswith(family.spare)
    ]
    if strange:
        shown = ", ".join(strange[:MOST_NAMES]) + (", …" if len(strange) > MOST_NAMES else "")
        raise UserError(f"{settings.path}: the net has no place for {shown} of the weights")
    if left:
        heads = sorted({".".join(name.split(".")[:2]) for name in left})
        text = text.replace("\n\n", f"\n# Weights that it does not use: {', '.join(heads)}.\n\n", 1)
    try:
        proof = prove(Formulas(folder, family, taking), _described(family), checked, weights)
    except CannotRun as fault:
        proof = Proof(float("inf"), 0, why=str(fault))
    return ImportedNet(text, checked, weights, proof, len(folder.tensors), layers, {})


def _written(folder: Folder, family: Family, kind: str) -> tuple[str, CheckedGraph]:
    """The text with the count of its parameters, and the net."""
    path = folder.settings.path
    plain = terminal(f"{path.parent.name}/{path.name}").replace("\n", " ").lstrip("/")
    head = f"# Imported from {plain} (Hugging Face, {kind}) by `netc import`.\n\n"
    body = head + family.text()
    checked = checked_text(path, body)
    params = sum(prod(w.shape) for node in checked.layers().values() for w in node.weights)
    text = f"{body}\nexpect {family.name} {{\n  params == {params:_}\n}}\n"
    return format_file(parse(Text("imported.net", text))), checked


def _filled(checked: CheckedGraph, family: Family, taking: Taking) -> FolderWeights:
    """The tensors of the folder for the layers of the net, which stand in the family's order."""
    found: dict[tuple[str, str], Tensor] = {}
    layers = [(path, node) for path, node in checked.layers().items() if node.weights]
    # Learned tensors of a net come where they are written; a family has them last.
    layers.sort(key=lambda item: item[1].op is not None and item[1].op.name == "Weight")
    for (path, node), source in zip(layers, family.sources(taking), strict=True):
        wanted = {weight.name: tuple(weight.shape) for weight in node.weights}
        given = {name: tuple(tensor.shape) for name, tensor in source.items()}
        if wanted != given:
            raise UserError(f"{taking.path}: the layer `{path}` has {wanted}, not {given}")
        found |= {(path, name): tensor for name, tensor in source.items()}
    return FolderWeights(found)


def _described(family: Family) -> Imported:
    """The inputs and outputs of the net, as the proof asks for them."""
    inputs = [
        Step("input", (), {"name": each.name, "of": each.name}, (each.type,), each.name)
        for each in family.inputs()
    ]
    # Which integers an input holds is asked of the tables that look them up.
    tables = [
        Step(
            "Embedding",
            (Value(step),),
            {},
            (),
            "",
            {"embeddings": np.broadcast_to(np.float32(0), (each.below, 1))},
        )
        for step, each in zip(inputs, family.inputs(), strict=True)
        if each.type.dtype == "int32"
    ]
    ends = [
        (name, View.as_is(Value(Step("", (), {}, (type,), name))))
        for name, type in family.outputs()
    ]
    places = {str(step.args["of"]): View.as_is(Value(step)) for step in inputs}
    return Imported(family.name, inputs, tables, ends, places)
