"""The model that says which steps of a net's outputs count."""

from __future__ import annotations

from pathlib import Path

from ...compiler.recipe.inner import masks_of
from ...compiler.recipe.recipe import Recipe
from ..data.dataset import Part
from ..infer.session import Session
from ..runs.files import BEST


def mask_session(run: Path, recipe: Recipe, model: Session, part: Part) -> Session | None:
    """What makes the masks of outputs of the same samples; None where all their steps count.

    Keras leaves masked steps out of losses and metrics. Those of sequences of unequal lengths are
    known already. `model` is that of the run. Raises UserError where weights do not fit.
    """
    masks = None if part.lengths is not None else masks_of(recipe.checked)
    if masks is None:
        return None
    from ...compiler.lower.onnx.lower import lower_onnx
    from ..weights import load_weights

    weights = load_weights(run / BEST, recipe.checked)
    made = lower_onnx(masks, weights, metadata=model.metadata)
    return Session(made.model().SerializeToString())
