"""ONNX's convolutions, plain and transposed."""

from __future__ import annotations

from ....compiler.ops.base.backend import Array
from ..node import Node
from ..steps import Tensor
from ..unfit import Unfit
from .windows import channels_last, first_view, is_same, padding_args, pads_of, short


def conv(node: Node) -> list[Tensor]:
    """Conv; a depthwise one where each channel has its own group."""
    view = node.view(0)
    kernel, bias = node.known(1).array, node.optional(2)
    dims = kernel.ndim - 2
    if dims not in (1, 2, 3) or view.rank != kernel.ndim:
        raise Unfit(f"a convolution over {dims} axes")
    x = channels_last(node, view)
    strides, dilation = node.ints("strides", [1] * dims), node.ints("dilations", [1] * dims)
    if len(strides) != dims or len(dilation) != dims:
        raise Unfit("strides of another number of axes")
    size = list(kernel.shape[2:])
    cells = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    pads = pads_of(node, x.shape[1:-1], cells, strides)
    args: dict[str, object] = {}
    if not pads or (any(map(any, pads)) and is_same(x.shape[1:-1], pads, cells, strides)):
        args["padding"] = "same"
    elif any(map(any, pads)):
        x = node.build.layer(f"ZeroPadding{dims}D", [x], padding=padding_args(pads))
    args["strides"] = short(strides)
    args["dilation_rate"] = short(dilation)
    groups = node.whole("group", 1)
    weights: dict[str, Array] = {}
    if bias is None:
        args["use_bias"] = False
    else:
        weights["bias"] = bias
    spatial = range(2, kernel.ndim)
    if (
        groups > 1
        and groups == x.shape[-1]
        and kernel.shape[1] == 1
        and dims < 3
        and (len(set(strides)) == 1)
    ):
        multiplier = kernel.shape[0] // groups
        weights = {
            "kernel": kernel.reshape(groups, multiplier, *size).transpose(*spatial, 0, 1),
            **weights,
        }
        if multiplier > 1:
            args["depth_multiplier"] = multiplier
        made = node.build.layer(
            f"DepthwiseConv{dims}D", [x], weights, kernel_size=short(size), **args
        )
        return [first_view(made)]
    args["groups"] = groups
    weights = {"kernel": kernel.transpose(*spatial, 1, 0), **weights}
    made = node.build.layer(
        f"Conv{dims}D", [x], weights, filters=kernel.shape[0], kernel_size=short(size), **args
    )
    return [first_view(made)]


def conv_transpose(node: Node) -> list[Tensor]:
    """ConvTranspose: all there is, cropped by its pads."""
    view = node.view(0)
    kernel, bias = node.known(1).array, node.optional(2)
    dims = kernel.ndim - 2
    if node.whole("group", 1) != 1 or node.has("output_shape") or dims not in (1, 2, 3):
        raise Unfit("a transposed convolution in groups")
    if node.text("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unfit("a transposed convolution with auto_pad")
    size = list(kernel.shape[2:])
    strides = node.ints("strides", [1] * dims)
    extra = node.ints("output_padding", [0] * dims)
    flat = node.ints("pads", [0] * 2 * dims)
    pads = [(flat[axis], flat[axis + dims] - extra[axis]) for axis in range(dims)]
    if set(node.ints("dilations", [1] * dims)) != {1} or any(min(pair) < 0 for pair in pads):
        raise Unfit("a transposed convolution that is dilated, or padded at its end")
    x = channels_last(node, view)
    args: dict[str, object] = {} if set(strides) == {1} else {"strides": short(strides)}
    weights = {"kernel": kernel.transpose(*range(2, kernel.ndim), 1, 0)}
    if bias is None:
        args["use_bias"] = False
    else:
        weights["bias"] = bias
    # Keras leaves max(kernel - strides, 0) cells out for `same`, the odd one at the end.
    totals = [k - s for k, s in zip(size, strides, strict=True)]
    same = all(
        t >= 0 and pair == (t // 2, t - t // 2) for t, pair in zip(totals, pads, strict=True)
    )
    if same and any(totals):
        args["padding"] = "same"
    elif any(t < 0 for t in totals):
        raise Unfit("a transposed convolution whose kernel is smaller than its strides")
    made = node.build.layer(
        f"Conv{dims}DTranspose",
        [x],
        weights,
        filters=kernel.shape[1],
        kernel_size=short(size),
        **args,
    )
    if not same and any(map(any, pads)):
        made = node.build.layer(f"Cropping{dims}D", [made], cropping=padding_args(pads))
    return [first_view(made)]
