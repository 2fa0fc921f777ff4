"""Does to arrays and batches what a `Preprocessing` says, and finds that of a model or a net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ir.preprocessing import KEY, Numbers, Preprocessing, from_metadata, to_metadata
from ...compiler.lower.dtypes import holds_fractions, numpy_dtype
from ...compiler.ops.base.backend import Array
from ...compiler.passes.embed_preprocessing import with_preprocessing
from ...compiler.recipe.recipe import Recipe
from ...dsl.text.escape import terminal
from ..errors import UserError
from ..files.tensors import TensorSpec
from .session import Session

T = TypeVar("T")


def changed(x: T, made: Preprocessing) -> T:
    """`(x * scale - mean) / std`, channels in order: of a NumPy array or a TensorFlow tensor.

    `x` is `[samples, …]`, of floats.
    """
    value: Any = x
    if made.color_order == "bgr":
        value = value[..., ::-1] if made.axis == -1 else value[:, ::-1]
    if made.scale != 1:
        value = value * made.scale
    if made.mean != 0:
        value = value - _along(made.mean, value, made.axis)
    if made.std != 1:
        value = value / _along(made.std, value, made.axis)
    result: T = value
    return result


def _along(numbers: Numbers, x: Any, axis: int | None) -> Any:
    """One number, or one for each channel in a shape that broadcasts with `x`."""
    if not isinstance(numbers, tuple):
        return numbers
    row = np.asarray(numbers, getattr(x.dtype, "as_numpy_dtype", x.dtype))
    return row if axis == -1 else row.reshape(-1, *[1] * (len(x.shape) - 2))


def prepared(array: Array, made: Preprocessing | None, dtype: str) -> Array:
    """An array as the input takes it, `[samples, …]`; without a `Preprocessing` only cast.

    Raises UserError where the channels are not those of the `Preprocessing`, or the input holds
    integers.
    """
    if made is None or not made.changes_values:
        return array.astype(numpy_dtype(dtype))
    require_fitting(made, array.shape, dtype)
    wide = array.astype("float64" if dtype == "float64" else "float32")
    return np.ascontiguousarray(changed(wide, made).astype(numpy_dtype(dtype)))


def require_fitting(made: Preprocessing, shape: Sequence[int | None], dtype: str) -> None:
    """Raises UserError where an input of that shape and dtype cannot be prepared so."""
    if made.changes_values and not holds_fractions(dtype):
        raise UserError(f"the input `{made.input}` is {dtype}, and {made.formula()} makes floats")
    for length in made.lengths():
        channels = shape[made.axis] if made.axis is not None and len(shape) > 1 else 1
        if channels is not None and length not in (1, channels):
            raise UserError(
                f"the input `{made.input}` has {channels} channels, but is prepared by {length} "
                f"numbers: {made.formula()}"
            )


def model_preprocessing(session: Session) -> Preprocessing | None:
    """What a model's metadata say of its pictures; None where they say nothing.

    Raises UserError where they are damaged or do not fit its inputs.
    """
    try:
        made = from_metadata(session.metadata)
    except ValueError as error:
        raise UserError(
            f"the model's metadata `{KEY}` cannot be read: {terminal(str(error))}"
        ) from error
    if made is None:
        return None
    spec = _input(made, session.inputs)
    require_fitting(made, spec.shape, spec.dtype)
    return made


def _input(made: Preprocessing, inputs: Sequence[TensorSpec]) -> TensorSpec:
    for spec in inputs:
        if spec.name == made.input:
            return spec
    raise UserError(
        f"the model's metadata `{KEY}` are about `{terminal(made.input)}`, which it does not take"
    )


def prepared_alike(session: Session, recipe: Recipe) -> bool:
    """Whether a model was saved with what its recipe still says of pictures, in it or beside it."""
    ways = (to_metadata(recipe.preprocessing, in_graph=each).get(KEY) for each in (False, True))
    return session.metadata.get(KEY) in ways


def net_preprocessing(
    recipes: Sequence[Recipe], net: str, name: str | None
) -> Preprocessing | None:
    """What the recipes of a net in its file say of its pictures; None where they say nothing.

    `name` chooses one. Raises UserError where there is no such, or where they differ.
    """
    own = [recipe for recipe in recipes if recipe.net == net]
    if name is not None:
        own = [recipe for recipe in own if recipe.name == name]
        if not own:
            raise UserError(f"`{net}` has no recipe `{name}`")
    found: dict[Preprocessing | None, str] = {}
    for recipe in own:
        made = recipe.preprocessing
        if recipe.data is not None:
            found[None if made is None or made.plain else made] = recipe.name
    if len(found) > 1:
        first, second, *_ = found.values()
        raise UserError(
            f"the recipes `{first}` and `{second}` of `{net}` prepare pictures differently; "
            f"choose with --recipe {first}"
        )
    return next(iter(found), None)


@dataclass(frozen=True)
class SavedNet:
    """A net as a model file keeps it, and what the file says of its pictures."""

    checked: CheckedGraph
    metadata: dict[str, str]


def saved_net(checked: CheckedGraph, made: Preprocessing | None, *, embed: bool) -> SavedNet:
    """The net to save; with `embed` its first layers change values as `made` says.

    Raises UserError where there is nothing to embed.
    """
    if not embed:
        return SavedNet(checked, to_metadata(made))
    if made is None or not made.changes_values:
        raise UserError(
            f"there is nothing to embed: no recipe of `{checked.name}` says how pixels become "
            "what it takes, such as scale=1 / 255 in its `data`"
        )
    return SavedNet(with_preprocessing(checked, made), to_metadata(made, in_graph=True))
