"""Where netc and Keras disagree on purpose about what may be built, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netc.compiler.ir.graph import CheckedGraph, Node
from netc.compiler.ops.tensor.arithmetic import Arithmetic
from netc.compiler.shapes.dims import substitute
from netc.compiler.shapes.types import TensorType


@dataclass(frozen=True)
class Decision:
    """A disagreement that is meant.

    `layers`, `ours` and `theirs` are patterns for the layer's name and the refusals of netc and
    Keras; an empty one stands for "takes it".
    """

    name: str
    layers: str
    ours: str
    theirs: str
    reason: str


DECISIONS = (
    Decision(
        "integers are not taken for floats",
        r".*",
        r"takes (a float tensor|float16|float32).*got int32",
        r"",
        "Keras lets integers through layers that compute in floats, where some backends truncate "
        "and others cast; a net says `Rescaling(1)` first.",
    ),
    Decision(
        "a window of averages has a default",
        r"AveragePooling[123]D",
        r"",
        r"missing 1 required positional argument: 'pool_size'",
        "Keras gives MaxPooling a default of 2 and forgot AveragePooling; here both have it.",
    ),
    Decision(
        "pictures come in batches",
        r"CenterCrop|Resizing|Random.*",
        r"needs a tensor of rank 4",
        r"",
        "Keras's preprocessing also takes a single picture; in a net the first axis is the batch.",
    ),
    Decision(
        "attention is over one axis",
        r".*Attention",
        r"needs a tensor of rank 3",
        r"",
        "Keras also attends over several axes of one tensor; `Reshape` makes them one.",
    ),
    Decision(
        "values may be of another width than queries",
        r"GroupQueryAttention",
        r"",
        r"GroupedQueryAttention\.call",
        "Keras projects each from its own width, and asks for one width when it builds a model; "
        "the Keras lowering is composed of projections there.",
    ),
    Decision(
        "vectors are added feature by feature",
        r"AdditiveAttention",
        r"equally many features, got (\d+ and 1|1 and \d+):",
        r"",
        "Keras adds one feature of the value to all of the query; it looks like a wrong width.",
    ),
    Decision(
        "indices are integers",
        r"Embedding|OneHot",
        r"takes an int tensor, got float32",
        r"",
        "Keras rounds floats down to indices, which hides that the wrong tensor came in.",
    ),
    Decision(
        "an embedding is reversed for its own vectors",
        r"ReversibleEmbedding",
        r"scores vectors of",
        r"",
        "Keras takes floats of any width for indices and rounds them down.",
    ),
    Decision(
        "examples of a batch stay apart",
        r".*Normalization",
        r"which is the batch in",
        r"",
        "Keras can normalize across the examples of a batch; what one example gives would depend "
        "on the others.",
    ),
    Decision(
        "a scale lies along the axes of its mean",
        r"RMSNormalization",
        r"",
        r"[Ii]ncompatible shapes|shape|broadcast",
        "Keras multiplies by it along the last axes, whichever the mean is over, and fails where "
        "those are of other sizes.",
    ),
    Decision(
        "there are axes behind the batch",
        r".*",
        r"needs a tensor of rank 2.*got rank 1 ",
        r"",
        "Keras permutes no axes at all, makes a column of a tensor without axes, and masks across "
        "the batch; who writes that means another tensor.",
    ),
    Decision(
        "an axis exists",
        r"Dot",
        r"axis -\d of `Dot` does not exist",
        r"",
        "Keras counts an axis before the first from the end again, so that -3 of two axes is 1.",
    ),
    Decision(
        "nothing is empty",
        r".*",
        r"\d is less than [01]|would make axis \d of its output 0 long|empty|nothing is left",
        r"",
        "Keras builds tensors without elements and layers without units; no net means them.",
    ),
    Decision(
        "an initial state has the state's shape",
        r"SimpleRNN|LSTM|GRU|ConvLSTM[123]D|Bidirectional",
        r"the initial state of|initial states",
        r"",
        "Keras broadcasts whatever it is given, or fails in the middle of the first step.",
    ),
)


def decided(layer: str, ours: str | None, theirs: str | None) -> str | None:
    """The name of the decision that a disagreement falls under, or None."""
    for decision in DECISIONS:
        if (
            re.fullmatch(decision.layers, layer)
            and _matches(decision.ours, ours)
            and _matches(decision.theirs, theirs)
        ):
            return decision.name
    return None


def _matches(pattern: str, refusal: str | None) -> bool:
    return refusal is None if not pattern else bool(refusal and re.search(pattern, refusal))


MISPLACED_BIAS = "Keras adds a bias along the wrong axis"
"""`keras.ops.add(x, y)` of Keras 3.15 takes a `y` with one axis longer than 1 for a bias of axis 1
where `x` is as long there, whatever axis of `y` it is. Heads as many as places, each with one
feature, are such a case, and so is a `y` of its layer Add that is broadcast in a batch of one.
Computed by hand, onnxruntime is right. netc's `+` goes around it."""


def faulty_in_keras(graph: CheckedGraph, sizes: Mapping[str, int]) -> str | None:
    """The name of a fault of Keras that may change what this net computes, or None."""
    for node in graph:
        types = graph.graph.input_types(node)
        if node.op is not None and _adds_along_wrong_axis(node, types, sizes):
            return MISPLACED_BIAS
    return None


def _adds_along_wrong_axis(
    node: Node, types: Sequence[TensorType], sizes: Mapping[str, int]
) -> bool:
    shapes = [[substitute(dim, sizes) for dim in type.shape] for type in types]
    if node.op is not None and node.op.name.endswith(("HeadAttention", "QueryAttention")):
        biases = [w.shape for w in node.weights if len(w.shape) == 2 and w.shape[1] == 1]
        return any(shape[1] == bias[0] for shape in shapes for bias in biases)
    if len(shapes) != 2 or not shapes[1] or isinstance(node.op, Arithmetic):
        return False
    x, y = shapes
    long = [axis - len(y) for axis, dim in enumerate(y) if dim != 1]
    return len(long) == 1 and len(x) > 1 and y[long[0]] == x[1] and long[0] not in (-1, 1 - len(x))
