"""What can be said of a file without expanding it: names, arguments, cycles, and what is unused.

Expansion reports the same faults where it meets them (a place and code are reported once); this
pass also covers blocks that nothing calls and branches that no net takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TypeAlias

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.diagnostics.findings import Findings
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ops.table import ACTIVATION_LAYERS, ALIASES, OPS
from ..shapes.types import DTYPES, dtype_fix, dtype_help
from .builtins import STATIC_TYPES
from .cycles import check_cycles
from .doubts import check_name, check_return, following
from .module import Defined, Module, Unavailable
from .names import (
    Names,
    assigned,
    bound_names,
    expressions,
    own_expressions,
    setting_values,
    type_names,
)
from .resolve_expressions import Expressions

ByRecipes: TypeAlias = Mapping[int, Set[str]]
"""The names that recipes for a net read, by the identity of its definition."""


def read_by_recipes(modules: Iterable[Module]) -> ByRecipes:
    """What the recipes of some modules read; a net's parameters are values in its recipes."""
    found: dict[int, set[str]] = {}
    for module in modules:
        for item in module.file.items:
            entity = module.names.get(item.net.name) if isinstance(item, ast.Train) else None
            if isinstance(item, ast.Train) and isinstance(entity, Defined):
                names = found.setdefault(id(entity.definition), set())
                names.update(_names(setting_values(item)))
    return found


def parameters_read(modules: Sequence[Module]) -> list[Span]:
    """Where the parameters stand that the recipes of some modules read."""
    read = read_by_recipes(modules)
    return [
        param.name.span
        for module in modules
        for item in module.file.items
        if isinstance(item, ast.Definition) and id(item) in read
        for param in item.params
        if param.name.name in read[id(item)] and not isinstance(param.type, ast.TensorTypeExpr)
    ]


def _names(roots: Iterable[ast.Expr]) -> set[str]:
    return {n.name for root in roots for n in expressions(root) if isinstance(n, ast.Name)}


def resolve(module: Module, findings: Findings, by_recipes: ByRecipes) -> None:
    """Reports what is wrong or never used in a module's own text."""
    used: set[str] = set()
    for item in module.file.items:
        if isinstance(item, ast.Definition):
            read = by_recipes.get(id(item), frozenset())
            used |= _Definition(module, item, findings).resolve(read)
        elif isinstance(item, ast.Const):
            names = Names(module, frozenset())
            used |= Expressions(names, findings).check([item.value])
        elif isinstance(item, ast.Expect | ast.Train):
            used.add(item.net.name)
            _check_target(module, item, findings)
            values = (
                [arg.value for arg in item.args]
                if isinstance(item, ast.Expect)
                else setting_values(item)
            )
            used |= _names(values)
    check_cycles(module, findings)
    _check_imports(module, used, findings)


class _Definition:
    """Resolves one net or block."""

    def __init__(self, module: Module, definition: ast.Definition, findings: Findings) -> None:
        self.module = module
        self.definition = definition
        self.findings = findings
        self.bound = bound_names(definition)

    def resolve(self, by_recipes: Set[str]) -> set[str]:
        """Reports on the definition; returns the names it reads.

        `by_recipes` are those that its recipes read.
        """
        check_name(self.definition, self.findings)
        names = Names(self.module, frozenset(self.bound))
        checker = Expressions(names, self.findings)
        self._signature(checker)
        self._statements(self.definition.body, checker)
        read = checker.read
        self._unused(read, by_recipes)
        return read

    def _signature(self, checker: Expressions) -> None:
        self._distinct("parameters", [param.name for param in self.definition.params])
        results = [r.name for r in self.definition.results or () if r.name is not None]
        self._distinct("results", results)
        for param in self.definition.params:
            if param.default is not None and not checker.bare_word(param, param.default):
                checker.check([param.default])
            if isinstance(param.type, ast.StaticTypeExpr):
                self._static_type(param.type)
            else:
                self._dtype(param.type)
                checker.read |= type_names(param.type)
        for result in self.definition.results or ():
            self._dtype(result.type)
            for dim in result.type.dims:
                if not isinstance(dim, ast.AnyDim | ast.EllipsisLiteral | ast.Name):
                    checker.check([dim])
            checker.read |= type_names(result.type)

    def _distinct(self, what: str, idents: Sequence[ast.Ident]) -> None:
        seen: dict[str, Span] = {}
        for ident in idents:
            if ident.name in seen:
                self.findings.fault(
                    Code.DUPLICATE_NAME,
                    f"`{self.definition.name.name}` has two {what} `{ident.name}`",
                    ident.span,
                    "defined again here",
                    related=(Related("first defined here", seen[ident.name]),),
                    help="rename one of them",
                )
            seen.setdefault(ident.name, ident.span)

    def _dtype(self, declared: ast.TensorTypeExpr) -> None:
        if declared.dtype is not None and declared.dtype.name not in DTYPES:
            self.findings.fault(
                Code.BAD_SIGNATURE,
                f"there is no dtype `{declared.dtype.name}`",
                declared.dtype.span,
                "not a dtype",
                help=dtype_help(declared.dtype.name),
                fix=dtype_fix(declared.dtype.span),
            )

    def _static_type(self, declared: ast.StaticTypeExpr) -> None:
        if declared.name.name not in STATIC_TYPES:
            self.findings.fault(
                Code.BAD_SIGNATURE,
                f"there is no type `{declared.name.name}`",
                declared.name.span,
                "not a type",
                help=did_you_mean(declared.name.name, STATIC_TYPES)
                or f"types are {', '.join(STATIC_TYPES)} and tensors such as float32[N, 10]",
            )

    def _behind_return(self, statement: ast.Statement) -> tuple[str, Fix | None]:
        """What to do about a statement that a `return` stands before."""
        text = statement.span.text
        word = re.match(r"\w+", text)
        if word is None or word[0] not in {*OPS, *ALIASES, *ACTIVATION_LAYERS}:
            return "remove it", None
        start = Span(statement.span.source, statement.span.start, statement.span.start)
        return "if it goes on with the line above, begin it with `->`", Fix(start, "-> ")

    def _statements(self, statements: Sequence[ast.Statement], checker: Expressions) -> None:
        ended = False
        for statement in statements:
            if self.findings.full and statement.span.source.path in self.findings.full:
                return
            if ended:
                help, fix = self._behind_return(statement)
                self.findings.fault(
                    Code.UNREACHABLE,
                    "this can never run",
                    statement.span,
                    "behind a `return`",
                    help=help,
                    fix=fix,
                )
                ended = False
            if isinstance(statement, ast.Assign):
                checker.check([statement.value])
                self._effect(statement)
                continue
            if isinstance(statement, ast.WeightDef):
                self._dtype(statement.type)
                checker.weight(statement)
            else:
                checker.check(own_expressions(statement))
            if isinstance(statement, ast.If):
                self._statements(statement.then, checker)
                self._statements(statement.other or (), checker)
            elif isinstance(statement, ast.For | ast.Repeat):
                self._statements(statement.body, checker)
                check_return(statement, following(statements, statement), self.findings)
            elif isinstance(statement, ast.Return):
                ended = True

    def _effect(self, statement: ast.Assign) -> None:
        """Reports `x = x`."""
        if isinstance(statement.value, ast.Name) and [
            target.name for target in statement.targets
        ] == [statement.value.name]:
            self.findings.fault(
                Code.BAD_STATEMENT,
                f"`{statement.value.name}` is set to itself",
                statement.span,
                "has no effect",
                help="remove it, or apply a layer: `x = x -> …`",
            )

    def _unused(self, read: set[str], by_recipes: Set[str]) -> None:
        for ident in assigned(self.definition.body):
            if ident.name not in read and not ident.name.startswith("_"):
                self.findings.fault(
                    Code.UNUSED_VALUE,
                    f"`{ident.name}` is never used",
                    ident.span,
                    "not used",
                    help="remove it, or start its name with `_`",
                )
        for param in self.definition.params:
            name = param.name.name
            static = not isinstance(param.type, ast.TensorTypeExpr)
            used = name in read or (static and name in by_recipes)
            if not used and not name.startswith("_"):
                self.findings.fault(
                    Code.UNUSED_PARAMETER,
                    f"the parameter `{name}` of `{self.definition.name.name}` is never used",
                    param.name.span,
                    "not used",
                    help="remove it, or start its name with `_`",
                )


def _check_target(module: Module, item: ast.Expect | ast.Train, findings: Findings) -> None:
    entity = module.names.get(item.net.name)
    if isinstance(entity, Unavailable):
        return
    if isinstance(entity, Defined) and entity.definition.kind == "net":
        return
    nets = [
        name
        for name, e in module.names.items()
        if isinstance(e, Defined) and e.definition.kind == "net"
    ]
    findings.fault(
        Code.UNKNOWN_LAYER,
        f"there is no net called `{item.net.name}`",
        item.net.span,
        "not a net",
        help=did_you_mean(item.net.name, nets),
    )


def _check_imports(module: Module, used: set[str], findings: Findings) -> None:
    items = module.file.items
    if not any(isinstance(item, ast.Definition) for item in items):
        # A file of imports alone gathers names for others.
        return
    for item in items:
        if isinstance(item, ast.Import):
            for imported in item.names:
                local = imported.alias or imported.name
                if local.name not in used:
                    findings.fault(
                        Code.UNUSED_IMPORT,
                        f"`{local.name}` is imported and never used",
                        local.span,
                        "not used",
                        help="remove it",
                    )
