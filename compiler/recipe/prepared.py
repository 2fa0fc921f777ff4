"""How the data of a recipe become the tensors of its net."""

from __future__ import annotations

from dataclasses import replace

from ..ir.graph import CheckedGraph, Graph
from ..ir.preprocessing import Preprocessing
from ..ir.sequences import Sequences, sequences_of
from ..ops.core.embedding import Embedding
from ..shapes.dims import Dim
from ..shapes.types import TensorType
from .objects.base import DataSource
from .objects.source_pictures import image_folder
from .objects.source_sequences import jsonl, sequence_folder
from .objects.sources import LONGEST, csv, npz

CHANNELS = (1, 3, 4)
"""How many channels pictures have: grey, colours, colours and transparency."""


def preprocessing_of(source: DataSource | None, checked: CheckedGraph) -> Preprocessing | None:
    """What is done to the pictures or arrays of a source; None where it has none to prepare."""
    name = prepared_input(checked)
    if name is None or not isinstance(source, image_folder | npz | sequence_folder | jsonl):
        return None
    type = checked.graph.node(name).outputs[0]
    axis = channels_axis(type, pictures=isinstance(source, image_folder))
    made = Preprocessing(name, axis, scale=source.scale, mean=source.mean, std=source.std)
    if not isinstance(source, image_folder):
        return made
    size = source.image_size
    return replace(
        made,
        image_size=None if size is None else (size[0], size[1]),
        interpolation=source.interpolation,
        shorter_side=source.shorter_side,
        crop_to_aspect_ratio=source.crop_to_aspect_ratio,
        pad_to_aspect_ratio=source.pad_to_aspect_ratio,
        color_order=source.color_order,
    )


def prepared_input(checked: CheckedGraph) -> str | None:
    """The input that `scale`, `mean` and `std` are about: the only one, or the only pictures."""
    graph = checked.graph
    pictures = [path for path in graph.inputs if graph.node(path).outputs[0].rank == 4]
    found = graph.inputs if len(graph.inputs) == 1 else pictures
    return found[0] if len(found) == 1 else None


def channels_axis(type: TensorType, *, pictures: bool) -> int | None:
    """The axis of an input that holds channels: 1, -1 or none."""
    shape = type.shape
    if type.rank == 4:
        return 1 if shape[3] not in CHANNELS and shape[1] in CHANNELS else -1
    return None if type.rank < 2 or (pictures and type.rank == 3) else -1


def picture_sizes(type: TensorType) -> tuple[Dim, Dim] | None:
    """The height and width of an input that holds pictures; None where it holds none."""
    shape = type.shape
    if type.dtype in ("bool", "int8"):
        return None
    if type.rank == 4 and shape[3] in CHANNELS:
        return shape[1], shape[2]
    if type.rank == 4 and shape[1] in CHANNELS:
        return shape[2], shape[3]
    return (shape[1], shape[2]) if type.rank == 3 else None


def table_rows(graph: Graph, input: str) -> int | None:
    """The rows of the smallest `Embedding` that reads an input; None where none does."""
    ops = [graph.node(reader).op for reader in graph.readers(input)]
    return min((op.input_dim for op in ops if isinstance(op, Embedding)), default=None)


def most_tokens(source: csv, graph: Graph) -> int | None:
    """How many ids a text may become, padding and unknown among them; None where nothing says it.

    As many as the `Embedding` behind the only input has rows, and no more than `max_tokens`.
    """
    given = [source.max_tokens, table_rows(graph, graph.inputs[0])]
    return min((each for each in given if each is not None), default=None)


def text_length(source: csv, graph: Graph) -> int | None:
    """How many words of a text the only input, `[N, T]`, takes; None where nothing says it."""
    sizes = graph.node(graph.inputs[0]).outputs[0].shape[1:]
    fixed = sizes[0] if len(sizes) == 1 else None
    given = source.length if isinstance(source.length, int) else None
    return fixed if isinstance(fixed, int) else given


def padded_to_longest(source: csv) -> bool:
    """Whether texts are padded to the longest of a batch."""
    return source.text is not None and source.length == LONGEST


def recipe_sequences(source: DataSource | None, checked: CheckedGraph) -> Sequences | None:
    """How the sequences that a source brings are padded; None where it brings none.

    Where there is no source, Python may give some.
    """
    if isinstance(source, image_folder):
        return None
    if isinstance(source, npz) and source.lengths is None:
        return None
    if isinstance(source, csv) and source.sequence is None and not padded_to_longest(source):
        return None
    found = sequences_of(checked)
    length = source.length if isinstance(source, csv | npz | sequence_folder | jsonl) else None
    if found is None or found.length is not None or not isinstance(length, int):
        return found
    return replace(found, length=length)
