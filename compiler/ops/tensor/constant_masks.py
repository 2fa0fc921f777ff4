"""Masks of attention as constants: which places of one sequence may look at which of another."""

from __future__ import annotations

from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.dims import Dim, symbol
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.declare import Refusal
from ..base.kinds import COUNT, arg, optional
from ..base.op import Example, example, op
from ..base.places import positions, unsqueeze
from ..base.source import Anchor, places
from .constant import SIZE, ConstantOp, called, rectangle


class ConstantMask(ConstantOp):
    """`bool[rows, columns]`, true where a column is within some places of the row."""

    __slots__ = ()

    rows: Dim
    columns: Dim | None

    def reach(self) -> tuple[int | None, int | None]:
        """How far the columns go that are seen, before and after the row; None: all."""
        raise NotImplementedError(self.name)

    def type(self) -> TensorType:
        return TensorType("bool", rectangle(self.rows, self.columns))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        rows, columns = out.shape
        row, column = unsqueeze(g, positions(g, rows), [1]), positions(g, columns)
        before, after = self.reach()
        made = None
        for sign, reach in (("LessOrEqual", after), ("GreaterOrEqual", before)):
            if reach is None:
                continue
            end = row
            if reach:
                shift = g.const(reach, "int64")
                end = g.node("Add" if sign == "LessOrEqual" else "Sub", row, shift)
            part = g.node(sign, column, end, type=out, first=False)
            made = part if made is None else g.node("And", made, part)
        assert made is not None
        return made

    def keras_source(
        self, keras: KerasModule, layer: KerasLayer | None, anchor: Anchor
    ) -> KerasTensor:
        ops = keras.ops
        rows, columns = self.type().shape
        row = ops.expand_dims(places(keras, anchor, rows), 1)
        column = places(keras, anchor, columns)
        before, after = self.reach()
        made = None
        if after is not None:
            made = ops.less_equal(column, row + after)
        if before is not None:
            part = ops.greater_equal(column, row - before)
            made = part if made is None else ops.logical_and(made, part)
        return made


@called("causal_mask")
@op
class CausalMask(ConstantMask):
    """`bool[rows, columns]`, true where the column is not behind the row.

    For `attention_mask=`, with a row for each query and a column for each key.
    """

    rows: Dim = arg(SIZE, doc="how many queries")
    columns: Dim | None = arg(optional(SIZE), default=None, doc="how many keys; none: as rows")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), rows=4),
        example(("N", "T", 3), rows=symbol("T")),
        example(("N", "T", 3), rows=symbol("T"), columns=symbol("T") + 2),
    )

    def reach(self) -> tuple[int | None, int | None]:
        return None, 0


@called("band_mask")
@op
class BandMask(ConstantMask):
    """`bool[rows, columns]`, true where the column is at most so far before or after the row.

    For `attention_mask=`, with a row for each query and a column for each key.
    """

    rows: Dim = arg(SIZE, doc="how many queries")
    before: int | None = arg(optional(COUNT), default=None, doc="how far back; none: all before")
    after: int | None = arg(optional(COUNT), default=None, doc="how far ahead; none: all after")
    columns: Dim | None = arg(optional(SIZE), default=None, doc="how many keys; none: as rows")

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 2), rows=5, before=1, after=1),
        example(("N", "T", 3), rows=symbol("T"), before=2, after=0),
        example(("N", "T", 3), rows=3, columns=symbol("T"), after=1),
    )

    def validate(self) -> None:
        """Raises Refusal where every place would see every other."""
        if self.before is None and self.after is None:
            raise Refusal(
                Code.MISSING_ARGUMENT,
                "`band_mask` needs `before` or `after`; without them it is true everywhere",
                help="`band_mask(T, before=8, after=0)` sees this place and the eight before it",
            )

    def reach(self) -> tuple[int | None, int | None]:
        return self.before, self.after
