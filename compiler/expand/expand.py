"""Expands a net into its graph: runs the program, whose only unknowns are the tensors' contents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ..ir.graph import Node, Output, Ref
from ..ir.growing import GrowingGraph
from ..link.builtins import FUNCTIONS
from ..link.module import Defined, Module
from ..link.names import free_names
from ..link.project import Project
from ..shapes.assume import refuted
from ..shapes.dims import Sym, symbol
from ..shapes.types import DTYPES, TensorType, dtype_fix, dtype_help
from .binding import default_value, static_argument
from .body import MAX_DIM, MAX_LAYERS, Body, Stop
from .dispatch import new_body
from .evaluate import evaluate
from .statements import run_body
from .values import POISON, Bundle, Poison, TensorValue, Value, kind_of
from .work import Meter

if TYPE_CHECKING:
    from ..causes.refused import Legality


def build_net(
    project: Project,
    module: Module,
    net: ast.Definition,
    findings: Findings,
    settings: Mapping[str, Value],
    max_layers: int = MAX_LAYERS,
    meter: Meter | None = None,
    legality: Legality | None = None,
) -> GrowingGraph | None:
    """The graph of a net; None where a fault (reported) leaves no complete graph.

    `settings` gives static parameters and named sizes their values. `meter` counts the steps.
    `legality` finds out for which sizes the net is legal, to explain its faults.
    """
    body = new_body(project, module, findings, net, max_layers=max_layers, calls=(net,))
    body.expansion.legality = legality
    body.expansion.aside = legality is None
    try:
        result = run_net(body, net, settings)
    except Stop:
        return None
    finally:
        if meter is not None:
            meter.steps += body.expansion.done
    return _finish(body, net, result)


def run_net(body: Body, net: ast.Definition, settings: Mapping[str, Value]) -> Value:
    """What a net gives; poison where it is at fault. Raises Stop past a limit."""
    if not _declare_statics(body, net, settings):
        return POISON
    _declare_inputs(body, net, settings)
    return run_body(body, net)


def static_values(
    project: Project, net: Defined, settings: Mapping[str, Value]
) -> dict[str, Value]:
    """The values of a net's static parameters; poison for what expansion reports as faulty."""
    body = new_body(project, net.module, Findings(), net.definition)
    _declare_statics(body, net.definition, settings)
    return body.env


def check_constants(project: Project, module: Module, findings: Findings) -> None:
    """Evaluates a module's constants, so that a faulty one is reported though no net uses it."""
    body = new_body(project, module, findings)
    for item in module.file.items:
        if isinstance(item, ast.Const):
            evaluate(body, ast.Name(item.name.name, item.name.span))


def _declare_statics(body: Body, net: ast.Definition, settings: Mapping[str, Value]) -> bool:
    complete = True
    for param in net.params:
        if isinstance(param.type, ast.TensorTypeExpr):
            continue
        if param.name.name in settings:
            given = settings[param.name.name]
            value: Value = static_argument(body, param, given, param.name.span)
        elif param.default is not None:
            value = default_value(body, param, param.default)
        else:
            body.fault(
                Code.MISSING_ARGUMENT,
                f"`{net.name.name}` needs a value for `{param.name.name}`",
                param.span,
                "has no default",
                help=f"give it a default here, or compile with `--set {param.name.name}=…`",
            )
            complete = False
            value = POISON
        body.env[param.name.name] = value
    return complete


def _declare_inputs(body: Body, net: ast.Definition, settings: Mapping[str, Value]) -> None:
    for param in net.params:
        if not isinstance(param.type, ast.TensorTypeExpr):
            continue
        type = _input_type(body, param, param.type, settings)
        if type is None:
            body.env[param.name.name] = POISON
            continue
        path = body.place.unique(param.name.name).path
        graph = body.expansion.graph
        graph.add(Node(path, None, (), (type,), (), path, param.span, None))
        graph.inputs.append(path)
        body.env[param.name.name] = TensorValue(Ref(path), type, param.span)


def _input_type(
    body: Body, param: ast.Param, declared: ast.TensorTypeExpr, settings: Mapping[str, Value]
) -> TensorType | None:
    if declared.dtype is None:
        body.fault(
            Code.BAD_SIGNATURE,
            f"the input `{param.name.name}` of a net needs a dtype",
            declared.span,
            "no dtype",
            help=f"write `float32{declared.span.text}`",
        )
        return None
    if declared.dtype.name not in DTYPES:
        body.fault(
            Code.BAD_SIGNATURE,
            f"there is no dtype `{declared.dtype.name}`",
            declared.dtype.span,
            "not a dtype",
            help=dtype_help(declared.dtype.name),
            fix=dtype_fix(declared.dtype.span),
        )
        return None
    shape: list[int | Sym] = []
    for dim in declared.dims:
        if isinstance(dim, ast.AnyDim | ast.EllipsisLiteral):
            body.fault(
                Code.BAD_SIGNATURE,
                "a net's inputs are fully typed",
                dim.span,
                "not a size",
                help="give the size a number or a name",
            )
            return None
        _bind_sizes(body, dim, settings)
        size = evaluate(body, dim)
        if isinstance(size, Poison):
            return None
        if not isinstance(size, int | Sym) or isinstance(size, bool):
            body.fault(
                Code.WRONG_TYPE,
                f"a size must be an int, got {kind_of(size)}",
                dim.span,
                "not a size",
                help="give it a name, such as `N`" if size is None else "",
            )
            return None
        if isinstance(size, int) and not 1 <= size <= MAX_DIM:
            reason = "at least 1" if size < 1 else f"at most {MAX_DIM:,}"
            body.fault(
                Code.EMPTY_DIM if size < 1 else Code.BAD_VALUE,
                f"a size must be {reason}, got {size}",
                dim.span,
                "this size",
                help="give a size that is not known a name, such as `N`" if size == -1 else "",
            )
            return None
        if isinstance(size, Sym):
            refuted(">=", size, 1)
        shape.append(size)
    return TensorType(declared.dtype.name, tuple(shape))


def _bind_sizes(body: Body, dim: ast.Expr, settings: Mapping[str, Value]) -> None:
    """Names of a net's input type that nothing defines become symbols, or what was set."""
    for name in sorted(free_names(dim)):
        if name not in body.env and name not in body.module.constants and name not in FUNCTIONS:
            body.env[name] = settings.get(name, symbol(name))


def _finish(body: Body, net: ast.Definition, result: Value) -> GrowingGraph | None:
    """Turns the returned values into the graph's outputs."""
    values = list(result.items) if isinstance(result, Bundle) else [result]
    graph = body.expansion.graph
    names = [r.name.name if r.name is not None else None for r in net.results or ()]
    for index, value in enumerate(values):
        if not isinstance(value, TensorValue):
            return None
        given = names[index] if index < len(names) else None
        name = given or ("output" if len(values) == 1 else f"output_{index}")
        graph.outputs.append(Output(name, value.ref))
    return graph
