"""Contracts on the sizes a net takes: `legal(H) == 4 * n`, `accepts(H=450, W=600)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.diagnostics.findings import Findings
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..expand.dispatch import new_body
from ..expand.evaluate import evaluate
from ..expand.legal import legal_sizes
from ..expand.legal_lines import LegalLine, legal_line, named_in, said_numbers, said_size, set_of
from ..expand.nets import NetChecker
from ..expand.size_lines import is_call
from ..expand.values import Value
from ..legal.forms import Form
from ..legal.sets import SizeSet, Undecided
from ..legal.shown import source_text
from ..legal.solve import Legal
from ..legal.text import legal_text, set_text
from ..link.module import Defined, Module
from ..shapes.assume import Condition
from ..shapes.dims import Dim, DimTooComplex, symbol
from .bad_line import BadLine


@dataclass
class SizeContracts:
    """Checks the lines of an `expect` block that are on the sizes a net takes."""

    checker: NetChecker
    module: Module
    net: Defined
    settings: Mapping[str, Value]

    def check(self, line: ast.Expr) -> None:
        """Reports a line that is broken. Raises BadLine for one that is no contract."""
        said = legal_line(line)
        if said is not None:
            self._legal(said)
            return
        call = _accepting(line)
        if call is None:
            raise BadLine(
                "legal sizes are compared with what says them",
                line.span,
                "as in `legal(H) == 4 * n`, `accepts(H=224, W=224)` or `not accepts(H=1)`",
            )
        self._accepts(line, call)

    @cached_property
    def _found(self) -> Legal | None:
        return self._legal_with({})

    def _legal_with(self, more: Mapping[str, Value]) -> Legal | None:
        checker = self.checker
        given = {**self.settings, **more}
        return legal_sizes(checker.project, self.net, given, checker.max_layers, checker.meter)

    def _legal(self, line: LegalLine) -> None:
        name = self._name_of(line)
        size = said_size(self.checker.project, self.module, line, self._sizes)
        if size is not None and name in self._sizes:
            self._ties(line, name, size)
            return
        numbers = said_numbers(self.checker.project, self.module, line.said)
        if numbers is None:
            raise BadLine(
                "legal numbers are said as `4 * n`, `n + 3` or one number",
                line.said.span,
                "n stands for every number from 0",
            )
        sized = name not in self._parameters
        legal = self._found if sized else self._legal_with({name: symbol(name)})
        if legal is None:
            # What is wrong with the net has been reported.
            return
        found = legal.of(name)
        if found is None:
            self._broken(line.line, "it is not decided", legal_text(legal))
            return
        try:
            wanted = set_of(numbers)
            first = ((found & ~wanted) | (wanted & ~found)).first()
        except Undecided as reason:
            self._broken(line.line, "it is not decided", str(reason))
            return
        if first is not None:
            which = "is legal, too" if first in found else "is not legal"
            right = _written(found)
            holds = f"legal({name}) == {right}"
            self._broken(
                line.line,
                f"{name} = {first} {which}",
                _named(name, found),
                f"write `{holds}` if that is meant, or change the net" if right else "",
                fix=Fix(line.line.span, holds, unsafe=True) if right else None,
            )

    def _ties(self, line: LegalLine, name: str, size: Dim) -> None:
        """Reports a line that says of a name what size of others it is, and is wrong."""
        legal = self._found
        if legal is None:
            return
        try:
            found = legal.breaking(Condition(symbol(name) - size, equal=True))
        except (Undecided, DimTooComplex):
            self._broken(line.line, "it is not decided", legal_text(legal))
            return
        if found is None and legal.boxes:
            return
        right = source_text(legal.equals[name]) if name in legal.equals else ""
        holds = f"legal({name}) == {right}"
        numbers = ", ".join(f"{one} = {number}" for one, number in (found or {}).items())
        self._broken(
            line.line,
            f"{numbers} is legal, too" if found else "no numbers are legal",
            f"legal: {legal_text(legal)}",
            f"write `{holds}` if that is meant, or change the net" if right else "",
            fix=Fix(line.line.span, holds, unsafe=True) if right else None,
        )

    def _name_of(self, line: LegalLine) -> str:
        name = line.name
        if name is None:
            raise BadLine(
                "`legal` takes one named size",
                line.call.span,
                "a line for each size: `legal(H) == 4 * n`",
            )
        known = [*self._sizes, *self._parameters]
        if name not in known:
            raise BadLine(
                f"`{self.net.definition.name.name}` has no named size `{name}`",
                line.call.args[0].span,
                did_you_mean(name, known) or f"it has {', '.join(known) or 'none'}",
            )
        return name

    def _accepts(self, line: ast.Expr, call: ast.Call) -> None:
        wanted = not isinstance(line, ast.Unary)
        sizes: dict[str, Value] = {}
        for arg in call.args:
            name = arg.name.name if arg.name is not None else None
            known = [*self._sizes, *self._parameters]
            if name not in known:
                raise BadLine(
                    "`accepts` gives numbers to named sizes"
                    if name is None
                    else f"`{self.net.definition.name.name}` has no named size `{name}`",
                    arg.span,
                    did_you_mean(name or "", known) or "as in `accepts(H=224, W=224)`",
                )
            value = evaluate(new_body(self.checker.project, self.module, Findings()), arg.value)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadLine("a size is an int of at least 1", arg.span)
            sizes[name] = value
        found = self._faults(sizes)
        if wanted == (found is None):
            return
        if found is None:
            self._broken(line, "it accepts them", "accepted")
            return
        message, span = found
        legal = self._found if sizes.keys().isdisjoint(self._parameters) else None
        self._broken(
            line,
            "it refuses them",
            "refused" if legal is None else f"legal: {legal_text(legal)}",
            related=(Related(message, span),),
        )

    def _faults(self, sizes: Mapping[str, Value]) -> tuple[str, Span] | None:
        """The first fault of the net with some sizes; None where there is none."""
        findings = Findings()
        checker = NetChecker(
            self.checker.project, findings, self.checker.max_layers, self.checker.meter
        )
        graph = checker.check(self.net, {**self.settings, **sizes})
        if findings.diagnostics:
            return findings.diagnostics[0].message, findings.diagnostics[0].span
        return None if graph is not None else ("it is at fault", self.net.definition.name.span)

    @cached_property
    def _parameters(self) -> list[str]:
        return [
            param.name.name
            for param in self.net.definition.params
            if isinstance(param.type, ast.StaticTypeExpr) and param.type.name.name == "int"
        ]

    @cached_property
    def _sizes(self) -> list[str]:
        named = named_in(self.net.definition)
        return sorted(named - {*self._parameters, *self.net.module.names, *self.settings})

    def _broken(
        self,
        line: ast.Expr,
        why: str,
        label: str,
        help: str = "",
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        name = self.net.definition.name.name
        self.checker.findings.fault(
            Code.CONTRACT,
            f"`{name}` breaks its contract `{line.span.text}`: {why}",
            line.span,
            label,
            related=related,
            help=help or "change the net, or the contract if the change is meant",
            fix=fix,
        )


def _accepting(line: ast.Expr) -> ast.Call | None:
    """The call in `accepts(…)` or `not accepts(…)`."""
    call = line.operand if isinstance(line, ast.Unary) and line.op == "not" else line
    return call if isinstance(call, ast.Call) and is_call(call, "accepts") else None


def _named(name: str, numbers: SizeSet) -> str:
    exact = numbers.canonical()
    if numbers.everything:
        return f"legal: any {name}"
    return f"legal: {name} {set_text(exact)}" if numbers else f"legal: no {name}"


def _written(numbers: SizeSet) -> str:
    """The right side of a contract that holds; nothing where none can say so."""
    exact = numbers.canonical()
    if exact.runs or len(exact.residues) != 1:
        return ""
    return Form(exact.period, exact.firsts[0] - exact.period).contract("n")
