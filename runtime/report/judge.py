"""Judges a trained model on one part of its data: figures, classes, mistakes, values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...compiler.recipe.logged import weighed_names
from ...compiler.recipe.recipe import Recipe
from ..data.dataset import Part
from ..infer.session import Session
from .confusion import Confusion, confusion
from .measures import measure, real_outputs
from .mistakes import Mistake, worst_mistakes
from .predict import predict
from .reading import Estimated, classified, estimated


@dataclass(frozen=True)
class Judgement:
    """What a model does on a part. `output` is the head that `confusion` is of."""

    part: str
    samples: int
    values: Mapping[str, float]
    """Loss and metrics by their names in histories."""
    output: str
    confusion: Confusion | None
    mistakes: tuple[Mistake, ...]
    estimated: Estimated | None
    weighed: tuple[str, ...] = ()
    """The figures that count each sample by its weight, where samples have some."""


def judge(
    session: Session,
    recipe: Recipe,
    part: Part,
    classes: Sequence[str],
    penalty: float = 0.0,
    masks: Session | None = None,
) -> Judgement:
    """Runs the model on every sample of a part and compares with the targets.

    Steps that `masks`, a model that gives the masks of outputs, leaves out count nowhere. `penalty`
    is what regularization adds to the loss. Raises UserError where a sample cannot be read or does
    not fit the model.
    """
    outputs = predict(session, part)
    if masks is not None:
        part = replace(part, masks=predict(masks, part))
    values = measure(recipe, part, outputs, penalty)
    outputs = real_outputs(part, outputs)
    weighed = weighed_names(recipe.phases[-1].heads) if part.weights is not None else ()
    read = classified(recipe, part, outputs, classes)
    return Judgement(
        part.name,
        len(part),
        values,
        read.output if read is not None else "",
        None if read is None else confusion(read.classes, read.truth, read.predicted),
        () if read is None else worst_mistakes(read, part.names),
        estimated(recipe, part, outputs),
        tuple(name for name in weighed if name in values),
    )
