"""ONNX's normalizations."""

from __future__ import annotations

import numpy as np

from ....compiler.shapes.dims import Sym
from ..node import Node
from ..numbers import number
from ..steps import Tensor, View
from ..unfit import Unfit
from .windows import channels_last, first_view


def batch_norm(node: Node) -> list[Tensor]:
    """BatchNormalization over the axis behind the batch."""
    view = node.view(0)
    if node.whole("training_mode", 0):
        raise Unfit("a batch normalization that trains")
    gamma, beta, mean, variance = (node.known(place).array for place in range(1, 5))
    weights = {"gamma": gamma, "beta": beta, "moving_mean": mean, "moving_variance": variance}
    if view.merged or view.flat:
        view = node.build.plain(view)
    x = channels_last(node, view) if view.rank > 2 else node.build.value(view)
    args: dict[str, object] = {}
    epsilon = node.real("epsilon", 1e-5)
    if epsilon != 0.001:
        args["epsilon"] = epsilon
    made = node.build.layer("BatchNormalization", [x], weights, **args)
    return [first_view(made) if view.rank > 2 else View(made, (0, 1))]


def layer_norm(node: Node) -> list[Tensor]:
    """LayerNormalization over the last axes; RMSNormalization over the last."""
    view = node.plain(0)
    rank = view.rank
    axis = node.whole("axis", -1) % rank
    there = view.keeps_last and axis == rank - 1
    x = view.value if there else node.build.value(view)
    epsilon = node.real("epsilon", 1e-5)
    scale = node.known(1).array
    args: dict[str, object] = (
        {} if epsilon == (1e-6 if node.op[0] == "R" else 1e-3) else {"epsilon": epsilon}
    )
    if axis != rank - 1:
        args["axis"] = list(range(axis - rank, 0))
    if node.op == "RMSNormalization":
        made = node.build.layer("RMSNormalization", [x], {"scale": scale}, **args)
    else:
        bias = node.optional(2)
        weights = {"gamma": scale}
        if bias is None:
            args["center"] = False
        else:
            weights["beta"] = bias
        made = node.build.layer("LayerNormalization", [x], weights, **args)
    return [View(made, view.axes if there else tuple(range(rank)))]


def group_norm(node: Node) -> list[Tensor]:
    """GroupNormalization, and InstanceNormalization, where each channel is a group."""
    view = node.plain(0)
    groups = -1 if node.op == "InstanceNormalization" else node.whole("num_groups", 1)
    gamma, beta = node.known(1).array, node.known(2).array
    x = channels_last(node, view)
    width = x.shape[-1]
    if gamma.shape != beta.shape or isinstance(width, Sym):
        raise Unfit("a group normalization of no known width")
    if gamma.size == groups != width:
        # Before opset 21 each group had a factor.
        gamma, beta = (np.repeat(array, width // groups) for array in (gamma, beta))
    args: dict[str, object] = {"groups": groups}
    epsilon = node.real("epsilon", 1e-5)
    if epsilon != 0.001:
        args["epsilon"] = epsilon
    made = node.build.layer("GroupNormalization", [x], {"gamma": gamma, "beta": beta}, **args)
    return [first_view(made)]


def lrn(node: Node) -> list[Tensor]:
    """LRN, whose alpha ONNX divides by the size."""
    size = node.whole("size", 1)
    if size % 2 == 0:
        raise Unfit("LRN over an even number of channels")
    made = node.build.layer(
        "LRN",
        [channels_last(node, node.view(0))],
        depth_radius=size // 2,
        bias=node.real("bias", 1.0),
        alpha=number(np.float32(node.real("alpha", 1e-4) / size)),
        beta=node.real("beta", 0.75),
    )
    return [first_view(made)]
