"""The precisions a net can be compiled in, with the words that recipes have for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..ops.base.backend import Tensor
from ..ops.base.op import Op, Weight
from ..ops.recurrent.bidirectional import Bidirectional
from ..ops.recurrent.recurrent_base import Recurrent
from ..shapes.types import TensorType
from .weights import WeightSource

FLOAT32 = "float32"
FLOAT64 = "float64"
MIXED: Mapping[str, str] = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
"""Precisions that compute products in 16 bits and all else in float32, with that dtype."""
PRECISIONS = (FLOAT32, *MIXED, FLOAT64)
KEY = "netc.precision"
"""What a model's metadata call its precision."""


def policy_of(
    op: Op, inputs: Sequence[TensorType], outputs: Sequence[TensorType], precision: str
) -> str:
    """Keras's dtype policy for a layer; empty where its own will do.

    In float64 every layer has it. In mixed precision that is the layers with products, but not
    recurrent ones, whose states add up over all steps.
    """
    if precision == FLOAT64:
        return FLOAT64
    if precision not in MIXED or isinstance(op, Recurrent | Bidirectional):
        return ""
    return precision if op.macs(inputs, outputs) != 0 else ""


def wide_dtype(dtype: str, precision: str) -> str:
    """The dtype of inputs, outputs and what is between layers, for one of the net's own dtypes."""
    return FLOAT64 if precision == FLOAT64 and dtype == FLOAT32 else dtype


class WideWeights:
    """The weights of another source in float64, so that what is computed of them is so, too."""

    def __init__(self, source: WeightSource) -> None:
        self._source = source

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight as the other source has it."""
        tensor = self._source.tensor(layer, weight)
        if tensor.dtype != FLOAT32:
            return tensor
        return replace(tensor.map(lambda array: array.astype(FLOAT64)), dtype=FLOAT64)
