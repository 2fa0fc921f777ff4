"""ONNX's pools."""

from __future__ import annotations

from ..node import Node
from ..steps import Tensor, View
from ..unfit import Unfit
from .windows import channels_last, first_view, is_same, padding_args, pads_of, short


def pool(node: Node) -> list[Tensor]:
    """MaxPool and AveragePool."""
    view = node.view(0)
    dims = view.rank - 2
    size = node.ints("kernel_shape", [])
    if (
        len(size) != dims
        or dims not in (1, 2, 3)
        or (node.uses(node.outputs[-1]) and len(node.outputs) > 1)
    ):
        raise Unfit("a pool whose places are asked for")
    if set(node.ints("dilations", [1] * dims)) != {1}:
        raise Unfit("a pool with dilations")
    x = channels_last(node, view)
    strides = node.ints("strides", [1] * dims)
    pads = pads_of(node, x.shape[1:-1], size, strides)
    ceil = bool(node.whole("ceil_mode", 0))
    args: dict[str, object] = {} if strides == size else {"strides": short(strides)}
    mean = node.op == "AveragePool"
    counted = bool(node.whole("count_include_pad", 0))
    same = not pads or (any(map(any, pads)) and is_same(x.shape[1:-1], pads, size, strides))
    if same and not ceil and not (mean and counted):
        args["padding"] = "same"
    elif any(map(any, pads)):
        args["padding"] = padding_args(pads)
        if mean:
            args["count_include_pad"] = counted
    if ceil and args.get("padding") != "same":
        args["ceil_mode"] = True
    kind = "Average" if mean else "Max"
    made = node.build.layer(f"{kind}Pooling{dims}D", [x], pool_size=short(size), **args)
    return [first_view(made)]


def global_pool(node: Node) -> list[Tensor]:
    """GlobalAveragePool and GlobalMaxPool, whose axes of length 1 stay in ONNX."""
    view = node.view(0)
    dims = view.rank - 2
    if dims not in (1, 2, 3):
        raise Unfit("a global pool")
    kind = "Average" if node.op == "GlobalAveragePool" else "Max"
    made = node.build.layer(f"Global{kind}Pooling{dims}D", [channels_last(node, view)])
    return [View(made, (0, 1, *[None] * dims))]
