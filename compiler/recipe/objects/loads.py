"""`weights = [load("vgg16.safetensors", into=base)]`: a file of weights and where they go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...ops.base.declare import op
from ...ops.base.kinds import STRING, Kind, Word, arg, describe, many
from .base import RecipeObject


def _path(value: object) -> str:
    text = value.text if isinstance(value, Word) else value
    if not isinstance(text, str):
        raise ValueError(f"{describe(value)} is not a path")
    return text


def is_published(name: str) -> bool:
    """Whether a `load` names the published weights of a net, `zoo.FILE:NET`, and no file."""
    head, colon, net = name.partition(":")
    file = head.removeprefix("zoo.")
    return file != head and bool(colon) and net.isidentifier() and file.isidentifier()


def rename_pairs(texts: Iterable[str]) -> Mapping[str, str]:
    """`old=new` texts as a mapping. Raises ValueError for another text, and a name given twice."""
    found: dict[str, str] = {}
    for text in texts:
        old, equals, new = (part.strip() for part in text.partition("="))
        if not equals or not old or not new:
            raise ValueError(f"`{text}` is not `old=new`: a name in the file, a path in the net")
        if old in found or new in found.values():
            raise ValueError(f"`{old if old in found else new}` is given twice")
        found[old] = new
    return found


def _renames(value: object) -> tuple[str, ...]:
    texts = _TEXTS.convert(value)
    rename_pairs(texts)
    return texts


_TEXTS = many(STRING, "a string or a list of them")
RENAMES = Kind('"old=new", or a list of them', _renames)


@op
class load(RecipeObject):  # noqa: N801 (the word a recipe uses)
    """Weights that a run starts from: a file, for the whole net or the layers below a path of it.

    In the file the layers are called as inside that path.
    """

    file: str = arg(
        STRING,
        doc="the file, as `netc compile --weights` takes it, or a net of the zoo whose published "
        'weights `netc weights` has fetched: "zoo.mobilenet_v2:MobileNetV2"',
    )
    into: str = arg(
        Kind("a layer's path", _path),
        default="",
        doc="the block whose layers the file names; without it the whole net",
    )
    rename: tuple[str, ...] = arg(
        RENAMES,
        default=(),
        doc="for layers that the file calls otherwise: its name, and the path in `into`",
    )


LOAD_CLASSES: Mapping[str, type[RecipeObject]] = {"load": load}
"""The call, by the word a recipe uses."""
