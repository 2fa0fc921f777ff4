"""Mistakes in the shipped models: each is reported at its line, or the net it makes is legal.

A wrong size can be legal for many lines, until a merge or a signature refuses it. The finding then
shows the layers that gave the sizes, nearest first; a change further back than those (a number in
the list a loop runs over, say) is reported where it first hurts. FAR bounds how many of a file's
changes may be so.

Every model file is changed in one place at a time (a layer or argument misspelt, a number changed,
an argument dropped, a stride or padding swapped, a stage deleted). Then either

- a finding shows the line of the change: underlined, as the other place that matters, or in the
  call chain. A stage that is taken out can only be missed by what stays of its statement, a
  default that changes by what reads it and by the calls that use it, a label that goes by the
  places that named it;
  No finding is longer than LINES.
- or the changed net is legal, which ONNX's own shape inference must confirm: it lowers, and the
  output shapes that inference finds are the ones that were checked. A broken `expect` contract may
  be reported for such a net, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import onnx
import pytest
from netc.compiler.check import Analysis, Net, check_files
from netc.compiler.lower.onnx.declared import ONNX_DTYPES, as_array
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic
from netc.dsl.diagnostics.render.text import render_text
from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source, Span

from ..places import MODELS
from .mutate import Mutant, mutants, nodes

FILES = sorted(MODELS.glob("*.net"))
CONTRACTS = (Code.CONTRACT, Code.BAD_CONTRACT)
MOST = 70
"""Mutants tried of one file; of more, every second, third, … is."""
LARGE, FEW = 250, 30
"""Of files whose nets have more layers than LARGE, FEW are tried, and MOST by `make slow`."""
FAR = 0.04
"""The part of a file's changes whose finding may name other lines than the changed one."""
LINES = 16
"""How many lines a finding takes at most."""
PROVED = 5
"""Legal mutants of one file that ONNX is asked about."""


@pytest.mark.parametrize("most", [FEW, pytest.param(MOST, marks=pytest.mark.slow)])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_mistake_is_found_or_makes_a_legal_net(path: Path, most: int) -> None:
    text = path.read_text(encoding="utf-8")
    every = list(mutants(text))
    legal: list[tuple[Mutant, Analysis]] = []
    kinds: Counter[str] = Counter()
    lost: list[str] = []
    layers = sum(1 for net in check_files([path]).nets for _ in net.graph or ())
    tried = most if layers > LARGE else MOST
    for mutant in every[:: 1 + len(every) // tried]:
        analysis = check_files([path], overlay={path.resolve(): mutant.text})
        kinds[mutant.kind] += 1
        faults = [
            one
            for one in analysis.diagnostics
            if one.code not in CONTRACTS and one.severity == "error"
        ]
        if not faults:
            legal.append((mutant, analysis))
        elif not _is_shown(mutant, faults):
            lost.append(f"{mutant}\n{render_text(analysis.diagnostics[:2], color=False)}")
        assert all(_length(one) <= LINES for one in faults), mutant
    assert len(lost) <= FAR * sum(kinds.values()), "\n\n".join(lost)
    assert {"rename a layer", "delete a stage", "change a number", "drop an argument"} <= set(kinds)
    for mutant, analysis in legal[:: 1 + len(legal) // PROVED]:
        for net in analysis.nets:
            _prove(mutant, net)


def _length(fault: Diagnostic) -> int:
    return len(render_text([fault], color=False).splitlines())


def _is_shown(mutant: Mutant, faults: Sequence[Diagnostic]) -> bool:
    spans = [
        span
        for one in faults
        for span in (
            one.span,
            *(related.span for related in one.related),
            *(frame.span for frame in one.trace),
        )
    ]
    shown = {line for span in spans for line in range(span.line, span.end_position[0] + 1)}
    if shown & mutant.lines:
        return True
    missed = [form for name in mutant.removed for form in (f"`{name}`", f".{name}`")]
    if any(form in one.message for form in missed for one in faults):
        return True
    return bool(shown & _where_it_shows(mutant))


def _where_it_shows(mutant: Mutant) -> set[int]:
    """For a gap the rest of its statement; for a default the calls that do not give it."""
    found: set[int] = set()
    file = parse(Source("mutate.net", mutant.text))
    for item in file.items:
        if not isinstance(item, ast.Definition):
            continue
        for statement in nodes(item.body):
            if (
                isinstance(statement, ast.Assign | ast.Return | ast.ExprStatement)
                and not mutant.now
            ):
                span = statement.span
                if span.start <= mutant.start <= span.end:
                    found |= _lines(span)
        for param in item.params:
            default = param.default
            if default is not None and default.span.start <= mutant.start <= default.span.end:
                found |= {
                    line
                    for node in nodes((item.params, item.results, item.body))
                    if isinstance(node, ast.Name) and node.name == param.name.name
                    for line in _lines(node.span)
                }
                found |= {
                    line
                    for node in nodes(file.items)
                    if isinstance(node, ast.Call)
                    and isinstance(node.function, ast.Name)
                    and node.function.name == item.name.name
                    for line in _lines(node.span)
                }
    return found


def _lines(span: Span) -> set[int]:
    return set(range(span.line, span.end_position[0] + 1))


def _prove(mutant: Mutant, net: Net) -> None:
    """Fails unless ONNX infers the output shapes of a net that were checked."""
    assert net.graph is not None
    lowered = lower_onnx(net.graph, SeededWeights())
    model = lowered.skeleton
    for item in lowered.initializers:
        tensor = item.tensor
        if tensor.dtype == "int64":
            array = onnx.numpy_helper.from_array(as_array(tensor), item.name)
            model.graph.initializer.append(array)
        else:
            kind = ONNX_DTYPES[tensor.dtype]
            model.graph.input.append(
                onnx.helper.make_tensor_value_info(item.name, kind, tensor.shape)
            )
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(
        model, check_type=True, strict_mode=True, data_prop=True
    )
    for output, value in zip(net.graph.graph.outputs, inferred.graph.output, strict=True):
        checked = net.graph.graph.type(output.ref).shape
        dims = value.type.tensor_type.shape.dim
        found = [dim.dim_value if dim.HasField("dim_value") else dim.dim_param for dim in dims]
        said = [dim if isinstance(dim, int) else str(dim) for dim in checked]
        # ONNX makes names of its own for sizes that it cannot follow through a Reshape.
        known = [
            own if isinstance(own, str) and str(dim).startswith("unk__") else dim
            for dim, own in zip(found, said, strict=True)
        ]
        assert known == said, f"{mutant}: ONNX infers {found}, netc {said}"
