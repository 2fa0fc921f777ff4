"""Calls of other tools' layers, written as the calls here that do the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.record import record
from ...dsl.text.source import Span
from ..ops.base.op import arguments
from ..ops.table import ACTIVATION_LAYERS, OPS

MOST_TEXT = 300
"""Calls longer than this are not read."""


@record
class _Call:
    """What a tool's layer is called here, and the names here of its arguments by position."""

    layer: str
    order: Sequence[str] = ()
    halves: bool = False
    """Whether `pad=1` says as many cells as half the kernel, as in Darknet."""
    steps: bool = False
    """Whether a pool steps by one cell where its strides are not given."""


_LEFT_OUT = "-"
_CONV = (_LEFT_OUT, "filters", "kernel_size", "strides", "padding")


def _calls() -> dict[str, _Call]:
    made: dict[str, _Call] = {}
    for n in (1, 2, 3):
        conv, back = f"Conv{n}D", f"Conv{n}DTranspose"
        made[f"Conv{n}d"] = _Call(conv, (*_CONV, "dilation_rate", "groups", "use_bias"))
        behind = ("output_padding", "groups", "use_bias", "dilation_rate")
        made[f"ConvTranspose{n}d"] = _Call(back, (*_CONV, *behind))
        for name, layer in (("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling")):
            made[f"{name}{n}d"] = _Call(f"{layer}{n}D", ("pool_size", "strides", "padding"))
    made["Linear"] = _Call("Dense", (_LEFT_OUT, "units", "use_bias"))
    for name in ("InnerProduct", "FullyConnected", "connected"):
        made[name] = _Call("Dense", ("units",))
    for name in ("Conv", "Convolution"):
        made[name] = _Call("Conv2D", ("filters", "kernel_size", "strides", "padding"))
    for name in ("convolutional", "Convolutional"):
        made[name] = _Call("Conv2D", halves=True)
    for name in ("maxpool", "MaxPool", "max_pool"):
        made[name] = _Call("MaxPooling2D", ("pool_size", "strides", "padding"), steps=True)
    for name in ("AvgPool", "avg_pool", "AveragePool"):
        made[name] = _Call("AveragePooling2D", ("pool_size", "strides", "padding"), steps=True)
    return made


CALLS: Mapping[str, _Call] = _calls()
"""Layers of PyTorch, Flax, Caffe, Darknet and ONNX."""

_NAMES: Mapping[str, Sequence[str]] = {
    "in_channels in_features num_features input_size inplace device": (_LEFT_OUT,),
    "out_channels out_features num_output features nb_filter": ("filters", "units"),
    "kernel kernel_size size ksize kernel_shape window_shape": ("kernel_size", "pool_size"),
    "stride strides subsample": ("strides",),
    "pad padding pads": ("padding",),
    "bias use_bias bias_term": ("use_bias",),
    "dilation dilations": ("dilation_rate",),
    "group groups": ("groups",),
    "output_padding": ("output_padding",),
}
_OURS = {name: ours for names, ours in _NAMES.items() for name in names.split()}
"""Names of arguments elsewhere, and those here of which a layer has one."""
_WORDS = {"True": "true", "False": "false", "None": "none", "leaky": "leaky_relu"}
_PLAIN = re.compile(r"[\w.+*/ -]+|\([\w.+*/, -]+\)|\"\w+\"|'\w+'")
_FIRST = ("filters", "units", "kernel_size", "pool_size")
"""What is written without its name, in front."""


def called_here(name: Span, called: str) -> tuple[str, Fix] | None:
    """The call, as it is written here, that begins with a name, and the edit that writes it.

    None where it is not a call, or says what no call here says.
    """
    text = name.source.text
    end = _end_of_call(text, name.end)
    if end is None:
        return None
    items = _items(text[name.end + 1 : end - 1])
    plan = _pooling(items) if called == "Pooling" else CALLS.get(called)
    if plan is None:
        return None
    given = _given(plan, items)
    before = text[: name.start].rstrip().endswith("->")
    made = _written(plan, given, before) if given is not None else None
    if made is None:
        return None
    return made, Fix(Span(name.source, name.start, end), made)


def in_a_row(name: Span) -> Fix | None:
    """The edit of `Sequential([A, B])`, or `nn.Sequential(A, B)`, to `(A -> B)`."""
    text = name.source.text
    end = _end_of_call(text, name.end)
    items = _items(text[name.end + 1 : end - 1]) if end is not None else []
    if len(items) == 1 and items[0][:1] == "[" and items[0][-1:] == "]":
        items = _items(items[0][1:-1])
    if end is None or len(items) < 2:
        return None
    return Fix(Span(name.source, name.start, end), f"({' -> '.join(items)})", unsafe=True)


def _pooling(items: list[str]) -> _Call | None:
    """What Caffe's `Pooling(pool=MAX, …)` is; the argument that says so is taken out."""
    for item in items:
        kind = re.fullmatch(r"pool(?:_method)?\s*=\s*\"?(MAX|AVE|max|ave|avg|AVG)\"?", item)
        if kind is not None:
            items.remove(item)
            layer = "MaxPooling2D" if kind[1].lower() == "max" else "AveragePooling2D"
            return _Call(layer, steps=True)
    return None


def _end_of_call(text: str, opening: int) -> int | None:
    """Where the call ends whose parenthesis opens at a place."""
    if text[opening : opening + 1] != "(":
        return None
    depth = 0
    for at in range(opening, min(opening + MOST_TEXT, len(text))):
        depth += (text[at] in "([") - (text[at] in ")]")
        if not depth:
            return at + 1
    return None


def _items(text: str) -> list[str]:
    """What stands between the commas outside brackets."""
    depth, found = 0, [""]
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            found.append("")
        else:
            found[-1] += sign
    return [" ".join(item.split()) for item in found if item.strip()]


def _given(plan: _Call, items: Sequence[str]) -> dict[str, str] | None:
    """The arguments by their names here; None where one has none."""
    known = arguments(OPS[plan.layer])
    found: dict[str, str] = {}
    for position, item in enumerate(items):
        named = re.match(r"(\w+)\s*=(?!=)\s*(.*)", item)
        value = named[2] if named else item
        if _PLAIN.fullmatch(value) is None:
            return None
        if named is None:
            if position >= len(plan.order):
                return None
            name = plan.order[position]
        elif named[1] == "batch_normalize":
            name = named[1]
        else:
            ours = _OURS.get(named[1], (named[1],))
            extra = {"output_padding", _LEFT_OUT}
            name = next((one for one in ours if one in known or one in extra), "")
        if not name or name in found:
            return None
        if name != _LEFT_OUT:
            found[name] = _WORDS.get(value, value)
    return found


def _written(plan: _Call, given: dict[str, str], staged: bool) -> str | None:
    """The call with its arguments, layers in front of it or behind it where it says them."""
    padded = _padding(plan, given)
    if padded is None:
        return None
    front, padding = padded
    if front and not staged:
        return None
    normal = given.pop("batch_normalize", "0") not in ("0", "false")
    lacking = [one for one in arguments(OPS[plan.layer]).values() if one.required]
    if any(one.name not in given for one in lacking):
        return None
    activation = given.pop("activation", "")
    if activation and activation not in ACTIVATION_LAYERS:
        return None
    given |= {"padding": padding} if padding else {}
    if given.get("strides", "") == given.get("pool_size", "1"):
        del given["strides"]
    elif plan.steps and "strides" not in given:
        return None
    if given.get("use_bias") == "true" or normal:
        given.pop("use_bias", None)
    if normal:
        given["use_bias"] = "false"
    if activation and activation != "linear" and not normal:
        given["activation"] = activation
    args = [given.pop(name) for name in _FIRST if name in given]
    args += [f"{name}={value}" for name, value in given.items()]
    made = front + plan.layer + (f"({', '.join(args)})" if args else "")
    if normal:
        made += " -> BatchNormalization"
        made += f" -> {activation}" if activation not in ("", "linear") else ""
    return made


def _padding(plan: _Call, given: dict[str, str]) -> tuple[str, str] | None:
    """A layer in front and the word for the padding; None where neither says it."""
    padding = given.pop("padding", "0").strip("\"'").lower()
    more = given.pop("output_padding", "0")
    if padding in ("same", "valid"):
        return "", padding if padding == "same" else ""
    size = given.get("kernel_size") or given.get("pool_size") or ""
    default = size if "pool_size" in given else "1"
    numbers = [padding, more, size, given.get("strides", default), given.get("dilation_rate", "1")]
    if padding == "0" and more == "0" and "Transpose" not in plan.layer:
        return "", ""
    if not all(number.isdecimal() for number in numbers):
        return None
    cells, extra, kernel, stride, dilation = map(int, numbers)
    if plan.halves:
        return "", "same"
    if "Transpose" in plan.layer:
        if kernel - 2 * cells + extra == stride:
            return "", "same"
        return ("", "") if cells == extra == 0 and kernel >= stride else None
    if 2 * cells == dilation * (kernel - 1):
        return "", "same"
    if "pool_size" in given:
        return None
    return f"ZeroPadding{plan.layer[-2:]}({cells}) -> ", ""
