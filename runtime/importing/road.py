"""The road of `netc import`: read, convert, write, check, weigh, prove."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...compiler.check import check_files
from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.op import Refusal
from ...compiler.shapes.dims import Sym
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.text.escape import terminal
from ..errors import UserError
from .convert import convert
from .group_norms import grouped
from .inputs import channels_first
from .nested import opened
from .order import needed
from .original import OnnxOriginal
from .packed import unpacked
from .paddings import padded_alike
from .prove import CannotRun, Original, Proof, difference, prove
from .quantized.dequantize import dequantized, quantized_operators
from .raising.road import raised
from .read import OnnxFile, read_onnx
from .steps import Imported
from .towers import with_towers
from .traced import Traced
from .traced import notes as traced_notes
from .weigh import matched
from .write import write

MULTIPLES = (2, 4, 8, 16, 32, 64)
"""What heights and widths may have to be multiples of."""


@dataclass(frozen=True)
class ImportedNet:
    """A net that was made of a model: its text, its weights, and what the proof says."""

    text: str
    checked: CheckedGraph
    weights: WeightSource | None
    """None where the original has no weights beside it."""
    proof: Proof
    nodes: int
    """Nodes of the model."""
    layers: Mapping[str, int]
    """How many layers of each kind the net has, blocks opened."""
    raw: Mapping[str, int]
    """Operators of ONNX that stayed as they are."""
    quantized_apart: float | None = None
    """How far the outputs are from those of the quantized file, where it was one."""


def import_onnx(path: Path, dequantize: bool = False) -> ImportedNet:
    """An ONNX file as a net. Raises UserError for a file that cannot be read, run or written.

    With `dequantize`, a quantized model is imported in float32, and the proof is of that. The
    proof is made, and it is for the caller to look at it.
    """
    file = read_onnx(path)
    quantized = quantized_operators(file)
    if quantized and not dequantize:
        raise UserError(
            f"{path}: is quantized ({', '.join(quantized)}); --dequantize imports it in float32"
        )
    plain = dequantized(file) if quantized else file
    model, multiple, numbers = _sized(_without_patterns(plain))
    model = with_towers(used(raised(model)))
    _hold_reshapes(path, model)
    try:
        model = padded_alike(model)
    except DiagnosticError as fault:
        raise UserError(f"{path}: what netc made of it cannot be read: {fault}") from fault
    notes = [*_notes(path, model, file.opset, raw_operators(model)), *traced_notes(numbers)]
    if multiple > 1:
        notes = [
            *notes,
            f"Height and width are multiples of {multiple}: it joins what it made smaller.",
        ]
    if quantized:
        notes = [*notes, f"It was quantized ({', '.join(quantized)}); here it is float32."]
    made = finished(model, notes, OnnxOriginal(plain), len(file.model.graph.node))
    if not quantized or made.weights is None:
        return made
    apart = difference(OnnxOriginal(file), model, made.checked, made.weights)
    return replace(made, quantized_apart=apart)


def _without_patterns(file: OnnxFile) -> OnnxFile:
    """The model with operators in place of patterns of nodes that no rule takes one by one."""
    for each in (unpacked, grouped):
        try:
            file = each(file)
        except (LookupError, TypeError, ValueError):
            continue  # A node is not as ONNX has it, which the conversion says.
    return file


def _sized(file: OnnxFile) -> tuple[Imported, int, Mapping[str, int]]:
    """The same as below, and the named sizes that the file has a number for. Raises UserError."""
    numbers: dict[str, int] = {}
    while True:
        try:
            return (*_converted(file, numbers), numbers)
        except Traced as fault:
            if fault.name in numbers:
                raise UserError(f"{file.path}: {fault}") from fault
            numbers[fault.name] = fault.number


def _converted(file: OnnxFile, numbers: Mapping[str, int]) -> tuple[Imported, int]:
    """The model as steps, and what its heights and widths have to be multiples of.

    Raises UserError. A net that makes a picture smaller and larger again, and adds both, is legal
    for such sizes alone.
    """
    made, fault = None, None
    try:
        made = convert(file, numbers=numbers)
    except Traced:
        raise
    except UserError as error:
        fault = error
    # ONNX lets sizes be joined that differ at all but some multiples; so does its Concat here.
    if made is not None and not raw_operators(made).get("Concat"):
        return made, 1
    open_sizes = any(
        not dim.HasField("dim_value")
        for item in file.model.graph.input
        if item.name in channels_first(file)
        for dim in item.type.tensor_type.shape.dim[2:]
    )
    for multiple in MULTIPLES if open_sizes else ():
        try:
            found = convert(file, multiple, numbers)
        except UserError:
            continue
        if made is None or not raw_operators(found).get("Concat"):
            return found, multiple
    if made is None:
        assert fault is not None
        raise fault
    return made, 1


def _hold_reshapes(path: Path, model: Imported) -> None:
    """Raises UserError for a reshape to several named sizes that no layer was made of."""
    for step in model.steps:
        shape = step.args.get("shape") if step.op == "onnx.Reshape" else ()
        if isinstance(shape, list) and any(isinstance(size, Sym) for size in shape):
            raise UserError(
                f"{path}: `{step.origin}` is made by Reshape, which netc cannot write: it is "
                f"[{', '.join(map(str, shape))}], of several named sizes"
            )


def used(model: Imported) -> Imported:
    """The model with the steps alone that its outputs depend on."""
    return Imported(model.name, model.inputs, needed(model), model.outputs, model.places)


def raw_operators(model: Imported) -> Mapping[str, int]:
    """How often each operator of ONNX stands in it that netc has no layer for."""
    return Counter(
        step.op.removeprefix("onnx.") for step in opened(model.steps) if step.op.startswith("onnx.")
    )


def finished(model: Imported, notes: Sequence[str], original: Original, nodes: int) -> ImportedNet:
    """A model in netc's words as text, checked and held against the original.

    `notes` stand above the text, `nodes` is how many the original has. Raises UserError.
    """
    path = original.path
    weighed = {
        id(step): step for step in opened(model.steps) if step.weights and step.shared is None
    }
    params = sum(a.size for step in weighed.values() for a in step.weights.values())
    try:
        made = write(model, notes, params)
    except DiagnosticError as fault:
        raise UserError(f"{path}: what netc made of it cannot be read: {fault}") from fault
    checked = checked_text(path, made.text)
    weights = matched(checked, made.order)
    try:
        with np.errstate(all="ignore"):
            proof = prove(original, model, checked, weights)
    except CannotRun as fault:
        proof = Proof(float("inf"), 0, why=str(fault))
    except Refusal as fault:
        raise UserError(f"{path}: {fault.message}") from fault
    layers = Counter(step.op for step in opened(model.steps))
    return ImportedNet(made.text, checked, weights, proof, nodes, layers, raw_operators(model))


def _notes(path: Path, model: Imported, opset: int, raw: Mapping[str, int]) -> Sequence[str]:
    """What stands above the net: where it came from, and what is otherwise than there."""
    plain = terminal(path.name).replace("\n", " ")
    notes = [f"Imported from {plain} (ONNX, opset {opset}) by `netc import`."]
    turned = [
        str(step.args["name"])
        for step in model.inputs
        if not model.places[str(step.args["of"])].straight
    ]
    if turned:
        notes.append(f"Channels are last here and first there in {', '.join(turned)}.")
    outputs = [name for name, view in model.outputs if not view.straight]
    if outputs:
        notes.append(f"So they are in the output{'s' * (len(outputs) > 1)}.")
    if raw:
        kept = ", ".join(f"{name} ({count})" for name, count in sorted(raw.items()))
        notes.append(f"Operators that netc has no layer for: {kept}.")
    return notes


def checked_text(path: Path, text: str) -> CheckedGraph:
    """The net that a text says. Raises UserError where it has a fault; `path` is the original."""
    with tempfile.TemporaryDirectory(prefix="netc-") as folder:
        target = Path(folder, "imported.net")
        target.write_text(text, encoding="utf-8")
        analysis = check_files([target])
    graph = analysis.nets[0].graph if analysis.nets else None
    if analysis.failed or graph is None:
        fault = analysis.diagnostics[0] if analysis.diagnostics else None
        why = "" if fault is None else f": {fault.message} [{fault.code.id}]"
        raise UserError(f"{path}: what netc made of it does not check{why}")
    return graph
