"""How the function of a template makes spans and nodes: those that come often without a call.

A frozen object takes a long way through `__init__`. An open one of the same layout is filled and
then becomes the node, as in `quick_span`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..text.source import Span
from .ast import Arg, Assign, Call, Ident, Name, Number, Pipeline, Stage
from .literals import PYTHON_LITERALS
from .tree import NUMBERS

Value: TypeAlias = "str | list[Value] | tuple[Value, ...]"
"""What will be a value: a name in the function, or several values."""

_ABSENT = "None"
"""An optional part that is not there."""

_FILLED = (Arg, Assign, Call, Ident, Name, Number, Pipeline, Span, Stage)


def _open(cls: Any) -> type:
    """A class of the layout of a record, whose fields can be set."""
    return type(f"Open{cls.__name__}", (), {"__slots__": cls.__slots__})


SCOPE: Mapping[str, Any] = {
    **{cls.__name__: cls for cls in _FILLED},
    **{f"Open{cls.__name__}": _open(cls) for cls in _FILLED},
    "numbers": NUMBERS,
    "words": PYTHON_LITERALS,
}
"""What the functions of templates use besides what they are given."""


def _filled(node: str, cls: type, **fields: str) -> str:
    """What makes a node of its fields."""
    parts = [f"{node}.{field} = {value}" for field, value in fields.items()]
    return "; ".join(
        (f"{node} = Open{cls.__name__}()", *parts, f"{node}.__class__ = {cls.__name__}")
    )


class Nodes:
    """Writes down how nodes are made: as the methods of TreeMaker do it."""

    def __init__(self, lines: list[str], written: Callable[[Value], str]) -> None:
        """`lines` is the function, `written` gives a value as Python."""
        self._lines = lines
        self._written = written
        self._makers: dict[str, str] = {}
        """Which maker each value is of."""
        self._inline: Mapping[str, Callable[[str, str, tuple[Value, ...]], bool]] = {
            "assign": self._assign,
            "call": self._call,
            "keyword": self._keyword,
            "name": self._name,
            "number": self._number,
            "pipeline": self._pipeline,
            "positional": self._positional,
            "stage": self._stage,
        }

    def add(self, maker: str, span: str, parts: tuple[Value, ...]) -> str:
        """The name of the node that a maker makes of a span and the parts of its rule."""
        name = f"v{len(self._makers)}"
        self._makers[name] = maker
        inline = self._inline.get(maker)
        if inline is None or not inline(name, span, parts):
            given = ", ".join(map(self._written, (span, *parts)))
            self._lines.append(f"{name} = maker.{maker}({given})")
        return name

    def span(self, name: str, first: int, last: int) -> str:
        """What makes the span of some tokens."""
        return _filled(name, Span, source="source", start=f"a{first}", end=f"b{last}")

    def _fill(self, node: str, cls: type, **fields: Value) -> bool:
        given = {field: self._written(value) for field, value in fields.items()}
        self._lines.append(_filled(node, cls, **given))
        return True

    def _text(self, span: Value) -> str:
        """The text at a span of one token."""
        assert isinstance(span, str)
        token = span.partition("_")[2]
        return f"text[a{token}:b{token}]"

    def _ident(self, span: Value) -> str:
        made = f"{self._written(span)}i"
        self._fill(made, Ident, name=self._text(span), span=span)
        return made

    def _name(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        at = self._written(parts[0])
        self._lines += (
            f"t = {self._text(parts[0])}",
            f"if t in words: {made} = maker.name({at}, {at})",
        )
        self._fill(made, Name, name="t", span=at)
        self._lines[-1] = f"else: {self._lines[-1]}"
        return True

    def _number(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        at = self._written(parts[0])
        self._lines += (
            f"n = numbers.get({self._text(parts[0])})",
            f"if n is None: {made} = maker.number({at}, {at})",
        )
        self._fill(made, Number, value="n", span=at)
        self._lines[-1] = f"else: {self._lines[-1]}"
        return True

    def _positional(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        return self._fill(made, Arg, name=_ABSENT, value=parts[0], span=span)

    def _keyword(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        name, value = parts
        return self._fill(made, Arg, name=self._ident(name), value=value, span=span)

    def _call(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        function, args = parts
        if args == _ABSENT:
            return self._fill(made, Call, function=function, args=(), span=span)
        # The maker looks for quotes, and for arguments without a name behind those with one.
        makers = [self._makers.get(arg, "") if isinstance(arg, str) else "" for arg in args]
        if not {"positional", "keyword"}.issuperset(makers) or makers != sorted(makers)[::-1]:
            return False
        return self._fill(made, Call, function=function, args=args, span=span)

    def _stage(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        target, repeat, label = parts
        label = label if label == _ABSENT else self._ident(label)
        return self._fill(made, Stage, target=target, repeat=repeat, label=label, span=span)

    def _pipeline(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        head, *stages = parts
        return self._fill(made, Pipeline, head=head, stages=tuple(stages), span=span, outer=span)

    def _assign(self, made: str, span: str, parts: tuple[Value, ...]) -> bool:
        targets, value = parts
        idents = tuple(map(self._ident, targets))
        return self._fill(made, Assign, targets=idents, value=value, span=span)
