"""What must hold for every legal net: one text, one meaning, in every road through the compiler."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph, Node, Ref
from netc.compiler.lower.dtypes import numpy_dtype
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.lower import LoweredOnnx, lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array, Tensor
from netc.compiler.ops.base.op import Refusal, Weight
from netc.compiler.shapes.dims import substitute
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.render.text import render_text
from netc.dsl.format.file import format_file
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source, Span
from netc.runtime.infer.ort_values import from_ort, to_ort

from .arguments import LARGEST_INPUT_INT
from .decisions import faulty_in_keras
from .programs import Program
from .roundings import alone, first_jump, until

TOLERANCE = 1e-4
COARSE = {"float16": 0.01, "bfloat16": 0.08}
"""The same of nets in 16 bits: ten steps of their numbers."""
LARGEST_VALUE = 1e6
"""Nets whose values grow past this are not compared: rounding decides what they compute."""
MORE_SIZES = 2
"""How many further numbers each named size is tried at: windows and strides leave others over."""
OTHER_SEEDS = (1, 2, 3)
"""Inputs and weights of the nets that differ with those of seed 0."""
PAST_THE_END = (
    r"indices\[.*\] = -?\d+ is not in \[0, |slice index -?\d+ of dimension \d+ out of bounds"
)
"""What TensorFlow says of an index that a tensor has not."""


class Disagreement(AssertionError):
    """A law is broken; the text says which and by how much."""


class Incomparable(Exception):
    """A net that cannot be compared in float32, such as one that overflows; `why` in few words."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why = why


@dataclass(frozen=True)
class Shaken:
    """Seeded weights with nothing left at zero or one, so that biases and scales count."""

    seed: int = 0

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        def draw() -> Array:
            base = SeededWeights(self.seed).tensor(layer, weight).read()
            rng = np.random.default_rng([self.seed, len(weight.name)])
            noise = rng.uniform(0.05, 0.3, weight.shape)
            return (base + noise).astype(weight.dtype)

        return Tensor(weight.shape, weight.dtype, draw)


def check_text(text: str) -> None:
    """The formatter keeps the meaning of a text, and leaves what it has written."""
    file = parse(Source("net.net", text))
    formatted = format_file(file)
    again = parse(Source("net.net", formatted))
    if plain(file) != plain(again):
        raise Disagreement(f"formatting changes the program to\n{formatted}")
    if format_file(again) != formatted:
        raise Disagreement(f"formatting twice differs from\n{formatted}")


def plain(node: object) -> object:
    """A syntax tree without the places it was written at."""
    if isinstance(node, Span | Source):
        return None
    if is_dataclass(node):
        values = [(each.name, plain(getattr(node, each.name))) for each in fields(node)]
        return type(node).__name__, tuple(v for v in values if v[0] not in ("span", "comments"))
    if isinstance(node, list | tuple):
        return tuple(plain(item) for item in node)
    return node


def checked(text: str) -> CheckedGraph:
    """The only net of a text, which must be without errors."""
    path = Path("net.net")
    analysis = check_files([path], overlay={path.resolve(): text})
    errors = [found for found in analysis.diagnostics if found.severity == "error"]
    if errors and "mask" in errors[0].message:
        raise Incomparable("refused for a mask", errors[0].message)
    if errors:
        raise Disagreement(f"a legal net is refused:\n{render_text(errors, color=False)}")
    graph = analysis.nets[0].graph
    if graph is None:
        raise Disagreement("a net without errors has no graph")
    return graph


def arrays_for(graph: CheckedGraph, sizes: Mapping[str, int], seed: int) -> dict[str, Array]:
    """An array for every input."""
    rng = np.random.default_rng(seed)
    found = {}
    for path in graph.graph.inputs:
        type = graph.graph.node(path).outputs[0]
        shape = real_shape(type, sizes)
        if "int" in type.dtype:
            found[path] = rng.integers(0, LARGEST_INPUT_INT, shape).astype(type.dtype)
        else:
            found[path] = rng.uniform(-1.5, 1.5, shape).astype(numpy_dtype(type.dtype))
    return found


def real_shape(type: TensorType, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """A shape with numbers for its names."""
    shape = [substitute(dim, sizes) for dim in type.shape]
    return tuple(dim for dim in shape if isinstance(dim, int))


def run_onnx(lowered: LoweredOnnx, arrays: Mapping[str, Array]) -> list[Array]:
    """Every output in onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        lowered.model().SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = {name: to_ort(array) for name, array in arrays.items()}
    return [from_ort(value) for value in session.run_with_ort_values(None, given)]


def run_keras(graph: CheckedGraph, weights: Shaken, arrays: Mapping[str, Array]) -> list[Array]:
    """Every output in Keras; the parameters must be those that the check counts.

    Raises Disagreement; Incomparable where the net looks up what a table or a tensor has not.
    """
    model = lower_keras(graph, weights)
    total = sum(w.size for node in graph.layers().values() for w in node.weights)
    if model.count_params() != total:
        raise Disagreement(f"Keras counts {model.count_params()} parameters, the check {total}")
    given = list(arrays.values())
    try:
        made = model(given if len(given) > 1 else given[0], training=False)
    except Exception as error:
        # What an integer or a named size is when the net runs, no check can know.
        if re.search(PAST_THE_END, str(error)):
            raise Incomparable("an index out of range", str(error)) from None
        if "Input dims must be <= 5" in str(error):
            raise Incomparable("more axes than TensorFlow takes", str(error)) from None
        raise
    listed = made if isinstance(made, list | tuple) else [made]
    return [value.numpy() if hasattr(value, "numpy") else np.array(value) for value in listed]


def check_numbers(graph: CheckedGraph, sizes: Mapping[str, int], seed: int = 0) -> None:
    """onnxruntime, optimised or not, computes what Keras computes, in the inferred shapes.

    Raises Disagreement; Incomparable where the numbers are too large to tell.
    """
    arrays, weights = arrays_for(graph, sizes, seed), Shaken(seed)
    keras = run_keras(graph, weights, arrays)
    types = [graph.graph.type(output.ref) for output in graph.graph.outputs]
    _check_shapes("Keras", types, sizes, keras)
    finite = [y[np.isfinite(y)].astype("float64") for y in keras]
    if any(np.abs(y).max(initial=0) > LARGEST_VALUE for y in finite):
        raise Incomparable("values past what float32 can compare")
    try:
        optimised = run_onnx(compile_onnx(graph, weights), arrays)
        plain = run_onnx(lower_onnx(graph, weights), arrays)
    except Refusal as fault:
        raise Incomparable("ONNX cannot express it", str(fault)) from None
    for who, made in (("onnxruntime", optimised), ("onnxruntime without passes", plain)):
        _check_shapes(who, types, sizes, made)
        try:
            _check_close(who, keras, made, tolerance(graph))
        except Disagreement as difference:
            if all(np.isfinite(y).all() for y in keras):
                raise
            raise Incomparable("not numbers", str(difference)) from None


def check_bytes(text: str, graph: CheckedGraph) -> None:
    """The same text becomes the same bytes."""
    try:
        models = [compile_onnx(each, Shaken()).model() for each in (graph, checked(text))]
    except Refusal as fault:
        raise Incomparable("ONNX cannot express it", str(fault)) from None
    if models[0].SerializeToString() != models[1].SerializeToString():
        raise Disagreement("compiling twice gives different bytes")


def check_program(program: Program) -> str | None:
    """Every law of legal nets. Raises Disagreement or Incomparable.

    Returns the decision that a difference of numbers falls under.
    """
    check_text(program.text)
    graph = checked(program.text)
    check_bytes(program.text, graph)
    try:
        check_numbers(graph, program.sizes)
        for sizes in other_sizes(graph, program.sizes):
            check_numbers(graph, sizes)
    except Disagreement as first:
        fault = faulty_in_keras(graph, program.sizes)
        if fault is not None:
            return f"decided ({fault})"
        if not all_finite(graph, program.sizes):
            raise Incomparable("not numbers", str(first)) from None
        if rounding_decides(graph, program.sizes):
            raise Incomparable("a rounding decides", str(first)) from None
        for seed in OTHER_SEEDS:
            check_numbers(graph, program.sizes, seed)
        if all(agrees_alone(graph, node, program.sizes) for node in graph if node.op):
            raise Incomparable("a rounding grows", str(first)) from None
        raise
    return None


def other_sizes(graph: CheckedGraph, sizes: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """The named sizes with the next numbers, where every value still has elements."""
    for more in range(1, MORE_SIZES + 1 if set(sizes) - {"N"} else 1):
        other = {name: size + (name != "N") * more for name, size in sizes.items()}
        types = [type for node in graph for type in node.outputs]
        if all(isinstance(d, int) and d > 0 for t in types for d in real_shape(t, other)):
            yield other


def rounding_decides(graph: CheckedGraph, sizes: Mapping[str, int]) -> bool:
    """Whether the backends part at a step to which they bring the same numbers but for rounding.

    Given exactly the same numbers they must agree about the step.
    """

    def agree(net: CheckedGraph) -> bool:
        try:
            check_numbers(net, sizes)
        except Disagreement:
            return False
        return True

    found = first_jump(graph, agree)
    if found is None:
        return False
    return agrees_alone(graph, found, sizes)


def agrees_alone(graph: CheckedGraph, node: Node, sizes: Mapping[str, int]) -> bool:
    """Whether one operator of a net gives the same in both backends for what it gets in Keras."""
    arrays, weights = arrays_for(graph, sizes, 0), Shaken()
    values = run_keras(until(graph, node.inputs), weights, arrays)
    given = {f"x{number}": value for number, value in enumerate(values)}
    step = alone(graph, node)
    made = run_onnx(lower_onnx(step, weights), given)
    try:
        _check_close("a step", run_keras(step, weights, given), made, tolerance(step))
    except Disagreement:
        return False
    return True


def all_finite(graph: CheckedGraph, sizes: Mapping[str, int]) -> bool:
    """Whether every value inside the net is a number, in Keras."""
    refs = [
        Ref(node.path, index)
        for node in graph
        if node.op is not None
        for index in range(len(node.outputs))
    ]
    try:
        values = run_keras(until(graph, refs), Shaken(), arrays_for(graph, sizes, 0))
    except Disagreement:
        return True
    return all(np.isfinite(value).all() for value in values)


def _check_shapes(
    who: str, types: Sequence[TensorType], sizes: Mapping[str, int], made: Sequence[Array]
) -> None:
    for type, array in zip(types, made, strict=True):
        if array.shape != real_shape(type, sizes):
            raise Disagreement(f"{who} makes {list(array.shape)} of what was inferred as {type}")
        if array.dtype != numpy_dtype(type.dtype):
            raise Disagreement(f"{who} makes {array.dtype} of what was inferred as {type}")


def tolerance(graph: CheckedGraph) -> float:
    """How far outputs may be apart, over their largest, by the coarsest dtype in the net."""
    dtypes = {type.dtype for node in graph for type in node.outputs}
    return max([TOLERANCE, *(COARSE[dtype] for dtype in dtypes & COARSE.keys())])


def _check_close(
    who: str, expected: Sequence[Array], made: Sequence[Array], most: float = TOLERANCE
) -> None:
    for number, (theirs, ours) in enumerate(zip(expected, made, strict=True)):
        theirs, ours = (
            array.astype("float32") if array.dtype.name == "bfloat16" else array
            for array in (theirs, ours)
        )
        finite = np.isfinite(theirs)
        if not np.array_equal(theirs[~finite], ours[~finite], equal_nan=True):
            raise Disagreement(f"output {number} of {who} is infinite or no number elsewhere")
        if not finite.any():
            continue
        theirs, ours = theirs[finite].astype("float64"), ours[finite].astype("float64")
        scale = max(1.0, float(np.abs(theirs).max()))
        difference = float(np.abs(theirs - ours).max())
        if not difference <= most * scale:
            raise Disagreement(
                f"output {number} of {who} differs from Keras by {difference:.3g} "
                f"where values go up to {scale:.3g}"
            )
