"""Computes what is known before the model runs: constants, and sizes by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.shapes.dims import Dim, Sym, dim_prod, floor_div
from .steps import Cut, Known, Spread, Tensor, View

MOST = 2**24
"""The most elements that are computed; larger ones are what a layer makes."""

MOST_NAMES = 16
"""Of more initializers it is not kept what was computed of them."""
FEW = 4096
"""The most elements of a repeated number that are computed with."""

EVALUATED = frozenset((
    "Add", "Sub", "Mul", "Div", "Neg", "Sum", "Mean", "Sign", "Round", "Clip", "Relu", "CumSum",
    "ReduceL2", "Softplus", "IsNaN", "IsInf", "GatherElements", "Sqrt", "Pow", "Abs", "Exp",
    "Log", "Floor", "Ceil", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Not",
    "And", "Or", "Where", "Transpose", "Reciprocal", "ReduceSum", "ReduceMean", "ReduceProd",
    "ReduceMax", "ReduceMin", "Min", "Max", "Cast", "Mod", "Trilu", "Sin", "Cos", "Tanh",
    "Sigmoid", "Erf", "Reshape",
))  # fmt: skip
"""Operators that make no more elements than they read, but for broadcasting."""


def known_result(
    op: str, inputs: Sequence[Tensor | None], attributes: Mapping[str, object], opset: int
) -> Tensor | None:
    """The result of a node whose inputs are known; None where it is not computed here."""
    if op != "Shape" and any(isinstance(t, Cut) for t in inputs):
        return _of_cut(op, inputs, attributes, opset)
    made = _result(op, [_small(t) for t in inputs], attributes, opset)
    if isinstance(made, Known) and made.array.dtype == object:
        items = list(made.array.flat)
        if not any(isinstance(item, Sym) for item in items):
            whole = np.array([int(item) for item in items], np.int64)
            return Known(whole.reshape(made.array.shape), made.names)
    return made


CUT = frozenset(("Equal", "Not", "Cast", "Where", "Greater", "Less", "Sub", "Mul", "Identity"))
"""Operators that are computed of the whole of a tensor of which a part is taken."""


def _of_cut(
    op: str, inputs: Sequence[Tensor | None], attributes: Mapping[str, object], opset: int
) -> Tensor | None:
    """What is computed of a part of a known tensor and of single numbers, as such a part."""
    cuts = [t for t in inputs if isinstance(t, Cut)]
    others = [t for t in inputs if not isinstance(t, Cut)]
    numbers = [t.known if isinstance(t, Spread) else t for t in others]
    if op not in CUT or {(t.known.shape, t.shape) for t in cuts[1:]} - {
        (cuts[0].known.shape, cuts[0].shape)
    }:
        return None
    if not all(isinstance(t, Known) and t.array.size == 1 for t in numbers):
        return None
    single = iter(numbers)
    given = [t.known if isinstance(t, Cut) else next(single) for t in inputs]
    made = _result(op, given, attributes, opset)
    same = isinstance(made, Known) and made.shape == cuts[0].known.shape
    return Cut(made, cuts[0].shape) if same and isinstance(made, Known) else None


def _small(tensor: Tensor | None) -> Tensor | None:
    """A few numbers that are repeated as what they are then."""
    if not isinstance(tensor, Spread):
        return tensor
    sizes = [dim for dim in tensor.shape if isinstance(dim, int)]
    if len(sizes) < len(tensor.shape) or prod(sizes) > FEW:
        return tensor
    return Known(np.broadcast_to(tensor.known.array, sizes).copy(), tensor.known.names)


def _result(
    op: str, inputs: Sequence[Tensor | None], attributes: Mapping[str, object], opset: int
) -> Tensor | None:
    if op == "Shape":
        return _shape(inputs[0], attributes)
    if op == "Size" and isinstance(inputs[0], View):
        return Known(_objects([dim_prod(inputs[0].shape)]).reshape(()))
    if op == "Size" and isinstance(inputs[0], Known):
        return Known(np.array(inputs[0].array.size, np.int64))
    if op == "Constant":
        return _constant(attributes)
    given = [t.array for t in inputs if isinstance(t, Known)]
    if len(given) < sum(t is not None for t in inputs):
        return None
    origins = dict.fromkeys(name for t in inputs if isinstance(t, Known) for name in t.names)
    names = tuple(origins) if len(origins) <= MOST_NAMES else ()
    if op in ("ConstantOfShape", "Tile", "Range"):
        return _made(op, given, attributes)
    moved = _moved(op, given, attributes)
    if moved is not None:
        return Known(moved, (*names, op))
    if any(array.dtype == object for array in given):
        return _sizes(op, given, attributes)
    if op in EVALUATED and sum(array.size for array in given) <= MOST:
        return _evaluated(op, inputs, attributes, opset, names)
    return None


def _objects(items: Sequence[Dim]) -> Array:
    """Sizes as integers, or as objects where one is named."""
    if all(isinstance(item, int) for item in items):
        return np.array(items, np.int64)
    made = np.empty(len(items), object)
    made[:] = items
    return made


def _shape(tensor: Tensor | None, attributes: Mapping[str, object]) -> Tensor | None:
    if tensor is None:
        return None
    start, end = _whole(attributes, "start", 0), _whole(attributes, "end", len(tensor.shape))
    return Known(_objects(list(tensor.shape)[start:end]))


def _constant(attributes: Mapping[str, object]) -> Tensor | None:
    (name, value), *_ = attributes.items()
    if name == "value":
        return Known(_tensor(value))
    kinds = {
        "value_float": np.float32,
        "value_floats": np.float32,
        "value_int": np.int64,
        "value_ints": np.int64,
    }
    return Known(np.array(value, kinds[name])) if name in kinds else None


def _tensor(value: object) -> Array:
    """The numbers of an attribute."""
    import onnx

    assert isinstance(value, onnx.TensorProto)
    array: Array = onnx.numpy_helper.to_array(value)
    return array


def _whole(attributes: Mapping[str, object], name: str, default: int) -> int:
    value = attributes.get(name, default)
    return value if isinstance(value, int) else default


def _made(op: str, given: Sequence[Array], attributes: Mapping[str, object]) -> Tensor | None:
    """Tensors that are larger than what says so."""
    if op == "ConstantOfShape":
        value = attributes.get("value")
        filler = np.zeros(1, np.float32) if value is None else _tensor(value)
        shape = Known(given[0]).dims()
        return Spread(Known(filler.reshape(())), tuple(shape))
    if any(array.dtype == object for array in given):
        return None
    if op == "Range":
        start, stop, step = (array.reshape(-1)[0] for array in given)
        if step == 0 or (stop - start) / step > MOST:
            return None
        return Known(np.arange(start, stop, step, dtype=given[0].dtype))
    if given[0].size * int(np.prod(given[1], dtype=np.float64)) > MOST:
        return None
    return Known(np.tile(given[0], given[1]))


def _moved(op: str, given: Sequence[Array], attributes: Mapping[str, object]) -> Array | None:
    """What moves elements and computes none of them."""
    if op == "Identity":
        return given[0]
    if op == "Concat":
        if sum(array.size for array in given) > MOST:
            return None
        return np.concatenate(
            [np.atleast_1d(array) for array in given], _whole(attributes, "axis", 0)
        )
    if op == "Gather":
        axis = _whole(attributes, "axis", 0)
        rows = given[0].shape[axis] if given[0].ndim else 0
        if not rows or given[0].size // rows * given[1].size > MOST:
            return None
        return np.asarray(np.take(given[0], given[1].astype(np.int64), axis))
    if op in ("Unsqueeze", "Squeeze"):
        axes = given[1].tolist() if len(given) > 1 else attributes.get("axes")
        if isinstance(axes, list):
            moved = np.expand_dims if op == "Unsqueeze" else np.squeeze
            return np.asarray(moved(given[0], tuple(axes)))
        return np.squeeze(given[0])
    if op == "Slice" and len(given) > 2 and not any(a.dtype == object for a in given[1:]):
        starts, ends = given[1].tolist(), given[2].tolist()
        axes = given[3].tolist() if len(given) > 3 else list(range(len(starts)))
        steps = given[4].tolist() if len(given) > 4 else [1] * len(starts)
        index = [slice(None)] * given[0].ndim
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
            index[axis] = slice(start, None if step < 0 and end < -(2**31) else end, step)
        return given[0][tuple(index)]
    if op == "Cast" and given[0].dtype == object:
        return given[0]
    if op == "Reshape" and given[1].size and (given[1].tolist() in ([-1], [given[0].size])):
        return given[0].reshape(-1)
    return None


def _sizes(op: str, given: Sequence[Array], attributes: Mapping[str, object]) -> Tensor | None:
    """Arithmetic of sizes, some of them named."""
    signs = {
        "Add": lambda a, b: a + b,
        "Sub": lambda a, b: a - b,
        "Mul": lambda a, b: a * b,
        "Div": floor_div,
    }
    if op in signs and all(array.dtype == object or array.dtype.kind == "i" for array in given):
        a, b = np.broadcast_arrays(*given)
        items = [signs[op](_dim(x), _dim(y)) for x, y in zip(a.flat, b.flat, strict=True)]
        return Known(_objects(items).reshape(a.shape))
    if op == "ReduceProd":
        made = _objects([dim_prod(map(_dim, given[0].flat))])
        return Known(made if attributes.get("keepdims", 1) else made.reshape(()))
    if op in ("Equal", "Where"):
        # Exporters ask whether a size is -1, which none is.
        if op == "Equal":
            a, b = np.broadcast_arrays(*given)
            pairs = list(zip(a.flat, b.flat, strict=True))
            if all(
                not isinstance(x, Sym) or (isinstance(y, int | np.integer) and y < 1)
                for x, y in pairs
            ):
                return Known(np.array([x == y for x, y in pairs]).reshape(a.shape))
            return None
        if given[0].dtype == object:
            return None
        picked = np.where(*given)
        return Known(_objects([_dim(item) for item in picked.flat]).reshape(picked.shape))
    return None


def _dim(item: object) -> Dim:
    return item if isinstance(item, Sym) else int(str(item))


def _evaluated(
    op: str,
    inputs: Sequence[Tensor | None],
    attributes: Mapping[str, object],
    opset: int,
    names: tuple[str, ...],
) -> Tensor | None:
    """What ONNX's reference evaluator computes of one node."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    given = {f"i{at}": t.array for at, t in enumerate(inputs) if isinstance(t, Known)}
    shape = (
        np.broadcast_shapes(*(a.shape for a in given.values()))
        if op in ("Add", "Sub", "Mul", "Div", "Where", "Pow", "Equal")
        else ()
    )
    if np.prod(shape, dtype=np.float64) > MOST:
        return None
    node = helper.make_node(
        op, [f"i{at}" if t is not None else "" for at, t in enumerate(inputs)], ["o"], **attributes
    )
    try:
        graph = helper.make_graph(
            [node],
            "one",
            [
                helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
                for n, a in given.items()
            ],
            [helper.make_empty_tensor_value_info("o")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        with np.errstate(all="ignore"):
            (made,) = ReferenceEvaluator(model).run(None, given)
    except Exception:  # the evaluator raises whatever NumPy does; the node is then a layer's
        return None
    return Known(np.asarray(made), (*names, op))
