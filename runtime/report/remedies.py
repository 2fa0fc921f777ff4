"""What would help a net whose gradients vanish or explode, read off its layers and its recipe."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from ...compiler.ir.graph import CheckedGraph, Node
from ...compiler.ops.base import initializers
from ...compiler.ops.base.op import Weight
from ...compiler.ops.base.sampling import fans
from ...compiler.recipe.objects.optimizers_base import CLIPPING
from ...compiler.recipe.recipe import Recipe

SLOPES = {
    "sigmoid": "at most 1/4",
    "hard_sigmoid": "at most 1/6",
    "tanh": "near 0 away from 0",
    "hard_tanh": "0 beyond 1",
    "softsign": "near 0 away from 0",
}
"""The activations that saturate, and what is said of their slope."""

RECTIFIERS = frozenset(("relu", "relu6", "leaky_relu", "elu", "gelu", "silu"))
NORMALIZATIONS = frozenset(
    ("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization")
)
DEEP = 8
"""A net of this many layers with kernels gains from shortcuts."""
FAR = 3.0
"""Weights that start this many times too large or too small are named."""


def against_vanishing(checked: CheckedGraph) -> list[str]:
    """What in this net would let gradients reach the first layers, one sentence each."""
    found = []
    kernels = list(_kernels(checked))
    saturating = Counter(name for name in _activations(checked) if name in SLOPES)
    if saturating:
        name, count = saturating.most_common(1)[0]
        found.append(
            f"{count} layer{'s' * (count > 1)} end{'s' * (count == 1)} in {name}, whose slope is "
            f"{SLOPES[name]}: use relu in its place, with kernel_initializer=he_normal."
        )
    if any(_op(node).startswith("SimpleRNN") for node, _ in kernels):
        found.append("SimpleRNN forgets over long sequences: use LSTM or GRU.")
    if not _normalized(checked) and len(kernels) > 2:
        most = Counter(_op(node) for node, _ in kernels).most_common(1)[0][0]
        found.append(f"No layer normalizes: add BatchNormalization behind the {most} layers.")
    if not _shortcuts(checked) and len(kernels) >= DEEP:
        found.append(
            f"{len(kernels)} layers stand in a row without a shortcut: add the input of every "
            "two or three layers to their output (`x + residual`)."
        )
    found += _starts(checked, small=True)
    return found or ["No usual cause is in this net; look at the layers where the norm falls most."]


def against_explosion(checked: CheckedGraph, recipe: Recipe | None) -> list[str]:
    """What in this net and its recipe would keep gradients in bounds, one sentence each."""
    found = []
    recurrent = any(_recurrent(node) for node, _ in _kernels(checked))
    if recipe is not None and not all(_clips(phase.optimizer) for phase in recipe.phases):
        why = "Recurrent layers multiply gradients at every step of a sequence" * recurrent
        name = type(recipe.phases[0].optimizer).__name__
        found.append(f"{why or 'Nothing clips the gradients'}: give {name} `global_clipnorm=1.0`.")
    found += _starts(checked, small=False)
    unscaled = _unscaled_pictures(checked, recipe)
    if unscaled:
        found.append(
            f"The input `{unscaled}` holds pictures of 0..255 as they are: "
            "give `data` a `scale=1 / 255`."
        )
    if not _normalized(checked) and len(list(_kernels(checked))) > 2:
        found.append("No layer normalizes: add BatchNormalization between the layers.")
    found.append("A smaller learning rate, or one that warms up, takes smaller steps.")
    return found


def _op(node: Node) -> str:
    return node.op.name if node.op is not None else ""


def _kernels(checked: CheckedGraph) -> Iterator[tuple[Node, Weight]]:
    """Each layer that multiplies by a kernel, with the first such weight."""
    for node in checked.layers().values():
        for weight in node.weights:
            if weight.trainable and len(weight.shape) > 1 and "Embedding" not in _op(node):
                yield node, weight
                break


def _activation(node: Node) -> str:
    """The name of what a layer ends in; "" where that is nothing or it is recurrent."""
    if node.op is None or _recurrent(node):
        return ""
    function = getattr(node.op, "function", "")
    return str(function or getattr(getattr(node.op, "activation", None), "function", ""))


def _activations(checked: CheckedGraph) -> Iterator[str]:
    """The activations of the layers inside the net, not those of its outputs."""
    outputs = {output.ref.node for output in checked.graph.outputs}
    for node in checked:
        if node.path not in outputs:
            yield _activation(node)


def _recurrent(node: Node) -> bool:
    name = _op(node)
    return name.startswith("ConvLSTM") or name.endswith(("RNN", "LSTM", "GRU", "Bidirectional"))


def _normalized(checked: CheckedGraph) -> bool:
    return any(_op(node) in NORMALIZATIONS for node in checked)


def _shortcuts(checked: CheckedGraph) -> bool:
    """Whether two tensors of the net are added or joined anywhere."""
    for node in checked:
        sign = getattr(node.op, "op", "")
        if len(node.inputs) > 1 and (_op(node) in ("Add", "Concatenate") or sign in ("+", "Add")):
            return True
    return False


def _clips(optimizer: object) -> bool:
    return any(getattr(optimizer, name, None) is not None for name in CLIPPING)


def _starts(checked: CheckedGraph, small: bool) -> list[str]:
    """Kernels that start much too small or too large, and relu without He's initializer."""
    far: dict[str, list[tuple[str, float]]] = {}
    plain = 0
    after = {ref.node: node for node in checked for ref in node.inputs}
    for node, weight in _kernels(checked):
        deviation = _deviation(weight)
        follower = after.get(node.path)
        ends = _activation(node) or (_activation(follower) if follower is not None else "")
        wanted = math.sqrt((2.0 if ends in RECTIFIERS else 1.0) / max(1, _fans(weight)[0]))
        if deviation is None:
            plain += small and ends in RECTIFIERS and "Glorot" in type(weight.initializer).__name__
        elif (small and deviation * FAR < wanted) or (not small and deviation > FAR * wanted):
            name = type(weight.initializer).__name__
            far.setdefault(name, []).append((node.layer, deviation / wanted))
    made = []
    for name, layers in far.items():
        path, ratio = layers[0]
        size = "small" if small else "large"
        times = "at 0" if ratio == 0 else f"{max(ratio, 1 / ratio):.0f} times too {size}"
        more = f" and {len(layers) - 1} more" if len(layers) > 1 else ""
        made.append(
            f"The weights of `{path}`{more} start {times} ({name}): use "
            "kernel_initializer=he_normal with relu, glorot_uniform with others."
        )
    if plain >= DEEP // 2 and not _normalized(checked):
        made.append(
            f"{plain} relu layers start by glorot_uniform, which is for activations that are "
            "straight at 0: use kernel_initializer=he_normal."
        )
    return made


def _deviation(weight: Weight) -> float | None:
    """The standard deviation a weight starts with; None where it depends on the weight's size."""
    made = weight.initializer
    if isinstance(made, initializers.RandomNormal):
        return made.stddev
    if isinstance(made, initializers.TruncatedNormal):
        return 0.88 * made.stddev
    if isinstance(made, initializers.RandomUniform):
        return (made.maxval - made.minval) / math.sqrt(12)
    if isinstance(made, initializers.Zeros):
        return 0.0
    return None


def _fans(weight: Weight) -> tuple[int, int]:
    fan_in, fan_out = fans(weight.shape)
    return int(fan_in), int(fan_out)


def _unscaled_pictures(checked: CheckedGraph, recipe: Recipe | None) -> str:
    """An input of pictures that goes into a layer as it is; "" where there is none."""
    made = None if recipe is None else recipe.preprocessing
    for path in checked.graph.inputs:
        if made is not None and made.input == path and (made.scale, made.std) != (1, 1):
            continue
        shape = checked.graph.node(path).outputs[0].shape
        users = [node for node in checked for ref in node.inputs if ref.node == path]
        takes = any(_op(node).startswith(("Conv", "Flatten", "Depthwise")) for node in users)
        if len(shape) == 4 and shape[3] in (1, 3, 4) and takes:
            return path
    return ""
