"""What a contract compares: measures of a net, shapes of its layers, and numbers made of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..expand import functions, statics
from ..expand.body import most_opened
from ..expand.dispatch import new_body
from ..expand.evaluate import evaluate
from ..expand.nets import NetChecker
from ..expand.values import Poison, Value, kind_of
from ..ir.graph import CheckedGraph, Node
from ..link.builtins import FUNCTIONS
from ..link.module import Module
from ..shapes.dims import names, symbol
from ..shapes.types import show_shape
from .bad_line import BadLine
from .costs import NetCosts, net_costs
from .totals import Parameters, Work, parameters, work

NUMBERS: Mapping[str, Callable[[Measured], Value]] = {
    "params": lambda net: net.parameters.total,
    "trainable_params": lambda net: net.parameters.trainable,
    "non_trainable_params": lambda net: net.parameters.total - net.parameters.trainable,
    "flops": lambda net: net.work.flops,
    "macs": lambda net: net.work.macs,
    "activations": lambda net: net.work.elements,
    "layers": lambda net: net.work.layers,
}
"""The measures a contract may name without arguments; per example, as `netc summary` gives them."""

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


class Measured:
    """What contracts ask of a net, counted when it is first asked for."""

    def __init__(self, checked: CheckedGraph) -> None:
        self.checked = checked

    @cached_property
    def parameters(self) -> Parameters:
        """Its weights, and their bytes."""
        return parameters(self.checked)

    @cached_property
    def work(self) -> Work:
        """What one example costs."""
        return work(self.checked)

    @cached_property
    def costs(self) -> NetCosts:
        """The costs of each layer."""
        return net_costs(self.checked)


class Measures:
    """The values of what stands in the contracts of one net."""

    def __init__(self, checker: NetChecker, module: Module, net: Measured) -> None:
        self.checked = checked = net.checked
        self.net = net
        self.max_layers = checker.max_layers
        self.body = new_body(checker.project, module, checker.findings)
        for path in checked.folded.inputs:
            for dim in checked.folded.node(path).outputs[0].shape:
                self.body.env.update((name, symbol(name)) for name in names(dim))
        # What stands in the graph for a size, as a contract on legal sizes says, is that size.
        forms = checker.forms_in(checked)
        self.body.env.update((name, form.dim(name)) for name, form in forms.items())

    def value(self, expr: ast.Expr) -> Value:
        """What a side of a contract comes to. Raises BadLine where it is none."""
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
        values = [self.value(part) for part in parts]
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
