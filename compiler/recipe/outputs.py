"""What the values of an output are: probabilities, independent units, scores, …"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from ...dsl.record import record
from ...dsl.text.source import Span
from ..ir.graph import Graph, Node, Output
from ..ir.paths import snake
from ..shapes.types import TensorType


class Values(Enum):
    """The range and meaning of an output's values."""

    DISTRIBUTION = "sums to 1"
    LOG_DISTRIBUTION = "logarithms of what sums to 1"
    UNITS = "each from 0 to 1"
    SIGNED = "each from -1 to 1"
    POSITIVE = "at least 0"
    SCORES = "any numbers"
    OTHER = "bent numbers"
    UNKNOWN = "unknown"


@record
class Ending:
    """How an output ends: its values, what makes them so, and where that is written."""

    name: str
    values: Values
    activation: str
    """The activation's name; empty where there is none."""
    span: Span
    type: TensorType

    @property
    def units(self) -> int | None:
        """How long the last axis is; 1 where there is none but the batch, None where it is open."""
        if self.type.rank < 2:
            return 1
        last = self.type.shape[-1]
        return last if isinstance(last, int) else None


_BY_CLASS: Mapping[str, Values] = {
    "Softmax": Values.DISTRIBUTION,
    "Sparsemax": Values.DISTRIBUTION,
    "LogSoftmax": Values.LOG_DISTRIBUTION,
    "Sigmoid": Values.UNITS,
    "HardSigmoid": Values.UNITS,
    "SparseSigmoid": Values.UNITS,
    "Tanh": Values.SIGNED,
    "HardTanh": Values.SIGNED,
    "Softsign": Values.SIGNED,
    "ReLU": Values.POSITIVE,
    "ReLU6": Values.POSITIVE,
    "Softplus": Values.POSITIVE,
    "SparsePlus": Values.POSITIVE,
    "Squareplus": Values.POSITIVE,
    "Exponential": Values.POSITIVE,
    "Linear": Values.SCORES,
}

_PASSING = frozenset(
    (
        "Reshape",
        "Flatten",
        "Squeeze",
        "ExpandDims",
        "Dropout",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "ActivityRegularization",
        "RepeatVector",
        "Cropping1D",
        "Cropping2D",
        "Cropping3D",
        "CenterCrop",
        "AdaptiveAveragePooling1D",
        "AdaptiveAveragePooling2D",
        "AdaptiveAveragePooling3D",
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAveragePooling3D",
        "EdgePadding1D",
        "EdgePadding2D",
        "EdgePadding3D",
        "ReflectionPadding1D",
        "ReflectionPadding2D",
        "ReflectionPadding3D",
        "UpSampling1D",
        "UpSampling2D",
        "UpSampling3D",
    )
)
"""Layers whose values are those of their input, with the last axis in its place or merged."""

_SCORING = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "Dense")


def ending(graph: Graph, output: Output) -> Ending:
    """How an output ends."""
    type = graph.type(output.ref)
    node = graph.node(output.ref.node)
    while node.op is not None and type_name(node) in _PASSING and node.inputs:
        node = graph.node(node.inputs[0].node)
    values, activation = _values(node)
    merged = node.outputs[0].shape[-1:] != type.shape[-1:]
    if merged and values in (Values.DISTRIBUTION, Values.LOG_DISTRIBUTION):
        values, activation = Values.UNKNOWN, ""
    return Ending(output.name, values, activation, node.span, type)


def type_name(node: Node) -> str:
    """The name of a node's operator; empty for an input."""
    return type(node.op).__name__


def _values(node: Node) -> tuple[Values, str]:
    op: object = node.op
    # The layer inside is the one that counts.
    while type(op).__name__ in ("SpectralNormalization", "TimeDistributed"):
        op = getattr(op, "layer", None)
    if hasattr(op, "recurrent_activation") or type(op).__name__ == "SimpleRNN":
        return Values.UNKNOWN, ""
    made: object = op
    if hasattr(op, "activation"):
        made = op.activation
        if made is None:
            return Values.SCORES, ""
    elif type(op).__name__ in _SCORING:
        return Values.SCORES, ""
    name = type(made).__name__
    if name in _BY_CLASS:
        values = _BY_CLASS[name]
        along = getattr(made, "axis", -1)
        rank = node.outputs[0].rank
        if values in (Values.DISTRIBUTION, Values.LOG_DISTRIBUTION) and along not in (-1, rank - 1):
            return Values.UNKNOWN, ""
        return values, "" if name == "Linear" else snake(name)
    if hasattr(op, "activation") or hasattr(made, "function"):
        return Values.OTHER, snake(name)
    return Values.UNKNOWN, ""
