"""What can be said of a file without expanding it: names, arguments, cycles, and what is unused.

Expansion reports the same faults where it meets them (a place and code are reported once); this
pass also covers blocks that nothing calls and branches that no net takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..dsl import ast
from ..dsl.codes import Code
from ..dsl.diagnostic import Related
from ..dsl.source import Span
from .binding import STATIC_TYPES
from .faults import Report
from .names import (
    Names,
    assigned,
    bound_names,
    called,
    expressions,
    nested,
    own_expressions,
    type_names,
)
from .ops.base import Argument, Fault, arguments
from .ops.declare import convert
from .ops.kinds import Kind, Word
from .project import Constant, Defined, Module, Unavailable
from .suggest import did_you_mean

_POSITIONAL = Argument(
    "", Kind("anything", lambda value: value, frozenset(("…",))), "", False, None
)
"""Stands for an argument given by position: expansion says whether it takes a bare word."""


def resolve(module: Module, report: Report) -> None:
    """Reports what is wrong or never used in a module's own text."""
    used: set[str] = set()
    for item in module.file.items:
        if isinstance(item, ast.Definition):
            used |= _Definition(module, item, report).resolve()
        elif isinstance(item, ast.Const):
            names = Names(module, frozenset())
            used |= _Expressions(names, report).check([item.value])
        elif isinstance(item, ast.Expect | ast.Train):
            used.add(item.net.name)
            _check_target(module, item, report)
            if isinstance(item, ast.Expect):
                values = [arg.value for arg in item.args]
                used |= {n.name for v in values for n in expressions(v) if isinstance(n, ast.Name)}
    _check_cycles(module, report)
    _check_imports(module, used, report)


class _Expressions:
    """Checks names and arguments in expressions and remembers which names were read."""

    def __init__(self, names: Names, report: Report) -> None:
        self.names = names
        self.report = report
        self.read: set[str] = set()

    def check(self, roots: Iterable[ast.Expr]) -> set[str]:
        """Checks some expressions and all in them; the names they read."""
        for root in roots:
            self._visit(root, None, callee=False)
        return self.read

    def _visit(self, expr: ast.Expr, argument: Argument | None, *, callee: bool) -> None:
        if isinstance(expr, ast.Name):
            self._name(expr, argument, callee=callee)
        elif isinstance(expr, ast.Call):
            self._visit(expr.function, None, callee=True)
            self._arguments(expr)
        elif isinstance(expr, ast.Pipeline):
            self._visit(expr.head, None, callee=False)
            for stage in expr.stages:
                self._visit(stage.target, None, callee=True)
                if isinstance(stage.target, ast.Name):
                    self._missing(stage.target.name, (), stage.target.span, 0)
                if stage.repeat is not None:
                    self._visit(stage.repeat, None, callee=False)
        elif isinstance(expr, ast.ListExpr | ast.TupleExpr | ast.Conditional):
            for part in nested(expr):
                kept = (
                    None
                    if isinstance(expr, ast.Conditional) and part is expr.condition
                    else argument
                )
                self._visit(part, kept, callee=False)
        else:
            for part in nested(expr):
                self._visit(part, None, callee=False)

    def _name(self, expr: ast.Name, argument: Argument | None, *, callee: bool) -> None:
        self.read.add(expr.name)
        if expr.name in self.names:
            return
        if argument is not None and argument.kind.words:
            return
        code = Code.UNKNOWN_LAYER if callee else Code.UNKNOWN_NAME
        what = "layer, block or net" if callee else "value"
        options = self.names.layers() if callee else self.names.values()
        self.report.fault(
            code,
            f"there is no {what} called `{expr.name}`",
            expr.span,
            "not defined",
            help=did_you_mean(expr.name, options),
        )

    def _arguments(self, call: ast.Call) -> None:
        name = call.function.name if isinstance(call.function, ast.Name) else ""
        cls = self.names.class_of(name)
        known = arguments(cls) if cls is not None else {}
        block = self.names.definition_of(name)
        for arg in call.args:
            argument = known.get(arg.name.name) if arg.name is not None else None
            if arg.name is None and cls is not None:
                # Positional arguments follow the tensors, whose number is not known here.
                argument = _POSITIONAL
            self._visit(arg.value, argument, callee=False)
            if arg.name is None:
                continue
            if cls is not None and argument is None:
                self._unknown_argument(arg, name, list(known))
            elif cls is not None and argument is not None:
                self._literal(cls, argument, arg)
            elif block is not None and arg.name.name not in {p.name.name for p in block.params}:
                self._unknown_argument(arg, name, [p.name.name for p in block.params])
        self._missing(
            name,
            [a.name.name for a in call.args if a.name is not None],
            call.span,
            sum(a.name is None for a in call.args),
        )

    def _unknown_argument(self, arg: ast.Arg, who: str, known: Sequence[str]) -> None:
        assert arg.name is not None
        self.report.fault(
            Code.UNKNOWN_ARGUMENT,
            f"`{who}` has no argument `{arg.name.name}`",
            arg.span,
            "unknown argument",
            help=did_you_mean(arg.name.name, known),
        )

    def _literal(self, cls: type, argument: Argument, arg: ast.Arg) -> None:
        """Checks an argument whose value is written out."""
        value = arg.value
        if isinstance(value, ast.Name) and value.name not in self.names.local:
            if value.name in self.names and value.name not in argument.kind.words:
                return
            given: object = Word(value.name)
        elif isinstance(value, ast.Number | ast.String | ast.Bool):
            given = value.value
        else:
            return
        try:
            convert(cls, argument, given)
        except Fault as fault:
            text = given.text if isinstance(given, Word) else given
            meant = did_you_mean(str(text), sorted(argument.kind.words))
            self.report.fault(
                fault.code,
                fault.message,
                arg.span,
                "this argument",
                help=meant if isinstance(text, str) else "",
            )

    def _missing(self, name: str, named: Sequence[str], span: Span, positional: int) -> None:
        """Reports a required argument that no positional one can be."""
        cls = self.names.class_of(name)
        if cls is None:
            return
        required = [a for a in arguments(cls).values() if a.required and a.name not in named]
        if len(required) > positional:
            argument = required[positional]
            self.report.fault(
                Code.MISSING_ARGUMENT,
                f"`{cls.__name__}` needs `{argument.name}`, {argument.doc}",
                span,
                help=f"give it: `{cls.__name__}({argument.name}=…)`",
            )


class _Definition:
    """Resolves one net or block."""

    def __init__(self, module: Module, definition: ast.Definition, report: Report) -> None:
        self.module = module
        self.definition = definition
        self.report = report
        self.bound = bound_names(definition)

    def resolve(self) -> set[str]:
        """Reports on the definition; returns the names it reads."""
        names = Names(self.module, frozenset(self.bound))
        checker = _Expressions(names, self.report)
        self._signature(checker)
        self._statements(self.definition.body, checker)
        read = checker.read
        self._unused(read)
        return read

    def _signature(self, checker: _Expressions) -> None:
        seen: dict[str, Span] = {}
        for param in self.definition.params:
            earlier = seen.get(param.name.name)
            if earlier is not None:
                self.report.fault(
                    Code.DUPLICATE_NAME,
                    f"`{self.definition.name.name}` has two parameters `{param.name.name}`",
                    param.name.span,
                    "defined again here",
                    related=(Related("first defined here", earlier),),
                    help="rename one of them",
                )
            seen[param.name.name] = param.name.span
            if param.default is not None:
                checker.check([param.default])
            if isinstance(param.type, ast.StaticTypeExpr):
                self._static_type(param.type)
            else:
                checker.read |= type_names(param.type)
        for result in self.definition.results or ():
            for dim in result.type.dims:
                if not isinstance(dim, ast.AnyDim | ast.EllipsisLiteral | ast.Name):
                    checker.check([dim])
            checker.read |= type_names(result.type)

    def _static_type(self, declared: ast.StaticTypeExpr) -> None:
        if declared.name.name not in STATIC_TYPES:
            self.report.fault(
                Code.BAD_SIGNATURE,
                f"there is no type `{declared.name.name}`",
                declared.name.span,
                "not a type",
                help=did_you_mean(declared.name.name, STATIC_TYPES)
                or f"types are {', '.join(STATIC_TYPES)} and tensors such as float32[N, 10]",
            )

    def _statements(self, statements: Sequence[ast.Statement], checker: _Expressions) -> None:
        ended = False
        for statement in statements:
            if ended:
                self.report.fault(
                    Code.UNREACHABLE,
                    "this can never run",
                    statement.span,
                    "behind a `return`",
                    help="remove it",
                )
                ended = False
            checker.check(own_expressions(statement))
            if isinstance(statement, ast.If):
                self._statements(statement.then, checker)
                self._statements(statement.other or (), checker)
            elif isinstance(statement, ast.For | ast.Repeat):
                self._statements(statement.body, checker)
            elif isinstance(statement, ast.Return):
                ended = True

    def _unused(self, read: set[str]) -> None:
        for ident in assigned(self.definition.body):
            if ident.name not in read and not ident.name.startswith("_"):
                self.report.fault(
                    Code.UNUSED_VALUE,
                    f"`{ident.name}` is never used",
                    ident.span,
                    "not used",
                    help="remove it, or start its name with `_`",
                )
        for param in self.definition.params:
            name = param.name.name
            if name not in read and not name.startswith("_"):
                self.report.fault(
                    Code.UNUSED_PARAMETER,
                    f"the parameter `{name}` of `{self.definition.name.name}` is never used",
                    param.name.span,
                    "not used",
                    help="remove it, or start its name with `_`",
                )


def _check_target(module: Module, item: ast.Expect | ast.Train, report: Report) -> None:
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
    report.fault(
        Code.UNKNOWN_LAYER,
        f"there is no net called `{item.net.name}`",
        item.net.span,
        "not a net",
        help=did_you_mean(item.net.name, nets),
    )


def _check_cycles(module: Module, report: Report) -> None:
    """Reports definitions and constants of this module that need themselves."""
    for name, entity in module.names.items():
        if isinstance(entity, Defined) and entity.module is module:
            for target in called(entity.definition):
                chain = _way_back(entity, module.names.get(target.name), [name])
                if chain is not None and not _known_cycle(module, chain, report):
                    report.fault(
                        Code.CALL_CYCLE,
                        f"call cycle: {' -> '.join(chain)}",
                        target.span,
                        "calls itself",
                        help="nothing recurses; use `for` or `repeat`",
                    )
        elif isinstance(entity, Constant) and entity.module is module and _needs_itself(entity):
            report.fault(
                Code.STATIC_FAULT,
                f"the constant `{name}` needs itself",
                entity.const.name.span,
                "defined by a circle",
            )


def _known_cycle(module: Module, chain: Sequence[str], report: Report) -> bool:
    """Whether some call of a cycle has been reported: a cycle is one fault."""
    links = [module.names[name] for name in chain if name in module.names]
    bodies = [link.definition.span for link in links if isinstance(link, Defined)]
    return any(
        diagnostic.code is Code.CALL_CYCLE
        and diagnostic.span.source is body.source
        and body.start <= diagnostic.span.start < body.end
        for diagnostic in report.diagnostics
        for body in bodies
    )


def _way_back(goal: Defined, start: object, chain: list[str]) -> list[str] | None:
    """The chain of calls from `start` to `goal`, if there is one."""
    seen: set[int] = set()
    stack: list[tuple[object, list[str]]] = [(start, chain)]
    while stack:
        entity, way = stack.pop()
        if not isinstance(entity, Defined) or id(entity.definition) in seen:
            continue
        seen.add(id(entity.definition))
        way = [*way, entity.definition.name.name]
        if entity.definition is goal.definition:
            return way
        stack.extend((entity.module.names.get(t.name), way) for t in called(entity.definition))
    return None


def _needs_itself(constant: Constant) -> bool:
    seen: set[int] = set()
    stack = [constant]
    while stack:
        at = stack.pop()
        for part in expressions(at.const.value):
            if isinstance(part, ast.Name):
                entity = at.module.names.get(part.name)
                if not isinstance(entity, Constant) or id(entity.const) in seen:
                    continue
                if entity.const is constant.const:
                    return True
                seen.add(id(entity.const))
                stack.append(entity)
    return False


def _check_imports(module: Module, used: set[str], report: Report) -> None:
    items = module.file.items
    if not any(isinstance(item, ast.Definition) for item in items):
        # A file of imports alone gathers names for others.
        return
    for item in items:
        if isinstance(item, ast.Import):
            for imported in item.names:
                local = imported.alias or imported.name
                if local.name not in used:
                    report.fault(
                        Code.UNUSED_IMPORT,
                        f"`{local.name}` is imported and never used",
                        local.span,
                        "not used",
                        help="remove it",
                    )
