"""ONNX operators that multiply matrices, or look rows up."""

from __future__ import annotations

import numpy as np

from ....compiler.ops.base.backend import Array
from ....compiler.ops.tensor.index_items import at, span
from ..node import Node
from ..steps import Known, Step, Tensor, View
from ..unfit import Unfit


def gemm(node: Node) -> list[Tensor]:
    """Gemm with a known matrix: a dense layer."""
    view = node.view(0)
    kernel = node.known(1).array
    if node.whole("transA", 0) or kernel.ndim != 2 or kernel.dtype != np.float32:
        raise Unfit("a product of two computed matrices")
    if node.whole("transB", 0):
        kernel = kernel.T
    alpha, beta = node.real("alpha", 1.0), node.real("beta", 1.0)
    bias = node.optional(2)
    if alpha != 1:
        kernel = kernel * np.float32(alpha)
    if bias is not None and bias.size not in (1, kernel.shape[1]):
        raise Unfit("a product plus a matrix")
    if bias is not None:
        bias = np.broadcast_to(bias.reshape(-1) * np.float32(beta), (kernel.shape[1],))
    return [dense(node, view, kernel, bias)]


def dense(node: Node, view: View, kernel: Array, bias: Array | None) -> View:
    """A dense layer over the last axis, whatever is merged or flattened before it."""
    build = node.build
    if view.flat:
        sizes = [view.value.shape[axis] for axis in view.flat[1:]]
        whole_sizes = [size for size in sizes if isinstance(size, int)]
        if len(whole_sizes) < len(sizes):
            view = build.plain(view)
        else:
            # Rows of the kernel are in ONNX's order of what was flattened; ours is another.
            order = np.argsort(view.flat[1:])
            whole = kernel.reshape(*whole_sizes, kernel.shape[1])
            kernel = whole.transpose(*order, len(sizes)).reshape(kernel.shape)
            view = View(build.layer("Flatten", [view.value]), (0, 1))
    if view.merged or view.keeps_last:
        x, axes = view.value, view.axes
    else:
        x = build.value(view)
        axes = tuple(range(len(x.shape)))
    if len(x.shape) < 2:
        raise Unfit("a product of a vector")
    tied = _tied(node, kernel) if bias is None else None
    if tied is not None:
        made = build.layer(
            "ReversibleEmbedding",
            [x],
            tied.weights,
            input_dim=kernel.shape[1],
            output_dim=kernel.shape[0],
        )
        for step in (tied, *(each for each in build.steps if each.shared is tied)):
            step.op = "ReversibleEmbedding"
        made.step.shared = tied
        return View(made, axes, view.merged)
    weights = {"kernel": np.ascontiguousarray(kernel)}
    args: dict[str, object] = {}
    if bias is None:
        args["use_bias"] = False
    else:
        weights["bias"] = np.ascontiguousarray(bias)
    return View(
        build.layer("Dense", [x], weights, units=kernel.shape[1], **args), axes, view.merged
    )


def _tied(node: Node, kernel: Array) -> Step | None:
    """The embedding whose table is this kernel, turned."""
    for step in node.build.steps:
        if step.op in ("Embedding", "ReversibleEmbedding") and step.shared is None:
            table = step.weights["embeddings"]
            if table.shape == kernel.shape[::-1] and np.array_equal(table, kernel.T):
                return step
    return None


def _same_table(node: Node, made: Step) -> Step | None:
    """The embedding before that looks rows up in the same table of the file."""
    for step in node.build.steps:
        table = step.weights.get("embeddings")
        if step is not made and step.shared is None and table is made.weights["embeddings"]:
            made.op = step.op
            return step
    return None


def matmul(node: Node) -> list[Tensor]:
    """MatMul: a dense layer where the second is known, else `@`."""
    second = node.input(1)
    if isinstance(second, Known) and second.array.ndim == 2 and second.array.dtype == np.float32:
        return [dense(node, node.view(0), second.array, None)]
    build = node.build
    a, b = (build.value(t) for t in node.inputs[:2] if t is not None)
    made = build.sign("@", a, b)
    return [View.as_is(made)]


def gather(node: Node) -> list[Tensor]:
    """Gather: an embedding where rows of a known table are looked up, an index, or itself."""
    data, places = node.input(0), node.input(1)
    axis = node.whole("axis", 0)
    build = node.build
    if (
        isinstance(data, Known)
        and isinstance(places, View)
        and axis == 0
        and (data.array.ndim == 2 and data.array.dtype == np.float32)
    ):
        x = build.value(places)
        rows, width = data.shape
        made = build.layer(
            "Embedding", [x], {"embeddings": data.array}, input_dim=rows, output_dim=width
        )
        made.step.shared = _same_table(node, made.step)
        return [View.as_is(made)]
    if isinstance(data, View) and isinstance(places, Known) and places.array.ndim == 0:
        view = build.plain(data)
        axis %= view.rank
        ours = view.axes[axis]
        if ours is None:
            return [View(view.value, (*view.axes[:axis], *view.axes[axis + 1 :]))]
        items = [span()] * len(view.value.shape)
        items[ours] = at(int(places.array))
        made = build.index(view.value, items)
        axes = [a if a is None or a < ours else a - 1 for a in view.axes if a != ours]
        return [View(made, tuple(axes))]
    values = [build.value(t) for t in (data, places) if t is not None]
    made = build.layer("Gather", values, axis=axis)
    return [View.as_is(made)]
