"""What a rule is told of a refusal, and the cause that it answers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.graph import Graph, Ref
from ..legal.forms import Stands
from ..legal.solve import Legal
from ..ops.base.op import Op
from ..shapes.dims import Dim
from ..shapes.types import TensorType
from .written import Written


@dataclass(frozen=True, slots=True)
class Given:
    """A tensor that was refused: its type, where it was made, and where it was given."""

    ref: Ref
    type: TensorType
    made: Span
    operand: Span


@dataclass(frozen=True, slots=True)
class Promise:
    """What a signature wants of a tensor."""

    owner: ast.Definition
    """The net or block whose signature it is."""
    declared: ast.TensorTypeExpr
    is_result: bool
    """Whether the tensor is returned; else it is given to the block."""
    axis: int | None
    """The axis that does not fit, counted from the end; None where it is not one axis."""
    at: Span
    """The part of the signature that says so."""
    sizes: tuple[Dim | None, ...]
    """The sizes that it wants, as far as they are known."""


class Legality(Protocol):
    """What a net would need of its named sizes."""

    @property
    def legal(self) -> Legal | None:
        """The numbers they may take; None where the net is at fault for other reasons, too."""

    def sound(self, forms: Mapping[str, Stands]) -> bool:
        """Whether the net is without fault for all numbers of some forms."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Tensors that a layer or a signature refuses, and all that led to it."""

    code: Code
    message: str
    argument: str
    """The argument of the layer that is at fault, if one is."""
    span: Span
    """The layer or call that refuses, or the returned value."""
    primary: Span
    """What is underlined where no cause is found."""
    op: Op | None
    """The layer; None where a signature refuses."""
    promise: Promise | None
    given: tuple[Given, ...]
    at_fault: tuple[int, ...]
    """Which of the tensors do not fit."""
    args: Mapping[str, Span]
    """Where the layer's arguments are written."""
    accepts: Callable[[Sequence[TensorType]], bool]
    """Whether tensors of other types would be taken."""
    graph: Graph
    net: ast.Definition
    definition: ast.Definition
    """The net or block in whose body it happens."""
    values: Mapping[str, object]
    """What names stand for in that body."""
    written: Written
    legality: Legality | None = None
    """What the net would need of its named sizes; None where nobody shall ask."""

    @property
    def who(self) -> str:
        """What refuses, for messages."""
        if self.op is not None:
            return f"`{getattr(self.op, 'sign', self.op.name)}`"
        assert self.promise is not None
        return f"the signature of `{self.promise.owner.name.name}`"

    @property
    def layer(self) -> str:
        """The layer, block or net that refuses, for messages."""
        return self.who if self.promise is None else f"`{self.promise.owner.name.name}`"

    @property
    def inputs(self) -> tuple[Given, ...]:
        """The tensors at fault."""
        return tuple(self.given[index] for index in self.at_fault)

    def changed_at(self, span: Span, title: str, label: str, help: str, fix: Fix | None) -> Cause:
        """The cause at a layer; where that stands in the very line that is returned, beside it."""
        promise = self.promise
        if (
            promise is not None
            and promise.is_result
            and promise.axis is not None
            and span.within(self.primary)
            and span.line == self.primary.line
        ):
            origins = (Related("declared here", promise.at), Related(label, span))
            return Cause(self.primary, self.message, "", help, fix, origins)
        return Cause(span, title, label, help, fix)


@dataclass(frozen=True, slots=True)
class Cause:
    """What is to be changed: the finding is shown there, and the refusal beside it."""

    span: Span
    title: str
    label: str
    help: str
    fix: Fix | None = None
    origins: tuple[Related, ...] = ()
    settles: tuple[tuple[Code, Span], ...] = ()
    """Findings that would say the same again."""
