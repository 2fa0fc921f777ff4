"""ONNX operators over pictures, signals and volumes: convolutions, pools, normalizations."""

from __future__ import annotations

from collections.abc import Sequence

from ...compiler.ops.base.backend import Array
from ...compiler.shapes.dims import Dim
from .builder import Unfit
from .node import Node
from .steps import Tensor, Value, View


def channels_last(node: Node, view: View) -> Value:
    """The value with its channels last, of a tensor that has them behind the batch."""
    return node.build.arrange(view, (0, *range(2, view.rank), 1))


def first_view(value: Value) -> View:
    """How ONNX sees a value with channels last."""
    rank = len(value.shape)
    return View(value, (0, rank - 1, *range(1, rank - 1)))


def short(values: Sequence[int]) -> int | list[int]:
    """One number where all are equal."""
    return values[0] if len(set(values)) == 1 else list(values)


def _pads(
    node: Node, sizes: Sequence[Dim], cells: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """The cells before and behind each axis."""
    dims = len(cells)
    auto = node.text("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        found = []
        for size, cell, stride in zip(sizes, cells, strides, strict=True):
            if stride != 1 and not isinstance(size, int):
                if auto == "SAME_UPPER":
                    return []
                raise Unfit("SAME_LOWER of a named size")
            total = cell - 1
            if stride != 1:
                assert isinstance(size, int)
                total = max(0, (-(-size // stride) - 1) * stride + cell - size)
            small = total // 2
            found.append((small, total - small) if auto == "SAME_UPPER" else (total - small, small))
        return found
    pads = node.ints("pads", [0] * 2 * dims) if auto == "NOTSET" else [0] * 2 * dims
    return [(pads[axis], pads[axis + dims]) for axis in range(dims)]


def _is_same(
    sizes: Sequence[Dim],
    pads: Sequence[tuple[int, int]],
    cells: Sequence[int],
    strides: Sequence[int],
) -> bool:
    for size, (before, behind), cell, stride in zip(sizes, pads, cells, strides, strict=True):
        if stride == 1:
            total = cell - 1
        elif isinstance(size, int):
            total = max(0, (-(-size // stride) - 1) * stride + cell - size)
        else:
            return False
        if (before, behind) != (total // 2, total - total // 2):
            return False
    return True


def _padding_args(pads: Sequence[tuple[int, int]]) -> object:
    if all(before == behind for before, behind in pads):
        return short([before for before, _ in pads])
    return tuple(pads) if len(pads) > 1 else pads[0]


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
    pads = _pads(node, x.shape[1:-1], cells, strides)
    args: dict[str, object] = {}
    if not pads or (any(map(any, pads)) and _is_same(x.shape[1:-1], pads, cells, strides)):
        args["padding"] = "same"
    elif any(map(any, pads)):
        x = node.build.layer(f"ZeroPadding{dims}D", [x], padding=_padding_args(pads))
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
        made = node.build.layer(f"Cropping{dims}D", [made], cropping=_padding_args(pads))
    return [first_view(made)]


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
    pads = _pads(node, x.shape[1:-1], size, strides)
    ceil = bool(node.whole("ceil_mode", 0))
    args: dict[str, object] = {} if strides == size else {"strides": short(strides)}
    mean = node.op == "AveragePool"
    counted = bool(node.whole("count_include_pad", 0))
    same = not pads or (any(map(any, pads)) and _is_same(x.shape[1:-1], pads, size, strides))
    if same and not ceil and not (mean and counted):
        args["padding"] = "same"
    elif any(map(any, pads)):
        args["padding"] = _padding_args(pads)
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
    x = node.build.value(view)
    rank = view.rank
    axis = node.whole("axis", -1) % rank
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
    return [View(made, view.axes if view.straight else tuple(range(rank)))]


def lrn(node: Node) -> list[Tensor]:
    """LRN, whose alpha ONNX divides by the size."""
    raise Unfit("LRN is kept as ONNX has it")


def resize(node: Node) -> list[Tensor]:
    """Resize and Upsample by whole factors, nearest or linear between centres."""
    view = node.view(0)
    x = channels_last(node, view)
    if len(x.shape) != 4:
        raise Unfit("a resize of no picture")
    scales = node.optional(1 if node.op == "Upsample" else 2)
    sizes = None if node.op == "Upsample" else node.optional(3)
    if scales is not None and scales.size:
        factors = [float(f) for f in scales]
    elif sizes is not None:
        pairs = zip(sizes[1:], view.shape[1:], strict=True)
        factors = [1.0, *(float(s) / d for s, d in pairs if isinstance(d, int))]
    else:
        raise Unfit("a resize to a size that is computed")
    if len(factors) != 4 or factors[:2] != [1.0, 1.0] or any(f != int(f) or f < 1 for f in factors):
        raise Unfit("a resize by a fraction")
    whole = [int(f) for f in factors[2:]]
    mode = node.text("mode", "nearest")
    where = node.text(
        "coordinate_transformation_mode", "asymmetric" if node.op == "Upsample" else "half_pixel"
    )
    if mode == "linear" and where in ("half_pixel", "pytorch_half_pixel"):
        made = node.build.layer("UpSampling2D", [x], size=short(whole), interpolation="bilinear")
    elif mode == "nearest" and (
        (
            where == "asymmetric"
            and (
                node.op == "Upsample" or node.text("nearest_mode", "round_prefer_floor") == "floor"
            )
        )
        or where == "half_pixel"
    ):
        made = node.build.layer("UpSampling2D", [x], size=short(whole))
    else:
        raise Unfit(f"a resize of mode {mode}, {where}")
    return [first_view(made)]
