"""The loss and metrics of a trained net on a part of its data, as Keras's `evaluate` has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.base import Loss, Metric
from ...compiler.recipe.objects.sums import term_names
from ...compiler.recipe.recipe import Head, Recipe
from ..data.arrays import real_targets
from ..data.dataset import Part
from ..data.encode import encoders, untaught
from ..data.steps import of_real_steps
from .logits import of_logits

BATCH = 1024
"""Samples that Keras's metrics get at once."""


def measure(
    recipe: Recipe, part: Part, outputs: Mapping[str, Array], penalty: float = 0.0
) -> dict[str, float]:
    """Loss and metrics by their names in histories, of the outputs for all samples of a part.

    The recipe's last phase says what is measured. Cross-entropy is that of logits where `outputs`
    hold them, too (`session_with_logits`). Losses and weighted metrics count each sample by its
    weight, where the part has some. `penalty` is what regularization adds to the
    loss. Raises UserError where a metric needs Keras and it is not installed.
    """
    several = len(recipe.phases[-1].heads) > 1
    heads = [head for head in recipe.phases[-1].heads if not head.inner]
    targets = encoded_targets(recipe, heads, part)
    outputs = real_outputs(part, outputs)
    values: dict[str, float] = {"loss": penalty}
    terms: dict[str, list[float]] = {}
    for head in heads:
        found = [_term(head, each.loss, targets, outputs, part) for each in head.loss.terms]
        value = sum(each.weight * one for each, one in zip(head.loss.terms, found, strict=True))
        values["loss"] += head.weight * value
        if several:
            values[f"{head.output}_loss"] = value
        terms[head.output] = found
    for head in heads:
        for name, metric, weighted in head.measured:
            plain = metric.for_targets(head.targets)
            plain, source = of_logits(plain, head.output, outputs)
            weights = weights_of(part, head) if weighted else None
            made = _metric(plain, targets[head.output], outputs[source], weights)
            values[head.logged(name, several)] = made
        for name, value in zip(term_names(head.loss), terms[head.output], strict=False):
            values[head.logged(name, several)] = value
    if untried(recipe):
        # The sum holds losses of tensors that the model does not give.
        del values["loss"]
    return values


def untried(recipe: Recipe) -> tuple[str, ...]:
    """The tensors inside the net that training has a loss on, and the model does not give."""
    return tuple(head.output for head in recipe.phases[-1].heads if head.inner)


def untried_note(recipe: Recipe) -> str:
    """Says which losses belong to training alone; empty where none does."""
    names = ", ".join(f"`{name}`" for name in untried(recipe))
    if not names:
        return ""
    return (
        f"The losses of {names} belong to training: the model gives no such output, so neither "
        "they nor the sum of all losses are measured on it."
    )


def _term(
    head: Head,
    loss: Loss,
    targets: Mapping[str, Array],
    outputs: Mapping[str, Array],
    part: Part,
) -> float:
    made, source = of_logits(loss, head.output, outputs)
    return _loss(made, targets[head.output], outputs[source], weights_of(part, head))


def real_outputs(part: Part, outputs: Mapping[str, Array]) -> dict[str, Array]:
    """The outputs, of those with steps that do not count the others behind one another."""

    def real(name: str, array: Array) -> Array:
        output = name.partition("/before ")[0]
        if part.lengths is not None and output in part.with_steps:
            return of_real_steps(array, part.lengths)
        return _counted(part, output, array)

    return {name: real(name, array) for name, array in outputs.items()}


def _counted(part: Part, output: str, array: Array) -> Array:
    """Targets or values of an output without the steps that its mask leaves out."""
    mask = part.masks.get(output)
    return array if mask is None else array[mask]


def weights_of(part: Part, head: Head) -> Array | None:
    """How much each sample counts, or each step that counts where an output has others."""
    mask = part.masks.get(head.output)
    if part.weights is not None and mask is not None:
        return np.repeat(part.weights, mask.reshape(len(mask), -1).sum(axis=1))
    if part.weights is None or part.lengths is None or head.source not in part.with_steps:
        return part.weights
    return np.repeat(part.weights, part.lengths)


def encoded_targets(recipe: Recipe, heads: Sequence[Head], part: Part) -> dict[str, Array]:
    """The targets of a part by output, in the form that each head's loss wants.

    Where steps of an output do not count they are those of the others, behind one another. Zeros
    stand for those of a head that has none.
    """
    none = np.zeros(len(part), np.float32)
    found = {
        e.name: _counted(part, e.name, e.encoded(real_targets(part, e.source)))
        for e in encoders(recipe, heads)
    }
    return found | dict.fromkeys(untaught(heads), none)


def penalty(recipe: Recipe, weights: WeightSource) -> float:
    """What regularizers add to the loss; as in Keras, those of frozen layers do not."""
    total = 0.0
    for path, node in recipe.checked.layers().items():
        for weight in node.weights:
            made = weight.regularizer
            if made is None or path in recipe.phases[-1].frozen:
                continue
            values = np.asarray(weights.tensor(path, weight).read(), np.float64)
            total += float(getattr(made, "l1", 0.0)) * float(np.abs(values).sum())
            total += float(getattr(made, "l2", 0.0)) * float((values**2).sum())
    return total


def _loss(loss: Loss, y: Array, p: Array, weights: Array | None) -> float:
    value = loss.value(np, y, p, weights)
    if value is not None:
        return value
    from ..infer.keras_module import import_keras

    made: Any = loss.keras_object(import_keras())
    total = 0.0
    for some in _batches(p):
        total += float(made(y[some], p[some], _expanded(weights, some, p))) * len(p[some])
    return total / max(1, len(p))


def _metric(metric: Metric, y: Array, p: Array, weights: Array | None) -> float:
    value = metric.value(np, y, p) if weights is None else metric.weighted(np, y, p, weights)
    if value is not None:
        return value
    from ..infer.keras_module import import_keras

    made: Any = metric.keras_object(import_keras())
    for some in _batches(p):
        made.update_state(y[some], p[some], _expanded(weights, some, p))
    return float(made.result())


def _batches(p: Array) -> Iterator[slice]:
    return (slice(start, start + BATCH) for start in range(0, len(p), BATCH))


def _expanded(weights: Array | None, some: slice, p: Array) -> Array | None:
    """The weights of some samples, one for each row of units of an output."""
    if weights is None:
        return None
    inner = p.shape[1:-1]
    own = weights[some].reshape(-1, *(1,) * len(inner))
    return np.broadcast_to(own, (len(own), *inner))
