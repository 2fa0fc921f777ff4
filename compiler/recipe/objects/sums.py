"""Sums of losses: `categorical_crossentropy + 0.1 * mse`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ....dsl.record import record
from ...ir.paths import snake
from ...ops.base.backend import KerasModule
from .base import NONE, Loss, Term


@record
class LossSum(Loss):
    """The sum of several losses of one output, each times its weight."""

    added: tuple[Term, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """The losses with their weights."""
        return self.added

    @property
    def form(self) -> str:
        """The form of targets that all terms take; that of measurements where they share none."""
        return shared_form(term.loss.form for term in self.added) or "values"

    @property
    def from_logits(self) -> bool:
        """Whether a term takes logits."""
        return any(getattr(term.loss, "from_logits", False) for term in self.added)

    def keras_object(self, keras: KerasModule) -> object:
        """A Keras loss that adds up Keras's own."""
        k: Any = keras
        made: list[Any] = [term.loss.keras_object(keras) for term in self.added]
        weights = [term.weight for term in self.added]

        def added(_: object, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            """Each loss as one number, so that every one keeps its own reduction."""
            return sum(
                weight * loss(y_true, y_pred, sample_weight)
                for weight, loss in zip(weights, made, strict=True)
            )

        return type("Sum", (k.losses.Loss,), {"__call__": added})(name="sum")


def shared_form(forms: Iterable[str]) -> str | None:
    """The form of targets that losses of several forms can all take; None where there is none.

    One-hot rows, 0 and 1, -1 and 1 are numbers too, and one-hot rows are 0 and 1.
    """
    found = set(forms) - {NONE}
    if not found:
        return NONE
    if "classes" not in found and len(found) > 1:
        found -= {"values"}
    if found == {"one_hot", "binary"}:
        return "one_hot"
    return found.pop() if len(found) == 1 else None


def term_names(loss: Loss) -> Sequence[str]:
    """What histories call the terms of a sum: `dice_loss`; none for a loss that is no sum."""
    if not isinstance(loss, LossSum):
        return ()
    found: list[str] = []
    for term in loss.added:
        base = snake(type(term.loss).__name__)
        count = sum(name == base or name.startswith(f"{base}_part") for name in found)
        found.append(f"{base}_part{count + 1}" if count else base)
    return tuple(f"{name}_loss" for name in found)


def keras_terms(loss: Loss, keras: KerasModule) -> list[object]:
    """A Keras metric for each term of a sum, called as histories call it.

    It is the mean of the loss over batches, as Keras tracks the losses of several outputs.
    """
    return [
        _tracked(term.loss.keras_object(keras), name, keras)
        for term, name in zip(loss.terms, term_names(loss), strict=False)
    ]


def _tracked(loss: Any, name: str, keras: KerasModule) -> object:
    k: Any = keras
    metric = k.metrics.Mean(name=name)
    add = metric.update_state

    def update_state(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Adds the loss of a batch, which counts as often as it has samples."""
        size = k.ops.shape(y_pred)[0]
        value = loss(y_true, y_pred, sample_weight)
        # A worker's share of a batch may be empty, and a mean of nothing is no number.
        value = k.ops.where(size > 0, value, k.ops.zeros_like(value))
        return add(value, sample_weight=size)

    metric.update_state = update_state
    return metric
