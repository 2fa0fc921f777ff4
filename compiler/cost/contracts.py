"""`expect` contracts: what a net must cost and which shapes it must have, checked in every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.diagnostics.findings import Findings
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..expand import functions, statics
from ..expand.binding import bind_static
from ..expand.body import Stop, most_opened
from ..expand.dispatch import new_body
from ..expand.evaluate import evaluate
from ..expand.nets import NetChecker
from ..expand.size_lines import on_sizes
from ..expand.values import ArgValue, Poison, Value, kind_of
from ..ir.graph import CheckedGraph, Node
from ..link.builtins import FUNCTIONS
from ..link.names import type_names
from ..link.project import Defined, Module
from ..ops.base.kinds import show
from ..shapes.dims import DimTooComplex, Sym, compare, names, symbol
from ..shapes.types import show_shape
from .bad_line import BadLine
from .costs import NetCosts, net_costs
from .shares import MEANT, SHARES, Share, largest_shares, smaller
from .totals import Parameters, Work, parameters, work

NUMBERS: Mapping[str, Callable[[_Measured], Value]] = {
    "params": lambda net: net.parameters.total,
    "trainable_params": lambda net: net.parameters.trainable,
    "non_trainable_params": lambda net: net.parameters.total - net.parameters.trainable,
    "flops": lambda net: net.work.flops,
    "macs": lambda net: net.work.macs,
    "activations": lambda net: net.work.elements,
    "layers": lambda net: net.work.layers,
}
"""The measures a contract may name without arguments; per example, as `netc summary` gives them."""

MOST_ROWS = 100_000
"""Layers of a net past which none are named."""

USES = {
    "memory": "memory(batch=32)",
    "shape": "shape(features)",
    "receptive_field": "receptive_field(features)",
    "legal": "legal(H)",
    "accepts": "accepts(H=224)",
}
"""How the measures that take an argument are written."""

CALLS = tuple(USES)
"""The measures that take an argument."""

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class _Measured:
    """What contracts ask of a net, counted when it is first asked for."""

    def __init__(self, checked: CheckedGraph) -> None:
        self.checked = checked

    @cached_property
    def parameters(self) -> Parameters:
        return parameters(self.checked)

    @cached_property
    def work(self) -> Work:
        return work(self.checked)

    @cached_property
    def costs(self) -> NetCosts:
        return net_costs(self.checked)


def check_contracts(checker: NetChecker, module: Module, only: str | None) -> None:
    """Checks every `expect` block of a module whose net is without fault; `only` that of one net.

    A contract speaks of the net as it is written, whatever else it is checked with.
    """
    measured: dict[int, _Measured] = {}
    for item in module.file.items:
        if not isinstance(item, ast.Expect) or only not in (None, item.net.name):
            continue
        net = module.names.get(item.net.name)
        if not isinstance(net, Defined) or net.definition.kind != "net":
            continue
        # A limit that is passed in an argument or a line has been reported.
        with suppress(Stop):
            settings: Mapping[str, Value] | None = {}
            if item.args or not checker.knows(net, {}):
                settings = _settings(checker, module, net, item)
            if settings is None:
                continue
            checked = checker.check(net, settings)
            lines = [line for line in item.lines if not on_sizes(line)]
            if checked is not None and lines:
                figures = measured.setdefault(id(checked), _Measured(checked))
                _Contract(checker, module, figures).check(lines)
            if len(lines) < len(item.lines):
                _check_sizes(checker, module, net, settings, item.lines)


def _check_sizes(
    checker: NetChecker,
    module: Module,
    net: Defined,
    settings: Mapping[str, Value],
    lines: Sequence[ast.Expr],
) -> None:
    from .size_contracts import SizeContracts  # 10 ms that only such contracts should cost

    sizes = SizeContracts(checker, module, net, settings)
    for line in lines:
        if on_sizes(line):
            with _reported(checker.findings, line):
                sizes.check(line)


@contextmanager
def _reported(findings: Findings, line: ast.Expr) -> Iterator[None]:
    """Reports a line that is no contract."""
    try:
        yield
    except BadLine as bad:
        findings.fault(Code.BAD_CONTRACT, str(bad), bad.span, "not a contract", help=bad.help)
    except DimTooComplex as error:
        message = f"a measure comes to {error}"
        findings.fault(Code.BAD_CONTRACT, message, line.span, "too complex")


def _settings(
    checker: NetChecker, module: Module, net: Defined, item: ast.Expect
) -> dict[str, Value] | None:
    """The values that `expect Net(args)` gives the net's static parameters and sizes."""
    project, findings = checker.project, checker.findings
    body = new_body(project, module, findings)
    statics_of = {
        p.name.name for p in net.definition.params if isinstance(p.type, ast.StaticTypeExpr)
    }
    sizes: dict[str, Value] = {}
    args: list[ArgValue] = []
    for arg in item.args:
        value = evaluate(body, arg.value)
        if isinstance(value, Poison):
            return None
        name = arg.name.name if arg.name is not None else None
        if name is not None and name not in statics_of and name in _size_names(net.definition):
            sizes[name] = value
            continue
        args.append(ArgValue(name, value, arg.span))
    callee = new_body(project, net.module, findings, net.definition)
    if not bind_static(callee, body, net.definition, args, item.net.span):
        return None
    return {**callee.env, **sizes}


def _size_names(definition: ast.Definition) -> set[str]:
    found: set[str] = set()
    for param in definition.params:
        if isinstance(param.type, ast.TensorTypeExpr):
            found |= type_names(param.type)
    return found


class _Contract:
    """Checks the lines of one `expect` block."""

    def __init__(self, checker: NetChecker, module: Module, net: _Measured) -> None:
        self.checked = checked = net.checked
        self.findings = checker.findings
        self.net = net
        self.max_layers = checker.max_layers
        self.body = new_body(checker.project, module, checker.findings)
        for path in checked.folded.inputs:
            for dim in checked.folded.node(path).outputs[0].shape:
                self.body.env.update((name, symbol(name)) for name in names(dim))
        # What stands in the graph for a size, as a contract on legal sizes says, is that size.
        forms = checker.forms_in(checked)
        self.body.env.update((name, form.dim(name)) for name, form in forms.items())

    def check(self, lines: Sequence[ast.Expr]) -> None:
        """Reports each line that is broken or is no contract."""
        for line in lines:
            with _reported(self.findings, line):
                self._line(line)

    def _line(self, line: ast.Expr) -> None:
        if not isinstance(line, ast.Binary) or line.op not in COMPARISONS:
            raise BadLine(
                "a contract is one comparison, such as `params < 10M`",
                line.span,
                f"measures are {', '.join((*NUMBERS, *CALLS))}",
            )
        left, right = self._value(line.left), self._value(line.right)
        if isinstance(left, Poison) or isinstance(right, Poison):
            return
        try:
            holds = _holds(line.op, left, right)
        except statics.StaticFault as fault:
            raise BadLine(str(fault), line.span) from None
        if holds:
            return
        sides = f"{_text(left)} {line.op} {_text(right)}"
        unknown = holds is None
        message = f"`{self.checked.name}` breaks its contract `{line.span.text}`: " + (
            f"`{sides}` depends on a size" if unknown else f"{sides} is false"
        )
        said = Related(f"{line.left.span.text} is {_text(left)}", line.span)
        shares = () if unknown else self._largest(line, left, right)
        related = tuple(share.related for share in shares)
        help = "give the size a number: `expect Net(H=224) { … }`" if unknown else MEANT
        first = shares[0] if shares else None
        fix: Fix | None = None
        if first is not None and first.alone and self._tells(first.row.span, said):
            # That layer alone is too much: the fault is there, and the contract tells of it.
            said, related = related[0], (said, *related[1:])
            if not self._has_exact_lines():
                less, fix = smaller(self.checked.graph, first.row)
                help = less or help
        self.findings.fault(
            Code.CONTRACT, message, said.span, said.message, related=related, help=help, fix=fix
        )

    def _tells(self, layer: Span, said: Related) -> bool:
        """Whether the report of a contract stands at a layer, which another measure may have."""
        if layer.source is not said.span.source:
            return False
        there = [
            one
            for one in self.findings.diagnostics
            if one.code is Code.CONTRACT and one.span == layer
        ]
        own = f"`{self.checked.name}` "
        return all(
            one.message.startswith(own)
            and any(also.message == said.message for also in one.related)
            for one in there
        )

    def _has_exact_lines(self) -> bool:
        """Whether another layer would break a contract that says a number exactly."""
        return any(
            isinstance(line, ast.Binary) and line.op == "=="
            for item in self.body.module.file.items
            if isinstance(item, ast.Expect) and item.net.name == self.checked.name
            for line in item.lines
        )

    def _largest(self, line: ast.Binary, left: Value, right: Value) -> tuple[Share, ...]:
        """Where most of a measure comes from that is larger than its contract allows."""
        measured, total, limit = line.left, left, right
        if isinstance(line.right, ast.Name) and line.right.name in SHARES:
            measured, total, limit = line.right, right, left
        if not isinstance(measured, ast.Name) or measured.name not in SHARES:
            return ()
        if not isinstance(total, int) or not isinstance(limit, int) or total <= limit:
            return ()
        if self.net.work.layers > MOST_ROWS:
            return ()
        return largest_shares(measured.name, total, limit, self.net.costs.layers)

    def _value(self, expr: ast.Expr) -> Value:
        if isinstance(expr, ast.Name) and expr.name in NUMBERS:
            return NUMBERS[expr.name](self.net)
        if isinstance(expr, ast.Call) and isinstance(expr.function, ast.Name):
            name = expr.function.name
            if name == "memory":
                return self._memory(expr)
            if name in ("shape", "receptive_field"):
                return self._of_layer(name, expr)
        if isinstance(expr, ast.Index) and len(expr.items) == 1:
            return self._item(expr)
        if isinstance(expr, ast.Unary) and expr.op == "-":
            return self._computed(expr, statics.negate, [expr.operand])
        if isinstance(expr, ast.Call) and isinstance(expr.function, ast.Name):
            called = expr.function.name
            if called in FUNCTIONS:
                values = [arg.value for arg in expr.args]
                return self._computed(expr, lambda *args: functions.call(called, args), values)
        if isinstance(expr, ast.Binary):
            sign = expr.op
            sides = [expr.left, expr.right]
            return self._computed(expr, lambda a, b: statics.binary(sign, a, b), sides)
        if isinstance(expr, ast.Name) and expr.name not in self._known():
            if expr.name in CALLS:
                raise BadLine(
                    f"`{expr.name}` measures what is named in parentheses",
                    expr.span,
                    f"write `{USES[expr.name]}`",
                )
            raise BadLine(
                f"there is no measure `{expr.name}`",
                expr.span,
                did_you_mean(expr.name, [*NUMBERS, *CALLS]),
            )
        return evaluate(self.body, expr)

    def _item(self, expr: ast.Index) -> Value:
        """`shape(label)[axis]`."""
        (position,) = expr.items
        if isinstance(position, ast.Slice | ast.EllipsisLiteral):
            raise BadLine("a contract compares whole shapes or single sizes", expr.span)
        return self._computed(expr, statics.item, [expr.value, position])

    def _computed(
        self, expr: ast.Expr, compute: Callable[..., Value], parts: Sequence[ast.Expr]
    ) -> Value:
        """What a computation makes of some parts; poison where one of them is at fault."""
        values = [self._value(part) for part in parts]
        poison = next((value for value in values if isinstance(value, Poison)), None)
        if poison is not None:
            return poison
        try:
            return compute(*values)
        except statics.StaticFault as fault:
            raise BadLine(str(fault), expr.span) from None

    def _known(self) -> set[str]:
        return {*self.body.env, *self.body.module.names}

    def _memory(self, expr: ast.Call) -> Value:
        batch: Value = 1
        for arg in expr.args:
            if arg.name is not None and arg.name.name != "batch":
                raise BadLine("`memory` takes `batch`", arg.span, f"write `{USES['memory']}`")
            batch = evaluate(self.body, arg.value)
        if isinstance(batch, Poison):
            return batch
        if not isinstance(batch, int) or batch < 1:
            raise BadLine(f"a batch is an int of at least 1, got {kind_of(batch)}", expr.span)
        return self.net.parameters.bytes + batch * self.net.work.bytes

    def _of_layer(self, measure: str, expr: ast.Call) -> Value:
        if len(expr.args) != 1:
            raise BadLine(f"`{measure}` takes one label", expr.span, f"write `{USES[measure]}`")
        node, position = self._find(_label(expr.args[0].value) or "", expr.args[0].span)
        if measure == "shape":
            return list(node.outputs[position].shape)
        self._require_few(expr.span)
        row = next((row for row in self.net.costs.layers if row.path == node.path), None)
        field = row.field if row is not None else (1,) * max(0, node.outputs[0].rank - 2)
        if field is None:
            raise BadLine(f"`{node.path}` sees the whole input", expr.span)
        if not field:
            raise BadLine(
                f"`{node.path}` is {show_shape(node.outputs[0].shape)}, without spatial axes",
                expr.span,
            )
        return field[0] if len(set(field)) == 1 else list(field)

    def _find(self, path: str, span: Span) -> tuple[Node, int]:
        """The layer of a label, a path or a result, and which of its outputs that is."""
        folded = self.checked.folded
        results = {output.name: output.ref for output in folded.outputs}
        if path in results:
            return folded.node(results[path].node), results[path].output
        with suppress(KeyError):
            return folded.node(path), 0
        self._require_few(span)
        graph = self.checked.graph
        if path in graph.blocks:
            return graph.node(graph.blocks[path].node), graph.blocks[path].output
        options = [*results, *(node.path for node in graph), *graph.blocks]
        raise BadLine(
            f"`{self.checked.name}` has no layer `{span.text}`",
            span,
            did_you_mean(path, options) or "label a layer with `as`, or give its path",
        )

    def _require_few(self, span: Span) -> None:
        """Raises BadLine where a net has too many layers to look at each."""
        layers, most = len(self.checked.folded), most_opened(self.max_layers)
        if layers > most:
            raise BadLine(
                f"`{self.checked.name}` has {layers:,} layers: "
                f"the limit of a net that is searched is {most:,} layers",
                span,
                "name a layer by its whole path, or raise the limit with --max-layers",
            )


def _label(expr: ast.Expr) -> str | None:
    """`features`, `base.block5_pool` or `"x_2/conv2d"` as a layer path."""
    if isinstance(expr, ast.Name):
        return expr.name
    if isinstance(expr, ast.String):
        return expr.value
    if isinstance(expr, ast.Attribute):
        outer = _label(expr.value)
        return None if outer is None else f"{outer}/{expr.name.name}"
    if isinstance(expr, ast.Binary) and expr.op == "/":
        left, right = _label(expr.left), _label(expr.right)
        return None if left is None or right is None else f"{left}/{right}"
    return None


def _holds(op: str, left: Value, right: Value) -> bool | None:
    if isinstance(left, int | Sym) and isinstance(right, int | Sym):
        return compare(op, left, right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if op not in ("==", "!="):
            raise statics.StaticFault(f"shapes are compared with `==` or `!=`, not `{op}`")
        same = statics.equal(list(left), list(right))
        return same if op == "==" else not same
    result = statics.binary(op, left, right)
    assert isinstance(result, bool)
    return result


def _text(value: Value) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}"
    if isinstance(value, list | tuple):
        return show(list(value))
    return str(value)
