"""Names and arguments in expressions, checked without expanding them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import cast

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.findings import Findings
from ...dsl.diagnostics.suggest import correction, did_you_mean
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ops.base.declare import convert
from ..ops.base.kinds import Kind, Word
from ..ops.base.op import Argument, Op, Refusal, arguments
from ..ops.table import CONSTANTS
from .foreign import Use, foreign_module, meant
from .names import Names, nested, plain_dims, quotes, takes_string, text_of

_POSITIONAL = Argument(
    "", Kind("anything", lambda value: value, frozenset(("…",))), "", False, None
)
"""Stands for an argument given by position: expansion says whether it takes a bare word."""

_LITERALS = frozenset((ast.Number, ast.String, ast.Bool, ast.NoneLiteral))
"""Expressions that hold no names."""


@lru_cache(maxsize=1024)
def _required(cls: type) -> Sequence[Argument]:
    """The arguments that a class cannot do without."""
    return tuple(argument for argument in arguments(cls).values() if argument.required)


@lru_cache(maxsize=1024)
def _fits(cls: type, name: str, kind: type, given: Hashable) -> None:
    """Raises Refusal for a value, of some kind, that an argument of a class does not take."""
    convert(cls, arguments(cls)[name], given)


class Expressions:
    """Checks names and arguments in expressions and remembers which names were read."""

    def __init__(self, names: Names, findings: Findings) -> None:
        self.names = names
        self.findings = findings
        self.read: set[str] = set()
        self.faults = 0
        """How many faults were met, those that were reported before included."""
        self._sound: set[str] = set()
        """Texts of layers without fault, which are looked through once."""
        self._sound_heads: set[str] = set()

    def check(self, roots: Iterable[ast.Expr]) -> set[str]:
        """Checks some expressions and all in them; the names they read."""
        for root in roots:
            self._visit(root, None, callee=False)
        return self.read

    def weight(self, statement: ast.WeightDef) -> None:
        """Checks the sizes, the start and the options of a `weight` statement."""
        from ..ops.tensor.learned import OPTIONS, Weight

        self.check(plain_dims(statement.type))
        known = arguments(Weight)
        start = ast.Arg(None, statement.value, statement.value.span)
        self._visit(start.value, known["initializer"], callee=False)
        self._literal(Weight, known["initializer"], start)
        for option in statement.options:
            assert option.name is not None
            argument = known[option.name.name] if option.name.name in OPTIONS else None
            self._visit(option.value, argument or _POSITIONAL, callee=False)
            if argument is None:
                self._unknown_argument(option, Weight.__name__, OPTIONS)
            else:
                self._literal(Weight, argument, option)

    def _visit(self, expr: ast.Expr, argument: Argument | None, *, callee: bool) -> None:
        kind = type(expr)
        if kind is ast.Name:
            self._name(cast("ast.Name", expr), argument, callee=callee)
        elif kind in _LITERALS:
            pass
        elif isinstance(expr, ast.Call):
            self._visit(expr.function, None, callee=True)
            self._arguments(expr)
        elif isinstance(expr, ast.Pipeline):
            head = expr.head
            if not isinstance(head, ast.Name):
                self._visit(head, None, callee=False)
            elif head.name not in self._sound_heads:
                self._head(head)
            for stage in expr.stages:
                text = text_of(stage.target)
                if text not in self._sound:
                    self._layer(stage.target, text)
                if stage.repeat is not None:
                    self._visit(stage.repeat, None, callee=False)
        elif isinstance(expr, ast.Attribute) and (found := foreign_module(expr, self.names)):
            self.faults += 1
            if not self.findings.has(Code.UNKNOWN_LAYER, expr.span):
                message, help, fix = found
                code = Code.UNKNOWN_LAYER
                self.findings.fault(code, message, expr.span, "not here", help=help, fix=fix)
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

    def _head(self, head: ast.Name) -> None:
        """Checks a name at the head of a pipeline."""
        faults = self.faults
        self._name(head, None, callee=False)
        self._missing(head.name, (), head.span, ())
        if faults == self.faults:
            self._sound_heads.add(head.name)

    def _layer(self, target: ast.Expr, text: str) -> None:
        """Checks what stands in the place of a layer."""
        faults = self.faults
        self._visit(target, None, callee=True)
        if isinstance(target, ast.Name) and target.name not in CONSTANTS:
            self._missing(target.name, (), target.span, ())
        if faults == self.faults:
            self._sound.add(text)

    def _name(self, expr: ast.Name, argument: Argument | None, *, callee: bool) -> None:
        self.read.add(expr.name)
        if expr.name in self.names:
            return
        if argument is not None and argument.kind.words:
            return
        self.faults += 1
        code = Code.UNKNOWN_LAYER if callee else Code.UNKNOWN_NAME
        what = "layer, block or net" if callee else "value"
        if self.findings.has(code, expr.span):
            return
        options = self.names.layers() if callee else self.names.values()
        use = Use.LAYER if callee else Use.VALUE
        self._undefined(expr, code, what, *meant(use, expr.span, expr.name, options))

    def _undefined(self, expr: ast.Name, code: Code, what: str, help: str, fix: Fix | None) -> None:
        self.faults += 1
        message = f"there is no {what} called `{expr.name}`"
        self.findings.fault(code, message, expr.span, "not defined", help=help, fix=fix)

    def _arguments(self, call: ast.Call) -> None:
        name = call.function.name if isinstance(call.function, ast.Name) else ""
        cls = self.names.class_of(name)
        known = arguments(cls) if cls is not None else {}
        block = self.names.definition_of(name) if cls is None else None
        # Nobody knows which bare words an unknown layer takes. Positional arguments follow the
        # tensors, whose number is not known here.
        unknown = cls is None and bool(name) and name not in self.names
        positional = _POSITIONAL if cls is not None or unknown else None
        for arg in call.args:
            if arg.name is None:
                self._visit(arg.value, positional, callee=False)
                continue
            if cls is not None:
                argument = known.get(arg.name.name)
                self._visit(arg.value, argument, callee=False)
                if argument is not None:
                    self._literal(cls, argument, arg)
                    continue
                tensors = cls.tensor_names if issubclass(cls, Op) else ()
                if arg.name.name not in tensors:
                    self._unknown_argument(arg, name, [*known, *tensors])
                continue
            params = block.params if block is not None else ()
            named = [param for param in params if param.name.name == arg.name.name]
            if not named or not self.bare_word(named[0], arg.value):
                self._visit(arg.value, _POSITIONAL if unknown else None, callee=False)
            if block is not None and not named:
                self._unknown_argument(arg, name, [p.name.name for p in block.params])
        self._missing(
            name,
            [a.name.name for a in call.args if a.name is not None],
            call.span,
            [a.span for a in call.args if a.name is None],
        )

    def bare_word(self, param: ast.Param, word: ast.Expr) -> bool:
        """Reports a bare word that a string parameter gets; whether it did."""
        if not isinstance(word, ast.Name) or not takes_string(param) or word.name in self.names:
            return False
        help, fix = quotes(param, word)
        self._undefined(word, Code.UNKNOWN_NAME, "value", help, fix)
        return True

    def _unknown_argument(self, arg: ast.Arg, who: str, known: Sequence[str]) -> None:
        assert arg.name is not None
        self.faults += 1
        help, fix = meant(Use.ARGUMENT, arg.name.span, arg.name.name, known)
        self.findings.fault(
            Code.UNKNOWN_ARGUMENT,
            f"`{who}` has no argument `{arg.name.name}`",
            arg.span,
            "unknown argument",
            help=help,
            fix=fix,
        )

    def _literal(self, cls: type, argument: Argument, arg: ast.Arg) -> None:
        """Checks an argument whose value is written out."""
        value = arg.value
        if isinstance(value, ast.Name) and value.name not in self.names.local:
            if value.name in self.names and value.name not in argument.kind.words:
                return
            given: Hashable = Word(value.name)
        elif isinstance(value, ast.Number | ast.String | ast.Bool):
            given = value.value
        else:
            return
        try:
            _fits(cls, argument.name, type(given), given)
        except Refusal as fault:
            self.faults += 1
            text = given.text if isinstance(given, Word) else given
            meant = did_you_mean(str(text), sorted(argument.kind.words))
            self.findings.fault(
                fault.code,
                fault.message,
                arg.span,
                "this argument",
                help=meant if isinstance(text, str) else "",
                fix=correction(arg.value.span, str(text), sorted(argument.kind.words)),
            )

    def _missing(
        self, name: str, named: Sequence[str], span: Span, positional: Sequence[Span]
    ) -> None:
        """Reports a required argument that no positional one can be."""
        cls = self.names.class_of(name)
        required = _required(cls) if cls is not None else ()
        if cls is None or len(required) <= len(positional):
            return
        if not arguments(cls).keys() >= set(named):
            # An unknown name was most likely meant to be the missing one.
            self.faults += 1
            return
        required = [argument for argument in required if argument.name not in named]
        if len(required) > len(positional):
            self.faults += 1
            from .lacking import with_arguments

            argument, *_ = lacking = required[len(positional) :]
            self.findings.fault(
                Code.MISSING_ARGUMENT,
                f"`{cls.__name__}` needs `{argument.name}`, {argument.doc}",
                span,
                help=with_arguments(cls, [one.name for one in lacking], span, positional),
            )
