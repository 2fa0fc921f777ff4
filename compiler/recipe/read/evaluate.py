"""Evaluates what a recipe says: numbers, words, lists, paths of layers, and calls of objects."""

from __future__ import annotations

from collections.abc import Sequence

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Fix
from ....dsl.diagnostics.suggest import correction, did_you_mean
from ....dsl.record import record
from ....dsl.syntax import ast
from ....dsl.text.source import Span
from ...expand.body import Body
from ...expand.evaluate import condition, evaluate, static
from ...expand.layers import make_object
from ...expand.values import POISON, ArgValue, Poison, Ratio, Value
from ...link.builtins import FUNCTIONS
from ...link.foreign import Use, meant
from ...link.module import Unavailable
from ...ops.base.kinds import Kind, OutOfRange, Word, describe, show, wanted
from ...ops.base.op import arguments
from ...shapes.dims import Sym
from ..objects import find as objects
from ..objects.base import Loss, RecipeObject
from ..objects.loads import load
from .settings import KEYS, Many, Objects, Optional, Patterns, Takes
from .sums import SumReader, Written, is_sum

MOST = 1000
"""How many values a list may hold."""


@record
class Wanted:
    """What would fit in a place: what it is (`a loss`), its names, the classes of its objects."""

    what: str = ""
    names: Sequence[str] = ()
    classes: Sequence[type] = ()


def value_of(body: Body, expr: ast.Expr, wanted: Wanted) -> Value:
    """The value of an expression in a recipe; poison where it is at fault.

    A name that is no value of the file is a word; `a.b` and `a/b` of such names are paths.
    """
    if isinstance(expr, ast.Name):
        if _is_value(body, expr.name):
            return evaluate(body, expr)
        return Word(expr.name)
    if isinstance(expr, ast.Attribute) or (isinstance(expr, ast.Binary) and expr.op == "/"):
        path = _path(body, expr)
        return Word(path) if path is not None else evaluate(body, expr)
    if isinstance(expr, ast.ListExpr | ast.TupleExpr):
        items = [value_of(body, item, wanted) for item in expr.items]
        if any(item is POISON for item in items):
            return POISON
        made = items if isinstance(expr, ast.ListExpr) else tuple(items)
        return static(body, expr.span, lambda: made)
    if isinstance(expr, ast.Conditional):
        holds = condition(body, expr.condition)
        if holds is None:
            return POISON
        return value_of(body, expr.then if holds else expr.other, wanted)
    if (
        isinstance(expr, ast.Call)
        and isinstance(expr.function, ast.Name)
        and expr.function.name not in FUNCTIONS
    ):
        return _call(body, expr, expr.function, wanted)
    return evaluate(body, expr)


def _is_value(body: Body, name: str) -> bool:
    return (
        name in body.env
        or name in body.module.constants
        or isinstance(body.module.names.get(name), Unavailable)
    )


def _path(body: Body, expr: ast.Expr) -> str | None:
    """`base.conv` or `base/conv` as the path of a layer; None where it is a computation."""
    if isinstance(expr, ast.Name):
        return None if _is_value(body, expr.name) else expr.name
    if isinstance(expr, ast.Attribute):
        outer = _path(body, expr.value)
        return None if outer is None else f"{outer}/{expr.name.name}"
    if isinstance(expr, ast.Binary) and expr.op == "/":
        left, right = _path(body, expr.left), _path(body, expr.right)
        return None if left is None or right is None else f"{left}/{right}"
    return None


def _call(body: Body, expr: ast.Call, function: ast.Name, wanted: Wanted) -> Value:
    cls = objects.class_of(function.name, wanted.classes or (RecipeObject,))
    if cls is None:
        if function.name == "per_output":
            return body.fault(
                Code.WRONG_TYPE,
                "`per_output` is not taken here",
                expr.span,
                "not taken here",
                help=f"{_listed()} take it, as the whole value",
            )
        return unknown_object(body, function, wanted.what, wanted.names or objects.names())
    known = list(arguments(cls).values())
    words = {argument.name: argument.kind.words for argument in known}
    args: list[ArgValue] = []
    for position, arg in enumerate(expr.args):
        name = arg.name.name if arg.name is not None else None
        if name is None and position < len(known):
            name = known[position].name
        value = value_of(body, arg.value, Wanted(names=sorted(words.get(name or "", ()))))
        args.append(ArgValue(arg.name.name if arg.name is not None else None, value, arg.span))
    return make_object(body, cls, args, expr.span)


def _listed() -> str:
    """The settings that may give each output its own."""
    *names, last = (f"`{key.name}`" for key in KEYS.values() if key.per_output)
    return f"{', '.join(names)} and {last}"


def unknown_object(body: Body, name: ast.Name, what: str, options: Sequence[str]) -> Poison:
    """Reports a name that no object of a recipe has."""
    help, fix = meant(Use.OBJECT, name.span, name.name, options)
    return body.fault(
        Code.UNKNOWN_OBJECT,
        f"there is {f'no {_noun(what)}' if what else 'nothing'} called `{show(Word(name.name))}`",
        name.span,
        "not defined",
        help=help,
        fix=fix,
    )


class Reader:
    """Reads the values of settings, each as its key takes it."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def read(self, who: str, expr: ast.Expr, takes: Takes) -> object:
        """The value as the key stores it; poison where it is at fault."""
        if isinstance(takes, Objects) and takes.classes == (Loss,) and is_sum(expr):
            made = self._sum(who, takes).read(expr)
            if isinstance(made, Written):
                return made.loss
            return self._convert(who, expr.span, made, takes)
        wanted = Wanted(_what(takes), names_of(takes), _classes(takes))
        value = value_of(self.body, expr, wanted)
        return self._convert(who, expr.span, value, takes)

    def written(self, who: str, expr: ast.Expr) -> Written:
        """The losses of a value that was read without fault, with the places where they stand."""
        takes = KEYS[who].takes
        assert isinstance(takes, Objects)
        made = self._sum(who, takes).read(expr)
        assert isinstance(made, Written)
        return made

    def _sum(self, who: str, takes: Objects) -> SumReader:
        wanted = Wanted(takes.what, names_of(takes), takes.classes)

        def leaf(expr: ast.Expr) -> Loss | Value:
            value = value_of(self.body, expr, wanted)
            if isinstance(value, int | float | Ratio | Sym) and not isinstance(value, bool):
                return value
            made = self._convert(who, expr.span, value, takes)
            return made if isinstance(made, Loss) else POISON

        return SumReader(self.body, leaf)

    def _convert(self, who: str, span: Span, value: Value, takes: Takes) -> object:
        if isinstance(value, Poison):
            return POISON
        if isinstance(takes, Optional):
            return None if value is None else self._convert(who, span, value, takes.item)
        if isinstance(takes, Many):
            items = value if isinstance(value, list | tuple) else (value,)
            items = () if value is None else items
            if len(items) > MOST:
                return self.body.fault(
                    Code.BAD_VALUE,
                    f"`{who}` takes at most {MOST} values, got {len(items):,}",
                    span,
                    "too many",
                )
            made = tuple(self._convert(who, span, item, takes.item) for item in items)
            return POISON if any(item is POISON for item in made) else made
        if isinstance(takes, Patterns):
            return self._pattern(who, span, value, takes.what)
        if isinstance(takes, Objects):
            return self._object(who, span, value, takes)
        return self._plain(who, span, value, takes)

    def _plain(self, who: str, span: Span, value: Value, kind: Kind[object]) -> object:
        try:
            return kind.convert(value)
        except ValueError as error:
            text = value.text if isinstance(value, Word) else value
            options = sorted(kind.words)
            from ...expand.meant import in_quotes  # What only faults need is loaded for them.

            number = in_quotes(span) if isinstance(value, str) else None
            help = did_you_mean(text, options) if isinstance(text, str) and options else ""
            fix = correction(span, text, options) if isinstance(text, str) else None
            help, fix = number or (help, fix)
            return self.body.fault(
                Code.BAD_VALUE if isinstance(error, OutOfRange) else Code.WRONG_TYPE,
                f"`{who}` takes {wanted(kind, error)}",
                span,
                "this value",
                help=help,
                fix=fix,
            )

    def _pattern(self, who: str, span: Span, value: Value, what: str) -> object:
        text = value.text if isinstance(value, Word) else value
        if isinstance(text, str):
            return text
        return self.body.fault(
            Code.WRONG_TYPE,
            f"`{who}` takes {what}; {describe(value)} is neither"
            if " or " in what
            else f"`{who}` takes {what}; {describe(value)} is none",
            span,
            "not a path" if " or " in what else "not a name",
        )

    def _object(self, who: str, span: Span, value: Value, takes: Objects) -> object:
        if isinstance(value, takes.classes):
            return value
        text = value.text if isinstance(value, Word) else value
        if not isinstance(text, str):
            return self.body.fault(
                Code.WRONG_TYPE,
                f"`{who}` takes {takes.what}; {describe(value)} is none",
                span,
                "this value",
                help="give each output its own with `per_output(name=…)`"
                if KEYS[who].per_output and isinstance(value, list | tuple)
                else "",
            )
        if takes.classes == (load,) and isinstance(value, str):
            return self._file_to_load(who, span, text)
        options = objects.names(takes.classes)
        where = _where(span, text)
        cls = objects.class_of(text, takes.classes)
        if cls is None:
            return unknown_object(self.body, ast.Name(text, where), takes.what, options)
        if not issubclass(cls, takes.classes):
            return self.body.fault(
                Code.WRONG_TYPE,
                f"`{who}` takes {takes.what}; `{show(Word(text))}` is none",
                where,
                "this value",
                help=did_you_mean(text, options),
            )
        given = cls.given_by(text).items()
        args = [ArgValue(name, value, where) for name, value in given]
        return make_object(self.body, cls, args, where)

    def _file_to_load(self, who: str, span: Span, text: str) -> Poison:
        """Reports a file, or a data set that weights were made for, where `load(…)` is taken."""
        file = "." in text or "/" in text or ":" in text
        call = f'load("{text}")' if file else 'load("….safetensors", into=base)'
        more = "" if file else ', a published model\'s `load("zoo.resnet:ResNet50", into=base)`'
        quoted = span.text == f'"{text}"'
        return self.body.fault(
            Code.UNKNOWN_OBJECT,
            f"`{who}` takes `load(…)`, which names the file and where its weights go",
            span,
            "not loaded",
            help=f"write `{call}`{more}",
            fix=Fix(span, call) if file and quoted else None,
        )


def _noun(what: str) -> str:
    """`a loss` without its article."""
    return what.removeprefix("an ").removeprefix("a ")


def _where(span: Span, text: str) -> Span:
    """The word in a list of words."""
    at = span.text.find(text)
    return span if at < 0 else Span(span.source, span.start + at, span.start + at + len(text))


def _what(takes: Takes) -> str:
    if isinstance(takes, Many | Optional):
        return _what(takes.item)
    return takes.what if isinstance(takes, Objects) else ""


def _classes(takes: Takes) -> Sequence[type]:
    if isinstance(takes, Many | Optional):
        return _classes(takes.item)
    return takes.classes if isinstance(takes, Objects) else ()


def names_of(takes: Takes) -> Sequence[str]:
    """The names that a value can be, for suggestions."""
    if isinstance(takes, Many | Optional):
        return names_of(takes.item)
    if isinstance(takes, Objects):
        return objects.names(takes.classes)
    return sorted(takes.words) if isinstance(takes, Kind) else ()
