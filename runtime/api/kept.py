"""What a file of weights keeps of the run that trained them, for the net they are loaded into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from ..runs.files import BEST, FIRST_FOLD, KERAS

if TYPE_CHECKING:
    from ..data.kept import KeptData


def weights_of(path: Path) -> Path:
    """The file of weights that a path names: that of a run, where it is the folder of one.

    Raises UserError where a folder holds none.
    """
    if not path.is_dir():
        return path
    if (path / FIRST_FOLD).is_dir():
        raise UserError(
            f"{path}: holds a model for each fold; name one of them: {path / FIRST_FOLD}"
        )
    if not (path / BEST).exists():
        raise UserError(f"{path}: is a folder without {BEST}, which a run writes when it ends")
    return path / BEST


def kept_data(weights: Path | None, checked: CheckedGraph) -> KeptData:
    """What the weights keep of their run that fits a net. Raises UserError where it is damaged."""
    from ..data.kept import fitting
    from ..published.fetch import resolved
    from ..weights import kept_metadata

    if weights is None:
        return fitting({}, checked)
    path = resolved(weights)
    if path.name == KERAS and (path.parent / BEST).exists():
        # A run writes both, and Keras's file keeps the weights alone.
        path = path.parent / BEST
    try:
        return fitting(kept_metadata(path), checked)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def preprocessing_with(
    kept: KeptData, recipes: Sequence[Recipe], net: str, name: str | None
) -> Preprocessing | None:
    """How a net's pictures are prepared: as the recipe of that name says, else as the run of its
    weights did, else as its recipes say.

    Raises UserError where there is no such recipe, or where those differ that are asked.
    """
    from ..infer.preprocess import net_preprocessing

    if name is None and kept.preprocessing is not None:
        return kept.preprocessing
    return net_preprocessing(recipes, net, name)
