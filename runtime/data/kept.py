"""What a model keeps of the data it was trained on: classes, words, columns, padding, pictures.

A run writes it into its models, and into its file of weights for a net that is compiled with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ir.preprocessing import KEY as PREPROCESSING
from ...compiler.ir.preprocessing import Preprocessing, from_metadata
from ...compiler.ir.sequences import sequences_in, sequences_of
from ...compiler.recipe.prepared import table_rows
from ...compiler.recipe.recipe import Recipe
from ...dsl.text.escape import readable_json
from ..errors import UserError
from ..files.tensors import TensorSpec
from ..infer.classify import class_names, classes_metadata
from .dataset import Dataset
from .row_layout import Layout, RowLayout, layout_metadata, layout_of, values_taken
from .specs import input_specs, tensor_spec
from .text_layout import TextLayout


def data_metadata(dataset: Dataset) -> dict[str, str]:
    """The metadata that keep in a model what its data were: classes, words or columns, padding."""
    metadata = classes_metadata(dataset.classes) if dataset.classes else {}
    metadata |= layout_metadata(dataset.rows)
    sequences = dataset.train.sequences
    return metadata if sequences is None else metadata | sequences.metadata


def run_metadata(recipe: Recipe, dataset: Dataset) -> dict[str, str]:
    """The same for a run's file of weights, and how its pictures are prepared, plain or not."""
    made = recipe.preprocessing
    own = {} if made is None else {PREPROCESSING: readable_json(asdict(made))}
    return own | data_metadata(dataset)


@dataclass(frozen=True)
class KeptData:
    """What of such metadata fits a net."""

    metadata: Mapping[str, str]
    """All but how pictures are prepared."""
    preprocessing: Preprocessing | None = None
    notes: tuple[str, ...] = ()
    """What does not fit, and why."""


def fitting(metadata: Mapping[str, str], checked: CheckedGraph) -> KeptData:
    """What a run kept, for the net that its weights are loaded into, which may be another by now.

    Raises UserError where it is damaged.
    """
    found: dict[str, str] = {}
    notes: list[str] = []
    try:
        made = from_metadata(metadata)
        padded = sequences_in(metadata)
    except ValueError as error:
        raise UserError(f"what it keeps of its run is damaged: {error}") from error
    specs = {spec.name: spec for spec in input_specs(checked)}
    if made is not None and made.input not in specs:
        if not made.plain:
            notes.append(f"how `{made.input}` is prepared: the net has no such input")
        made = None
    names = class_names(metadata)
    if names and not _tells_apart(checked, len(names)):
        notes.append(f"the names of {len(names)} classes: no output of the net has so many")
    elif names:
        found |= classes_metadata(names)
    own = sequences_of(checked)
    if padded is not None and own is None:
        notes.append("how sequences are padded: the net takes none")
    elif padded is not None and own is not None:
        own = replace(own, length=own.length or padded.length)
        found |= own.metadata
    layout = layout_of(metadata)
    if layout is not None:
        mask = None if own is None else own.mask
        fed = [spec for spec in specs.values() if spec.name != mask]
        fit = _fitted(layout, fed, checked)
        if fit is None:
            what = "the words of its texts" if isinstance(layout, TextLayout) else "its columns"
            notes.append(f"{what}: the net takes {', '.join(map(str, fed))}")
        found |= layout_metadata(fit)
    return KeptData(found, made, tuple(notes))


def _tells_apart(checked: CheckedGraph, classes: int) -> bool:
    outputs = [
        tensor_spec(output.name, checked.graph.type(output.ref)) for output in checked.graph.outputs
    ]
    return any(can_name(spec, classes) for spec in outputs)


def can_name(output: TensorSpec, classes: int) -> bool:
    """Whether the units of an output, `[N, …, units]`, can be so many classes; one unit is two."""
    units = output.shape[-1] if output.rank > 1 else 1
    return units is None or units == classes or (units == 1 and classes == 2)


def _fitted(layout: Layout, fed: list[TensorSpec], checked: CheckedGraph) -> Layout | None:
    """The layout for the one input that data feed; None where it does not fit."""
    if len(fed) != 1:
        return None
    (spec,) = fed
    if isinstance(layout, RowLayout):
        return layout if values_taken(layout, spec) in (None, layout.width) else None
    rows = table_rows(checked.graph, spec.name)
    if (
        spec.rank != 2
        or "int" not in spec.dtype
        or (rows is not None and rows < len(layout.tokens))
    ):
        return None
    return replace(layout, length=spec.shape[1] or layout.length)
