"""What becomes of functions among the layers: `keras.ops`, and those of TensorFlow in old files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from ....compiler.ops.tensor.index_items import ELLIPSIS, NEWAXIS, IndexItem, at, span
from ....compiler.shapes.types import DTYPES
from ...errors import UserError
from ..numbers import number as short
from ..steps import Argument, Known, Value
from ..unfit import Unfit
from .arguments import plain
from .function_names import (
    COMPARED,
    DEFAULTS,
    NAMES,
    ONE,
    ORDER,
    PAIRS,
    REDUCED,
    SIGNS,
    TENSORFLOW,
    TENSORS,
    TF_DEFAULTS,
)
from .making import Making, outputs_of
from .parse import Call, Layer, Ref, SliceOf, refs

Read = Callable[[Ref], Value]
FILLED = {"OnesLike": "ones", "ZerosLike": "zeros"}
TYPED = frozenset(("Cast", *FILLED))
"""Functions of which the dtype is an argument."""


def function_values(making: Making, layer: Layer, path: str, call: Call, read: Read) -> list[Value]:
    """The results of one call of a function. Raises UserError where netc has none like it."""
    kind, told = layer.kind, dict[str, object]()
    theirs = not layer.home or layer.home.startswith(("keras.src.ops.", "keras.ops"))
    if kind.startswith("tf."):
        theirs = True
        function = kind.removeprefix("tf.")
        kind, told = TENSORFLOW.get(function, ""), dict(TF_DEFAULTS.get(function, {}))
    if not kind or not theirs:
        raise UserError(
            f"the layer `{path}` is the function `{layer.kind}`, which netc has no layer for"
        )
    unsaid = ("name", "function", "trainable", *(() if kind in TYPED else ("dtype",)))
    config = {k: v for k, v in layer.config.items() if k not in unsaid}
    names = ORDER.get(kind, ())
    placed = {names[i]: a for i, a in enumerate(call.args) if i < len(names)}
    named = {**DEFAULTS.get(kind, {}), **told, **config, **placed, **call.kwargs}
    named = {NAMES.get(name, name): value for name, value in named.items() if name != "name"}
    given = list(call.args) + [named[n] for n in named if n in TENSORS and n not in placed]
    function_ = _Function(making, kind, path, given, named, read)
    making.build.origin = path
    try:
        return function_.values()
    except Unfit as fault:
        raise UserError(f"the layer `{path}`: {fault}") from fault


class _Function:
    """One call of a function, with its arguments by name."""

    def __init__(
        self,
        making: Making,
        kind: str,
        path: str,
        given: Sequence[object],
        named: Mapping[str, object],
        read: Read,
    ) -> None:
        self.making, self.kind, self.path = making, kind, path
        self.given, self.named, self.read = given, named, read

    def values(self) -> list[Value]:
        """The results. Raises UserError or Unfit."""
        kind = self.kind
        if kind == "Identity":
            return [self.tensor(0)]
        if kind in SIGNS:
            return [self.making.sign(self.path, SIGNS[kind], self.side(0), self.side(1))]
        if kind == "Negative":
            return [self.making.sign(self.path, "*", self.tensor(0), -1)]
        if kind in ("Maximum", "Minimum"):
            return self.layer(kind, [self.whole(0), self.whole(1)])
        if kind in COMPARED:
            return self.compared()
        if kind == "GetItem":
            return [self.making.build.index(self.tensor(0), self.items())]
        if kind in ("Concatenate", "Stack", "Einsum", "Where", *PAIRS):
            return self.several()
        return self.one()

    def one(self) -> list[Value]:
        """A function of one tensor."""
        kind, x = self.kind, self.tensor(0)
        if kind in REDUCED:
            return self.layer(REDUCED[kind], [x], "axis", "keepdims")
        if kind in ONE:
            names = ("axis", "approximate", "negative_slope")
            return self.layer(ONE[kind], [x], *names)
        if kind == "Reshape":
            shape = self.numbers("shape")
            batch = x.shape[0]
            if (
                len(shape) < 1
                or shape[0] not in (-1, None, batch)
                or (shape[0] == -1 and -1 in shape[1:])
            ):
                raise UserError(f"the layer `{self.path}` reshapes the batch, which no layer does")
            return self.layer(
                "Reshape", [x], target_shape=[-1 if d is None else d for d in shape[1:]]
            )
        if kind == "Transpose":
            axes = self.numbers("axes")
            axes = [axis % x.type.rank for axis in axes if isinstance(axis, int)]
            if len(axes) != x.type.rank or axes[0] != 0:
                raise UserError(f"the layer `{self.path}` moves the batch, which no layer does")
            return self.layer("Permute", [x], dims=axes[1:])
        if kind == "Cast":
            dtype = str(self.named.get("dtype"))
            if dtype not in DTYPES:
                raise UserError(
                    f"the layer `{self.path}` casts to {dtype}, which netc does not have"
                )
            return self.layer("Cast", [x], dtype=dtype)
        if kind in ("ExpandDims", "Squeeze"):
            return self.layer(kind, [x], "axis")
        if kind in FILLED:
            dtype = str(self.named.get("dtype") or x.type.dtype)
            return [self.making.build.constant(FILLED[kind], list(x.shape), dtype=dtype)]
        if kind == "Cumsum" and x.step.op == "ones":
            return [self.counted(x)]
        if kind == "OneHot" and self.named.get("axis", -1) == -1:
            return self.layer(kind, [x], "num_classes")
        if kind == "Split":
            return self.parts(x)
        if kind == "Pad":
            return self.padded(x)
        if kind == "Clip":
            return self.layer("Clip", [x], "min", "max")
        raise UserError(
            f"the layer `{self.path}` is the function `{kind}`, which netc has no layer for"
        )

    def counted(self, ones: Value) -> Value:
        """1, 2, 3 and so on along an axis, as sums of ones are: the usual way to count places."""
        axis = self.named.get("axis")
        rank = ones.type.rank
        if not isinstance(axis, int):
            raise UserError(f"the layer `{self.path}` counts along no axis")
        build = self.making.build
        places = build.constant("arange", ones.shape[axis], dtype=ones.type.dtype)
        behind = rank - 1 - axis % rank
        if behind:
            places = build.index(places, [span(), *[NEWAXIS] * behind])
        counts = self.making.sign(self.path, "+", places, 1)
        return self.making.sign(self.path, "*", ones, counts)

    def parts(self, x: Value) -> list[Value]:
        """A tensor cut along an axis into equal parts, or at some places."""
        axis, told = self.named.get("axis", 0), self.named.get("indices_or_sections")
        size = x.shape[axis] if isinstance(axis, int) else None
        if not isinstance(axis, int) or not isinstance(size, int):
            raise UserError(f"the layer `{self.path}` splits an axis of no known size")
        if isinstance(told, int) and told > 0 and size % told == 0:
            cuts = [*range(0, size, size // told), size]
        elif isinstance(told, list | tuple) and all(isinstance(cut, int) for cut in told):
            cuts = [0, *(cut for cut in told if isinstance(cut, int)), size]
        else:
            raise UserError(f"the layer `{self.path}` says badly where it splits")
        before = [span()] * (axis % x.type.rank)
        return [self.making.build.index(x, [*before, span(a, b)]) for a, b in pairwise(cuts)]

    def padded(self, x: Value) -> list[Value]:
        """Zeros around a signal, a picture or a volume."""
        widths = plain(self.named.get("pad_width"))
        value = self.named.get("constant_values") or 0
        fits = isinstance(widths, tuple) and len(widths) == x.type.rank and 3 <= len(widths) <= 5
        if (
            not isinstance(widths, tuple)
            or not fits
            or self.named.get("mode", "constant") != "constant"
            or value != 0
            or any(widths[at] != (0, 0) for at in (0, -1))
        ):
            raise UserError(f"the layer `{self.path}` pads as no layer of netc's does")
        inner = widths[1:-1]
        return self.layer(
            f"ZeroPadding{len(inner)}D", [x], padding=inner if len(inner) > 1 else inner[0]
        )

    def several(self) -> list[Value]:
        """A function of several tensors."""
        kind = self.kind
        if kind == "Where":
            return self.layer(kind, [self.whole(place) for place in range(3)])
        first = self.given[0] if self.given else ()
        items = first if isinstance(first, list | tuple) else self.given
        tensors = [self.read(ref) for ref in refs(list(items))]
        if kind == "Stack":
            axis = plain(self.named.get("axis", 0))
            tensors = [self.layer("ExpandDims", [each], axis=axis)[0] for each in tensors]
            return self.layer("Concatenate", tensors, axis=axis)
        if kind == "Concatenate":
            return self.layer(kind, tensors, "axis")
        if kind == "Einsum":
            return self.layer(kind, tensors, "equation")
        return self.layer(kind, tensors)

    def compared(self) -> list[Value]:
        """A comparison with a tensor or a number."""
        left, right = self.side(0), self.side(1)
        if isinstance(left, Value) and isinstance(right, Value):
            return self.layer(self.kind, [left, right])
        if isinstance(left, Value):
            return self.layer(self.kind, [left], number=right)
        return self.layer(self.kind, [self.whole(0), self.whole(1)])

    def layer(
        self, kind: str, inputs: Sequence[Value], /, *names: str, **given: Argument
    ) -> list[Value]:
        """A layer with the arguments of some names that are given."""
        args = {name: _list(plain(self.named[name])) for name in names if name in self.named}
        from .arguments import arguments_of

        found = arguments_of(kind, {**args, **given}, f"the layer `{self.path}`", set())
        return outputs_of(self.making.layer(kind, inputs, found, self.path))

    def tensor(self, place: int) -> Value:
        """An input that is a tensor."""
        given = self.given[place] if place < len(self.given) else None
        found = list(refs(given))
        if len(found) != 1:
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        return self.read(found[0])

    def side(self, place: int) -> Value | float | list[float]:
        """An input that is a tensor or numbers."""
        given = self.given[place] if place < len(self.given) else None
        if isinstance(given, Ref):
            return self.read(given)
        if isinstance(given, bool) or given is None or isinstance(given, str | dict):
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        array = np.asarray(given)
        if array.size == 1 and array.ndim <= 1 and array.dtype != object:
            single = array.reshape(-1)[0]
            return short(np.float32(single) if array.dtype.kind == "f" else single)
        if array.dtype == object:
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        return self.whole(place)

    def whole(self, place: int) -> Value:
        """An input as a tensor, also where it is numbers."""
        given = self.given[place] if place < len(self.given) else None
        if isinstance(given, Ref):
            return self.read(given)
        array = np.asarray(given)
        if array.dtype.kind not in "biuf":
            raise UserError(f"the layer `{self.path}` says badly what it takes")
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        return self.making.build.known(Known(array, (f"{self.path}:{place}",)))

    def numbers(self, name: str) -> list[object]:
        """An argument that is a list of integers."""
        value = self.named.get(name)
        if not isinstance(value, list | tuple) or not all(
            item is None or isinstance(item, int) for item in value
        ):
            raise UserError(f"the layer `{self.path}` has sizes that are computed from tensors")
        return list(value)

    def items(self) -> list[IndexItem]:
        """What stands between the brackets of an index."""
        key = self.named.get("key")
        return [self.item(each) for each in (key if isinstance(key, list | tuple) else [key])]

    def item(self, each: object) -> IndexItem:
        """One part of an index."""
        if each is None:
            return NEWAXIS
        if each is ...:
            return ELLIPSIS
        if isinstance(each, int) and not isinstance(each, bool):
            return at(each)
        if isinstance(each, SliceOf):
            bounds = (each.start, each.stop, each.step)
            start, stop, step = (b if isinstance(b, int) else None for b in bounds)
            if all(b is None or isinstance(b, int) for b in bounds):
                return span(start, stop, step)
        raise UserError(f"the layer `{self.path}` has an index that is computed, or a list")


def _list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
