"""Finds how a model's sequences of unequal lengths are padded, in its metadata."""

from __future__ import annotations

from ...compiler.ir.sequences import KEY, Sequences, sequences_in
from ..errors import UserError
from ..files.tensors import TensorSpec
from .session import Session


def model_sequences(session: Session) -> Sequences | None:
    """What a model's metadata say of its sequences; None where they say nothing.

    Raises UserError where they are damaged or do not fit its inputs and outputs.
    """
    try:
        made = sequences_in(session.metadata)
    except ValueError as error:
        raise UserError(
            f"the model's metadata `{KEY}` do not say how its sequences are padded"
        ) from error
    if made is None:
        return None
    inputs = {spec.name: spec for spec in session.inputs}
    masks = () if made.mask is None else (made.mask,)
    ranks = [*(inputs.get(name) for name in made.padding), *(inputs.get(name) for name in masks)]
    known = {spec.name for spec in session.outputs}
    if any(spec is None or spec.rank < 2 for spec in ranks) or not known.issuperset(made.steps):
        raise UserError(f"the model's metadata `{KEY}` are about other inputs than it takes")
    return made


def fed_inputs(session: Session, made: Sequences | None) -> list[TensorSpec]:
    """The inputs of a model that data feed: all but a mask that is made for them."""
    mask = None if made is None else made.mask
    return [spec for spec in session.inputs if spec.name != mask]
