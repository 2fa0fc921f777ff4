"""`expect` contracts: what a net must cost and which shapes it must have, checked in every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.diagnostics.findings import Findings
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..expand import statics
from ..expand.binding import bind_static
from ..expand.body import Stop
from ..expand.dispatch import new_body
from ..expand.evaluate import evaluate
from ..expand.nets import NetChecker
from ..expand.size_lines import on_sizes
from ..expand.values import ArgValue, Poison, Value
from ..link.module import Defined, Module
from ..link.names import type_names
from ..ops.base.kinds import show
from ..shapes.dims import DimTooComplex, Sym, compare
from .bad_line import BadLine
from .measures import CALLS, NUMBERS, Measured, Measures
from .shares import MEANT, SHARES, Share, largest_shares, smaller

MOST_ROWS = 100_000
"""Layers of a net past which none are named."""

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def check_contracts(checker: NetChecker, module: Module, only: str | None) -> None:
    """Checks every `expect` block of a module whose net is without fault; `only` that of one net.

    A contract speaks of the net as it is written, whatever else it is checked with.
    """
    measured: dict[int, Measured] = {}
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
                figures = measured.setdefault(id(checked), Measured(checked))
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

    def __init__(self, checker: NetChecker, module: Module, net: Measured) -> None:
        self.checked, self.net = net.checked, net
        self.findings = checker.findings
        self.module = module
        self.measures = Measures(checker, module, net)

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
        left, right = self.measures.value(line.left), self.measures.value(line.right)
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
            for item in self.module.file.items
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
