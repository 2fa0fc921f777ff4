"""`weights = [load("vgg16.safetensors", into=base)]`: a file of weights and where they go."""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.base.declare import op
from ...ops.base.kinds import STRING, Kind, Word, arg, describe
from .base import RecipeObject


def _path(value: object) -> str:
    text = value.text if isinstance(value, Word) else value
    if not isinstance(text, str):
        raise ValueError(f"{describe(value)} is not a path")
    return text


@op
class load(RecipeObject):  # noqa: N801 (the word a recipe uses)
    """Weights that a run starts from: a file, for the whole net or the layers below a path of it.

    In the file the layers are called as inside that path.
    """

    file: str = arg(STRING, doc="the file, as `netc compile --weights` takes it")
    into: str = arg(
        Kind("a layer's path", _path),
        default="",
        doc="the block whose layers the file names; without it the whole net",
    )


LOAD_CLASSES: Mapping[str, type[RecipeObject]] = {"load": load}
"""The call, by the word a recipe uses."""
