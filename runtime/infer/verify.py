"""Compares onnxruntime, Keras and ONNX's reference evaluator on one net, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Graph, Node, Output, Ref
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from .keras_module import import_keras
from .keras_run import run_keras

if TYPE_CHECKING:
    import onnx

    from ...compiler.lower.onnx.lower import LoweredOnnx

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Difference:
    """How far two arrays are apart.

    `largest` is the largest absolute difference. `scaled` is the largest of |a - b| divided by
    max(1, |b|, the root mean square of b), element by element: what the tolerance limits.
    """

    largest: float
    scaled: float

    def join(self, other: Difference) -> Difference:
        """The larger of both, figure by figure."""
        return Difference(max(self.largest, other.largest), max(self.scaled, other.scaled))


@dataclass(frozen=True)
class LayerResult:
    """What the backends made of one layer; a difference is None where one of them made nothing."""

    path: str
    op: str
    shapes: tuple[tuple[int, ...], ...]
    keras: Difference | None
    reference: Difference | None
    note: str = ""

    def past(self, tolerance: float) -> bool:
        """Whether onnxruntime is past the tolerance: from Keras, or from the only other there is.

        Where onnxruntime and Keras agree, the reference evaluator is outvoted.
        """
        judge = self.keras or self.reference
        return judge is not None and not judge.scaled <= tolerance

    def outvoted(self, tolerance: float) -> bool:
        """Whether the reference evaluator alone differs."""
        return (
            self.keras is not None
            and self.reference is not None
            and self.keras.scaled <= tolerance
            and not self.reference.scaled <= tolerance
        )

    def counted(self, tolerance: float) -> list[Difference]:
        """The differences that are onnxruntime's."""
        found = [self.keras] if self.outvoted(tolerance) else [self.keras, self.reference]
        return [each for each in found if each is not None]


@dataclass(frozen=True)
class Verification:
    """The layers of a net as it is written, and its outputs after the passes."""

    net: str
    tolerance: float
    layers: tuple[LayerResult, ...]
    outputs: tuple[LayerResult, ...]
    notes: tuple[str, ...]

    @property
    def first_past(self) -> LayerResult | None:
        """The first layer, or else optimised output, past the tolerance."""
        for result in (*self.layers, *self.outputs):
            if result.past(self.tolerance):
                return result
        return None

    @property
    def largest(self) -> LayerResult | None:
        """The layer or output with the largest scaled difference; None where none is compared."""
        found = [r for r in (*self.layers, *self.outputs) if r.keras or r.reference]
        return max(found, key=self._scaled, default=None)

    def _scaled(self, result: LayerResult) -> float:
        return max(each.scaled for each in result.counted(self.tolerance))


def difference(ours: Array, theirs: Array) -> Difference:
    """How far two arrays are apart; infinitely far where shape or dtype are not the same.

    Two NaN are equal, and so are two infinities of one sign.
    """
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return Difference(float("inf"), float("inf"))
    if ours.size == 0:
        return Difference(0.0, 0.0)
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
        apart = np.where(np.isnan(apart), np.inf, apart)
        size = np.abs(b)
        finite = size[np.isfinite(size)]
        rms = float(np.sqrt(np.mean(np.square(finite)))) if finite.size else 0.0
        scaled = apart / np.maximum(np.nan_to_num(size, nan=1.0, posinf=1.0), max(1.0, rms))
    return Difference(float(apart.max()), float(scaled.max()))


def verify(
    checked: CheckedGraph,
    source: WeightSource,
    inputs: Mapping[str, Array],
    *,
    tolerance: float = TOLERANCE,
    reference: bool = True,
) -> Verification:
    """Runs a net through all backends with the same weights and inputs.

    Raises Refusal where a layer has no ONNX lowering, UserError where Keras is not installed, a
    weight cannot be read or the inputs do not fit.
    """
    keras = import_keras()
    from ...compiler.lower.onnx.compile import compile_onnx
    from ...compiler.lower.onnx.lower import lower_onnx

    open_graph = every_layer(checked)
    lowered = lower_onnx(open_graph, source)
    ours = _run_onnxruntime(lowered, checked.name, inputs)
    optimised = _run_onnxruntime(compile_onnx(checked, source), checked.name, inputs)
    notes: list[str] = []
    theirs, gaps = run_keras(keras, open_graph, source, inputs, ours)
    referred: list[Array | None] = [None] * len(ours)
    if reference:
        referred, lacking = _run_reference(lowered.model(), inputs)
        for kind, reason in lacking.items():
            notes.append(f"the reference evaluator does not run {kind}: {reason}")
    compared = _Compared(open_graph.graph, ours, theirs, referred, gaps)
    layers = tuple(
        compared.result(node.path, node) for node in checked.graph if node.op is not None
    )
    outputs = tuple(
        compared.output(index, output.name, optimised[index])
        for index, output in enumerate(checked.graph.outputs)
    )
    notes += _outvoted(layers, tolerance)
    return Verification(checked.name, tolerance, layers, outputs, tuple(notes))


def _outvoted(layers: Sequence[LayerResult], tolerance: float) -> list[str]:
    """A note on the first layer that the reference evaluator alone computes otherwise."""
    for row in layers:
        if row.outvoted(tolerance) and row.reference is not None:
            return [
                f"ONNX's reference evaluator is wrong from {row.path} ({row.op}) on: it differs by "
                f"{row.reference.largest:.2g} there, where onnxruntime and Keras agree"
            ]
    return []


@dataclass(frozen=True)
class _Compared:
    """The values of all backends, in the order of a graph's outputs."""

    graph: Graph
    ours: Sequence[Array]
    theirs: Sequence[Array | None]
    referred: Sequence[Array | None]
    gaps: Mapping[str, str]

    def result(self, path: str, node: Node) -> LayerResult:
        """One layer, over all its outputs."""
        places = [
            index
            for index, output in enumerate(self.graph.outputs)
            if output.ref.node == path and output.name == _name(output.ref)
        ]
        shapes = tuple(self.ours[place].shape for place in places)
        keras = [_apart(self.ours[p], self.theirs[p]) for p in places]
        reference = [_apart(self.ours[p], self.referred[p]) for p in places]
        op = "" if node.op is None else node.op.name
        return LayerResult(
            path, op, shapes, _join(keras), _join(reference), self.gaps.get(path, "")
        )

    def output(self, index: int, name: str, made: Array) -> LayerResult:
        """One output of the net after the passes."""
        keras, reference = self.theirs[index], self.referred[index]
        note = "" if keras is not None else "made by onnxruntime alone"
        return LayerResult(
            name, "optimised", (made.shape,), _apart(made, keras), _apart(made, reference), note
        )


def _apart(ours: Array, theirs: Array | None) -> Difference | None:
    return None if theirs is None else difference(ours, theirs)


def _join(found: Sequence[Difference | None]) -> Difference | None:
    known = [each for each in found if each is not None]
    if not known or len(known) < len(found):
        return None
    result = known[0]
    for each in known[1:]:
        result = result.join(each)
    return result


def every_layer(checked: CheckedGraph) -> CheckedGraph:
    """The graph with every output of every layer as one more output of the net."""
    graph = checked.graph
    more = [
        Output(_name(ref), ref)
        for node in graph
        if node.op is not None
        for ref in (Ref(node.path, index) for index in range(len(node.outputs)))
    ]
    return CheckedGraph(replace(graph, outputs=[*graph.outputs, *more]))


def _name(ref: Ref) -> str:
    return f"{ref.node}/value:{ref.output}"


def _run_onnxruntime(lowered: LoweredOnnx, name: str, inputs: Mapping[str, Array]) -> list[Array]:
    from .session import Session

    return list(Session.from_lowered(lowered, f"the net `{name}`").run(inputs).values())


def _run_reference(
    model: onnx.ModelProto, inputs: Mapping[str, Array]
) -> tuple[list[Array | None], Mapping[str, str]]:
    from .onnx_evaluator import run_reference

    made = run_reference(model, inputs)
    return [made.values.get(output.name) for output in model.graph.output], made.lacking
