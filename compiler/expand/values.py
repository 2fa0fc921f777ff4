"""The values a `.net` program computes while it is expanded into a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final, TypeAlias

from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.graph import Ref
from ..ir.paths import CHAIN
from ..link.module import Defined
from ..ops.base.declare import Declared
from ..ops.base.kinds import Word, show
from ..ops.base.op import Op
from ..shapes.dims import Dim, Sym
from ..shapes.types import TensorType


@record(eq=False)
class Poison:
    """The value of something at fault. What depends on it is poison too, and stays quiet."""


POISON: Final = Poison()


@record(eq=False)
class TensorValue:
    """A tensor of the graph.

    `span` is the text that made it. `labels` are the values inside the block it came out of.
    """

    ref: Ref
    type: TensorType
    span: Span
    labels: Mapping[str, Value] = field(default_factory=dict)


@record(eq=False)
class Bundle:
    """Several results of one call, by position and (where the signature names them) by name."""

    items: tuple[Value, ...]
    span: Span
    labels: Mapping[str, Value] = field(default_factory=dict)


@record(eq=False)
class ArgValue:
    """An argument after evaluation, with the place it was written."""

    name: str | None
    value: Value
    span: Span

    @property
    def name_span(self) -> Span:
        """Where the name of a named argument stands."""
        return Span(self.span.source, self.span.start, self.span.start + len(self.name or ""))


@record
class Link:
    """A layer of a chain: how often in a row, what its uses are called, and its label, if any."""

    layer: LayerValue
    count: int
    base: str
    label: str | None
    span: Span


@record
class Chain:
    """Layers that each take what the one before gives: `(Conv2D(8, 3) -> ReLU)`."""

    links: tuple[Link, ...]
    written: ast.Expr

    @property
    def text(self) -> str:
        """As it was written, on one line."""
        return " ".join(self.written.span.text.split())


@record(eq=False)
class LayerValue:
    """A layer, block or chain that has its static arguments but not its tensors.

    One of `op`, `defined` and `chain` is set. `shared` is the path of the weights that all uses
    share.
    """

    op: Op | None
    defined: Defined | None
    args: tuple[ArgValue, ...]
    span: Span
    shared: str | None = None
    chain: Chain | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        if self.op is not None:
            return self.op.name
        return self.defined.definition.name.name if self.defined is not None else CHAIN

    @property
    def described(self) -> str:
        """What it is, for messages."""
        return f"the layer `{self.name}`" if self.chain is None else chain_text(self.chain)

    def __str__(self) -> str:
        return self.name if self.chain is None else self.chain.text


@record
class Ratio:
    """`a / b` of symbolic sizes, waiting for `ceil` or `floor`."""

    numerator: Dim
    denominator: Dim

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


Static: TypeAlias = "int | float | bool | str | Sym | Ratio | Word | None"
"""A compile-time value without parts; `Word` is a bare word that an argument takes."""

Value: TypeAlias = (
    "Static | Sequence[Value] | TensorValue | Bundle | LayerValue | Declared | Poison"
)
"""What an expression can be; its sequences are lists and tuples.

`Declared` are initializers, regularizers and parts of recipes.
"""


def kind_of(value: Value) -> str:
    """What a value is, for messages: `an int`, `a tensor float32[N, 10]`."""
    if isinstance(value, TensorValue):
        return f"a tensor {value.type}"
    if isinstance(value, Bundle):
        return f"{len(value.items)} results"
    if isinstance(value, LayerValue):
        return value.described
    if value is None:
        return "none"
    for types, text in _KINDS:
        if isinstance(value, types):
            return f"{text} {show(value)}" if len(show(value)) < 60 else text
    return f"`{type(value).__name__}`"


def chain_text(chain: Chain) -> str:
    """A chain for messages: `the chain Conv2D -> ReLU`."""
    names = [link.layer.name for link in chain.links]
    names = names if len(names) <= 4 else [*names[:2], "…", names[-1]]
    return f"the chain `{' -> '.join(names)}`"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "the bool"),
    (int, "the int"),
    (float, "the float"),
    (str, "the string"),
    (Sym, "the size"),
    (Ratio, "the ratio"),
    (list, "the list"),
    (tuple, "the tuple"),
)
