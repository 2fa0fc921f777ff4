"""Makes steps: layers with their types, signs, indexes, constants; and puts axes into order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...compiler.ir.infer import infer
from ...compiler.lower.onnx.declared import ONNX_DTYPES
from ...compiler.ops.base.backend import Array
from ...compiler.ops.base.op import Op, Refusal, arguments, construct
from ...compiler.ops.table import CONSTANTS, OPS
from ...compiler.ops.tensor.arithmetic import Arithmetic
from ...compiler.ops.tensor.index_items import NEWAXIS, IndexItem, span
from ...compiler.ops.tensor.indexing import Slice
from ...compiler.shapes.dims import Dim, Sym
from ...compiler.shapes.types import TensorType
from ..errors import UserError
from .numbers import counts, number, numbers
from .raw import MANY, Raw, raw_operator
from .steps import Argument, Cut, Known, Step, Tensor, Value, View
from .unfit import Unfit

INLINE = 4
"""The longest list of numbers that is written in the text; others are learned tensors."""
INLINE_WHOLE = 600
"""The same for integers, which cannot be learned."""
PRODUCTS = frozenset(
    (
        "Dense",
        *(f"{kind}Conv{n}D" for n in (1, 2, 3) for kind in ("", "Depthwise")),
        *(f"Conv{n}DTranspose" for n in (1, 2, 3)),
    )
)
"""Layers that are a product with a kernel, and may add a bias to each channel."""


@dataclass
class Builder:
    """The steps made so far; `origin` is the tensor that is being made."""

    steps: list[Step] = field(default_factory=list)
    origin: str = ""
    learned: dict[tuple[str, ...], Step] = field(default_factory=dict)

    def layer(
        self,
        op: str,
        inputs: Sequence[Value],
        weights: Mapping[str, Array] | None = None,
        /,
        **args: Argument,
    ) -> Value:
        """A layer of netc's table. Raises Unfit where it refuses its arguments or inputs."""
        try:
            made = construct(OPS[op], args)
        except Refusal as fault:
            raise Unfit(fault.message) from fault
        return self.add(made, op, inputs, args, weights)

    def sign(self, op: str, *sides: Value | float | list[float]) -> Value:
        """`a + b` and its like, each side a tensor, a number or a list."""
        inputs = [side for side in sides if isinstance(side, Value)]
        args: dict[str, Argument] = {}
        for name, side in zip(("left", "right"), sides, strict=False):
            if not isinstance(side, Value):
                args[name] = side
        try:
            made = construct(Arithmetic, {"op": op, **args})
        except Refusal as fault:
            raise Unfit(fault.message) from fault
        return self.add(made, op, inputs, args, None)

    def index(self, value: Value, items: Sequence[IndexItem]) -> Value:
        """`value[items]`; the value itself where all is taken."""
        shown = list(items)
        while shown and shown[-1] == span():
            shown.pop()
        if not shown:
            return value
        made = construct(Slice, {"items": tuple(shown)})
        return self.add(made, "index", [value], {"items": tuple(shown)}, None)

    def constant(self, op: str, *values: Argument, **args: Argument) -> Value:
        """A constant tensor, such as `arange(T)`."""
        given = {**dict(zip(arguments(CONSTANTS[op]), values, strict=False)), **args}
        try:
            made = construct(CONSTANTS[op], given)
        except Refusal as fault:
            raise Unfit(fault.message) from fault
        return self.add(made, op, [], given, None)

    def onnx(
        self,
        op_type: str,
        inputs: Sequence[Tensor | None],
        outputs: int = 0,
        /,
        **attributes: Argument,
    ) -> Value:
        """An operator of ONNX as it is; `outputs` of its results, 0 for as many as it must have.

        Raises UserError where netc cannot write it.
        """
        try:
            try:
                made = raw_operator(op_type, inputs, outputs, attributes)
                result = self._raw(op_type, made)
            except (Refusal, Unfit):
                made = raw_operator(op_type, inputs, outputs, attributes, MANY)
                result = self._raw(op_type, made)
        except (Refusal, Unfit) as fault:
            why = fault.message if isinstance(fault, Refusal) else str(fault)
            raise UserError(
                f"`{self.origin}` is made by {op_type}, which netc cannot write: {why}"
            ) from fault
        return result

    def _raw(self, op_type: str, made: Raw) -> Value:
        before = len(self.steps)
        try:
            values = [self.value(tensor) for tensor in made.tensors]
            return self.add(made.op, f"onnx.{op_type}", values, made.args, None)
        except Unfit:
            del self.steps[before:]
            raise

    def weight(self, array: Array, names: tuple[str, ...]) -> Value:
        """A learned tensor, made once for each initializer."""
        if array.dtype != np.float32:
            raise Unfit(f"a tensor of {array.size} numbers in {array.dtype} is not learned")
        key = (*names, str(array.shape)) if names else ()
        if (
            key
            and key in self.learned
            and np.array_equal(self.learned[key].weights["value"], array)
        ):
            return Value(self.learned[key])
        type = TensorType("float32", tuple(array.shape))
        step = Step("weight", (), {}, (type,), self.origin, {"value": array})
        self.steps.append(step)
        if key:
            self.learned[key] = step
        return Value(step)

    def known(self, known: Known) -> Value:
        """A known tensor as a value."""
        array = known.array
        if array.dtype == object:
            raise Unfit(f"it computes with the named size `{array.reshape(-1)[0]}`")
        if array.dtype.name not in ONNX_DTYPES:
            raise Unfit(f"a tensor is of {array.dtype.name}, a type that netc has not")
        if array.size == 0:
            raise Unfit("a tensor has no elements")
        if array.dtype == np.float32 and array.size > INLINE:
            return self.weight(array, known.names)
        if array.dtype.kind in "iu" and array.size > INLINE and counts(array):
            counted = self.constant("arange", array.size, dtype=array.dtype.name)
            items = [span() if size > 1 else NEWAXIS for size in array.shape]
            return self.index(counted, items)
        if array.size > INLINE_WHOLE and not (array == array.flat[0]).all():
            return self.weight(array, known.names)
        if array.size > 1 and abs(array.flat[0]) < 2**31 and (array == array.flat[0]).all():
            return self.constant(
                "full", list(array.shape), number(array.flat[0]), dtype=array.dtype.name
            )
        values = array.tolist() if array.dtype != np.float32 else numbers(array)
        return self.constant("tensor", values, dtype=array.dtype.name)

    def value(self, tensor: Tensor) -> Value:
        """A tensor as a value with its axes in ONNX's order."""
        if isinstance(tensor, View):
            return self.arrange(tensor, range(tensor.rank))
        if isinstance(tensor, Known):
            return self.known(tensor)
        if isinstance(tensor, Cut):
            return self.cut(tensor)
        inner = self.known(tensor.known)
        lead = len(tensor.shape) - len(inner.shape)
        sizes = [
            dim if axis < lead or inner.shape[axis - lead] != dim else 1
            for axis, dim in enumerate(tensor.shape)
        ]
        if all(size == 1 for size in sizes) and lead == 0:
            return inner
        zeros = self.constant("zeros", sizes, dtype=inner.type.dtype)
        if inner.type.dtype == "bool":
            return self.layer("LogicalOr", [inner, zeros])
        return self.sign("+", inner, zeros)

    def cut(self, tensor: Cut) -> Value:
        """The first elements of a known tensor: rows that are looked up, or a triangle.

        Raises Unfit for others.
        """
        array, shape = tensor.known.array, tensor.shape
        repeated = [dim if own == 1 else 1 for own, dim in zip(array.shape, shape, strict=True)]
        if any(dim != 1 for dim in repeated):
            inner = tuple(
                1 if own == 1 else dim for own, dim in zip(array.shape, shape, strict=True)
            )
            zeros = self.constant("zeros", repeated, dtype=tensor.dtype)
            return self.sign("+", self.cut(Cut(tensor.known, inner)), zeros)
        kept = [axis for axis, dim in enumerate(shape) if dim != 1]
        sizes = [shape[axis] for axis in kept]
        items = [span() if axis in kept else NEWAXIS for axis in range(len(shape))]
        plain = array.reshape([array.shape[axis] for axis in kept])
        rows = len(sizes) == 2 and isinstance(sizes[0], Sym) and isinstance(sizes[1], int)
        if rows and array.dtype == np.float32:
            places = self.constant("arange", sizes[0], dtype="int32")
            table = {"embeddings": np.ascontiguousarray(plain)}
            count, width = plain.shape
            made = self.layer("Embedding", [places], table, input_dim=count, output_dim=width)
            return self.index(made, items)
        if len(sizes) == 2 and sizes[0] == sizes[1] and plain.shape[0] == plain.shape[1] > 1:
            below = np.tri(len(plain), dtype=bool)
            low, high = plain[0, 0], plain[0, 1]
            if np.array_equal(plain, np.where(below, low, high)):
                return self.index(self._triangle(sizes[0], low, high), items)
        raise Unfit("a known tensor of which the sizes of an input take a part")

    def _triangle(self, size: Dim, below: object, above: object) -> Value:
        """A matrix of one number up to its diagonal, and another one behind it."""
        places = self.constant("arange", size, dtype="int32")
        rows = self.index(places, [span(), NEWAXIS])
        if isinstance(below, np.bool_):
            return self.layer("GreaterEqual" if below else "Less", [rows, places])
        seen = self.layer("GreaterEqual", [rows, places])
        values = [self.known(Known(np.asarray(number))) for number in (below, above)]
        return self.layer("Where", [seen, *values])

    def arrange(self, view: View, order: Sequence[int | None]) -> Value:
        """A value whose axes are those of ONNX's in some order; None is a new axis."""
        if view.merged or view.flat:
            return self.arrange(self.plain(view), order)
        taken = [None if at is None else view.axes[at] for at in order]
        axes = [axis for axis in taken if axis is not None]
        value = view.value
        if axes != list(range(len(axes))):
            value = self.permuted(value, axes)
        if None in taken:
            items = [NEWAXIS if axis is None else span() for axis in taken]
            value = self.index(value, items)
        return value

    def permuted(self, value: Value, axes: Sequence[int]) -> Value:
        """The axes in another order."""
        if axes[0] == 0:
            return self.layer("Permute", [value], dims=list(axes[1:]))
        whole = View(value, tuple(range(len(axes))))
        return self.onnx("Transpose", [whole], perm=list(axes))

    def reshaped(self, value: Value, sizes: Sequence[Dim]) -> Value:
        """ONNX's Reshape, also of the batch.

        One to several named sizes cannot be written: a layer has to be made of it.
        """
        target: list[Dim] = [-1 if isinstance(dim, Sym) else dim for dim in sizes]
        if target.count(-1) > 1:
            target = list(sizes)
        type = TensorType(value.type.dtype, tuple(sizes))
        step = Step("onnx.Reshape", (value,), {"shape": target}, (type,), self.origin)
        self.steps.append(step)
        return Value(step)

    def plain(self, view: View) -> View:
        """A view with an axis for each of ONNX's, whatever that takes."""
        if view.flat:
            value = view.value
            if view.flat != tuple(range(len(view.flat))):
                value = self.layer("Permute", [value], dims=list(view.flat[1:]))
            return View(self.layer("Flatten", [value]), (0, 1))
        if view.merged:
            value = self.value(View(view.value, view.axes))
            return View(self.reshaped(value, view.shape), (0, 1))
        return view

    def add(
        self,
        op: Op,
        name: str,
        inputs: Sequence[Value],
        args: Mapping[str, Argument],
        weights: Mapping[str, Array] | None,
    ) -> Value:
        """A step of an operator. Raises Unfit where it refuses its inputs or weights."""
        try:
            made = infer(op, tuple(value.type for value in inputs))
        except Refusal as fault:
            raise Unfit(fault.message) from fault
        wanted = {weight.name: weight.shape for weight in made.weights}
        given = {key: tuple(array.shape) for key, array in (weights or {}).items()}
        if wanted != given:
            raise Unfit(f"`{name}` needs weights {wanted}, not {given}")
        step = Step(name, tuple(inputs), args, made.outputs, self.origin, weights or {})
        self.steps.append(step)
        return Value(step)
