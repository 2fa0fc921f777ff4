"""What operators that take a mask share: a last tensor of bools `[batch, time]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from ....dsl.diagnostics.codes import Code
from ...shapes.types import TensorType, show_shape
from .backend import KerasLayer, KerasTensor
from .declare import Refusal

T = TypeVar("T")


class HasDtype(Protocol):
    """A tensor's type, or a Keras tensor."""

    @property
    def dtype(self) -> str:
        """Its name."""


def without_mask(tensors: Sequence[T], types: Sequence[HasDtype]) -> tuple[tuple[T, ...], T | None]:
    """The tensors behind a sequence that are no mask, and the mask, which is last."""
    if types and types[-1].dtype == "bool":
        return tuple(tensors[:-1]), tensors[-1]
    return tuple(tensors), None


def check_mask(who: str, x: TensorType, behind: Sequence[TensorType]) -> None:
    """Raises Refusal unless the last tensor behind a sequence is a mask of its steps."""
    mask = behind[-1]
    if mask.dtype != "bool" or mask.shape != x.shape[:2]:
        wanted = TensorType("bool", x.shape[:2])
        raise Refusal(
            Code.SHAPE if mask.dtype == "bool" else Code.DTYPE,
            f"the mask of `{who}` must be {wanted} for a sequence {show_shape(x.shape)}, "
            f"got {mask}",
            inputs=[len(behind)],
        )


def call_masked(layer: KerasLayer, inputs: Sequence[KerasTensor], **more: object) -> KerasTensor:
    """Applies a Keras layer to a sequence, with the mask among the inputs if there is one."""
    x, *rest = inputs
    _, mask = without_mask(rest, rest)
    # Keras finds the mask that x carries only where x is its one tensor.
    if mask is not None and (more or getattr(x, "_keras_mask", None) is None):
        more["mask"] = mask
    return layer(x, **more)
