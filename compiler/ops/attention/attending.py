"""What layers of attention share: their tensors, how these must fit, and the masks in ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType, show_shape
from ..base.backend import OnnxGraph, OnnxValue
from ..base.broadcast import broadcast
from ..base.op import Op, Refusal, Window
from ..base.places import positions, unsqueeze

T = TypeVar("T")

LOW = -0.7 * 3.38953e38
"""The score of a place that is masked, as in `keras.ops.dot_product_attention`."""


class Attending(Op):
    """Looks up `value` where `key` is like `query`; one tensor alone is all three."""

    __slots__ = ()

    arity: ClassVar[tuple[int, int | None]] = (1, 5)
    tensor_names: ClassVar[tuple[str, ...]] = (
        "query",
        "value",
        "key",
        "attention_mask",
        "value_mask",
    )
    rank: ClassVar[int | tuple[int, int] | None] = 3
    axes: ClassVar[str] = "[batch, length, features]"
    dtypes: ClassVar[tuple[str, ...]] = ("float32",)

    def refuses_mask(self) -> str:
        return "takes masks by name only: `value_mask=…`"

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        names = self.given or self.tensor_names
        masks = [name.endswith("_mask") for name in names]
        # Masks have rules of their own; the query stands in for them here.
        super().check_inputs(
            [inputs[0] if i < len(masks) and masks[i] else x for i, x in enumerate(inputs)]
        )
        named = self.by_name(inputs)
        query, value, key = sources(named)
        self._equal(named, "batch size", {"query": query, "value": value, "key": key}, 0)
        self._equal(named, "length", {"value": value, "key": key}, 1)
        scores = (query.shape[0], query.shape[1], value.shape[1])
        whole: dict[str, list[Shape]] = {
            "attention_mask": self.mask_shapes(scores),
            "value_mask": [(scores[0], scores[2])],
            "query_mask": [scores[:2]],
        }
        for index, (name, x) in enumerate(named.items()):
            if name in whole:
                self._check_mask(index, name, x, whole[name])

    def _equal(
        self, given: Mapping[str, TensorType], what: str, types: Mapping[str, TensorType], axis: int
    ) -> None:
        (first, a), *others = types.items()
        names = list(given)
        for name, b in others:
            if not same(a.shape[axis], b.shape[axis]):
                raise Refusal(
                    Code.SHAPE,
                    f"`{self.name}` needs `{first}` and `{name}` of one {what}, "
                    f"got {a.shape[axis]} and {b.shape[axis]}: "
                    f"{show_shape(a.shape)} and {show_shape(b.shape)}",
                    inputs=[names.index(n) for n in (first, name) if n in names],
                )

    def mask_shapes(self, scores: Shape) -> list[Shape]:
        """What shapes an attention mask may have, for scores `[batch, length, places]`."""
        return [scores, scores[1:]]

    def _check_mask(self, index: int, name: str, x: TensorType, shapes: Sequence[Shape]) -> None:
        wanted = " or ".join(map(show_shape, shapes))
        dtypes = ("bool", *self.dtypes) if name == "attention_mask" else ("bool",)
        if x.dtype not in dtypes:
            added = "; numbers are added to the scores" if len(dtypes) > 1 else ""
            raise Refusal(
                Code.DTYPE,
                f"`{name}` of `{self.name}` is {' or '.join(dtypes)}{wanted}, got {x}",
                inputs=[index],
                help=f"a mask is true where a place may be looked at{added}",
            )
        if not any(_fits(x.shape, shape) for shape in shapes):
            raise Refusal(
                Code.SHAPE,
                f"`{name}` of `{self.name}` has the shape {wanted}, got {show_shape(x.shape)}",
                inputs=[index],
            )

    def window(self, *inputs: TensorType) -> Window | None:
        return None


def sources(named: Mapping[str, T]) -> tuple[T, T, T]:
    """The query, value and key of a call: what is not given is the one before."""
    query = named["query"]
    value = named.get("value", query)
    return query, value, named.get("key", value)


def _fits(shape: Shape, whole: Shape) -> bool:
    pairs = zip(shape, whole, strict=False)
    return len(shape) == len(whole) and all(a == 1 or same(a, b) for a, b in pairs)


def score_mask(
    g: OnnxGraph,
    named: Mapping[str, OnnxValue],
    scores: Shape,
    *,
    causal: bool,
    window: int | None = None,
) -> OnnxValue | None:
    """A bool tensor that broadcasts to the scores, true where a place may be looked at.

    Scores are `[batch, …, length of the query, length of the key]`. With a `window` only places
    less than that far away may be.
    """
    parts: list[OnnxValue] = []
    rank = len(scores)
    if causal:
        parts.append(causal_mask(g, scores[-2], scores[-1]))
    if window is not None:
        parts.append(_near(g, scores[-2], scores[-1], window))
    if "attention_mask" in named and named["attention_mask"].type.dtype == "bool":
        parts.append(beside_scores(g, named["attention_mask"], scores))
    if "value_mask" in named:
        parts.append(unsqueeze(g, named["value_mask"], list(range(1, rank - 1))))
    total: OnnxValue | None = None
    for part in parts:
        if total is None:
            total = part
            continue
        shape = broadcast("And", total.type.shape, part.type.shape)
        total = g.node("And", total, part, type=TensorType("bool", shape), first=False)
    return total


def with_bias(g: OnnxGraph, named: Mapping[str, OnnxValue], scores: OnnxValue) -> OnnxValue:
    """The scores, and the attention mask added to them where it is one of numbers."""
    mask = named.get("attention_mask")
    if mask is None or mask.type.dtype == "bool":
        return scores
    return g.node("Add", scores, beside_scores(g, mask, scores.type.shape))


def beside_scores(g: OnnxGraph, mask: OnnxValue, scores: Shape) -> OnnxValue:
    """An attention mask in a shape that broadcasts to the scores, whose heads may be grouped."""
    mask, rank = g.channels_last(mask), len(scores)
    if mask.rank < 4:
        return unsqueeze(g, mask, list(range(1, rank - 2)) if mask.rank == 3 else [])
    if rank == 4:
        return mask
    if mask.type.shape[1] == 1:
        return unsqueeze(g, mask, [1])
    batch, _, *rest = mask.type.shape
    type = TensorType(mask.type.dtype, (batch, *scores[1:3], *rest))
    return g.node("Reshape", mask, g.shape(type.shape), type=type, first=False)


def causal_mask(g: OnnxGraph, rows: Dim, columns: Dim) -> OnnxValue:
    """`bool[rows, columns]`, true where the column is not after the row."""
    row = unsqueeze(g, positions(g, rows), [1])
    type = TensorType("bool", (rows, columns))
    return g.node("GreaterOrEqual", row, positions(g, columns), type=type)


def _near(g: OnnxGraph, rows: Dim, columns: Dim, window: int) -> OnnxValue:
    """`bool[rows, columns]`, true where row and column are less than `window` apart."""
    row = unsqueeze(g, positions(g, rows), [1])
    type = TensorType("int64", (rows, columns))
    apart = g.node("Abs", g.node("Sub", row, positions(g, columns), type=type))
    bools = TensorType("bool", (rows, columns))
    return g.node("Less", apart, g.const(window, "int64"), type=bools)
