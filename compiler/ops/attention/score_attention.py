"""Attention without projections: Attention (Luong) and AdditiveAttention (Bahdanau)."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import glorot_uniform, ones
from ..base.kinds import BOOL, POSITIVE, arg, choice, optional
from ..base.op import Example, Input, Refusal, Weight, example, keras_arguments, known, op
from ..base.places import unsqueeze
from ..base.source import minus_one
from ..core.dropout import DRAWS, RATE
from .attending import Attending, score_mask, sources, with_bias
from .composed import model_inputs, whole_bias

FAR = 1e9
"""What Keras takes from the score of a place that is masked."""


class Scored(Attending):
    """Weighs the values by how well each key scores with the query."""

    __slots__ = ()

    arity = (1, 6)
    tensor_names = ("query", "value", "key", "query_mask", "value_mask", "attention_mask")

    use_scale: bool
    dropout: float
    use_causal_mask: bool
    sliding_window: int | None

    def in_training(self) -> str:
        return DRAWS if self.dropout else ""

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        query, _, key = sources(self.by_name(inputs))
        if not same(query.shape[-1], key.shape[-1]):
            names = list(self.by_name(inputs))
            last = names.index("key" if "key" in names else "value")
            raise Refusal(
                Code.SHAPE,
                f"`{self.name}` needs `query` and `{names[last]}` of equally many features, "
                f"got {query.shape[-1]} and {key.shape[-1]}: "
                f"{show_shape(query.shape)} and {show_shape(key.shape)}",
                inputs=[0, last],
                help="a Dense layer on one of them makes them equal",
            )

    def shape(self, *shapes: Shape) -> Shape:
        _, value, _ = sources(self.by_name(shapes))
        return (*shapes[0][:-1], value[-1])

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        query, value, _ = sources(self.by_name(inputs))
        batch, length, features = query.shape
        return batch * length * value.shape[1] * (features + value.shape[-1])

    def scores(
        self, g: OnnxGraph, call: OnnxCall, q: OnnxValue, k: OnnxValue, type: TensorType
    ) -> OnnxValue:
        """The scores, `[batch, length, places]`."""
        raise NotImplementedError

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        named = self.by_name(call.inputs)
        q, v, k = (g.channels_last(x) for x in sources(named))
        type = TensorType("float32", (*q.type.shape[:2], k.type.shape[1]))
        y = self.scores(g, call, q, k, type)
        y = with_bias(g, named, y)
        mask = score_mask(
            g, named, type.shape, causal=self.use_causal_mask, window=self.sliding_window
        )
        if mask is not None:
            far = g.node("Sub", y, g.const(FAR))
            y = g.node("Where", mask, y, far, type=type, first=False)
        y = g.node("MatMul", g.node("Softmax", y, axis=-1), v, type=call.outputs[0], first=False)
        if "query_mask" in named:
            rows = unsqueeze(g, named["query_mask"], [2])
            y = g.node("Where", rows, y, g.const(0.0), type=y.type, first=False)
        return y

    def is_stock(self, names: Container[str]) -> bool:
        """Whether Keras's own layer does it, for tensors of some names."""
        return self.sliding_window is None and "attention_mask" not in names

    def keras_form(self, inputs: Sequence[TensorType]) -> str:
        return "stock" if self.is_stock(self.by_name(inputs)) else "composed"

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        arguments = keras_arguments(self, keras)
        del arguments["use_causal_mask"], arguments["sliding_window"]
        return getattr(keras.layers, type(self).__name__)(name=name, **arguments)

    def keras_layer_for(
        self, keras: KerasModule, name: str, inputs: Sequence[TensorType]
    ) -> KerasLayer:
        if self.keras_form(inputs) == "stock":
            return self.keras_layer(keras, name)
        types = sources(self.by_name(inputs))
        query, value, key = given = model_inputs(keras, self.name, types)
        learned = {
            weight.name: learned_in(keras, query, weight) for weight in self.weights(*inputs)
        }
        bias = keras.Input((None, None))
        scores = keras.ops.cast(self.keras_scores(keras, query, key, learned), "float32")
        looks = keras.ops.softmax(scores + bias)
        if self.dropout > 0:
            looks = keras.layers.Dropout(self.dropout)(looks)
        return keras.Model([*given, bias], keras.ops.matmul(looks, value), name=name)

    def keras_scores(
        self,
        keras: KerasModule,
        query: KerasTensor,
        key: KerasTensor,
        learned: Mapping[str, KerasTensor],
    ) -> KerasTensor:
        """The scores, `[batch, length, places]`, with the layer's weights by their names."""
        raise NotImplementedError

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        ops = keras.ops
        named = self.by_name(inputs)
        query, value, key = sources(named)
        if self.is_stock(named):
            masks = [named.get("query_mask"), named.get("value_mask")]
            given = None if masks == [None, None] else masks
            return layer([query, value, key], mask=given, use_causal_mask=self.use_causal_mask)
        causal, window = self.use_causal_mask, self.sliding_window
        y = layer([query, value, key, whole_bias(keras, named, -FAR, causal, window, heads=False)])
        if "query_mask" in named:
            y = ops.where(ops.expand_dims(named["query_mask"], 2), y, 0.0)
        return y


def learned_in(keras: KerasModule, x: KerasTensor, weight: Weight) -> KerasTensor:
    """A weight of a model over sequences, as `Weight` has it: the slope of a PReLU at -1."""
    ops = keras.ops
    start = weight.initializer.keras_object(keras)
    below = ops.broadcast_to(minus_one(keras, x, 3), (1, *weight.shape))
    slope = keras.layers.PReLU(alpha_initializer=start, name=weight.name)(below)
    return ops.squeeze(ops.negative(slope), axis=0)


def _keras_pairs(keras: KerasModule, query: KerasTensor, key: KerasTensor) -> KerasTensor:
    """The sum of every query with every key: `[batch, length, places, features]`."""
    return keras.ops.expand_dims(query, 2) + keras.ops.expand_dims(key, 1)


def _pairs(g: OnnxGraph, q: OnnxValue, k: OnnxValue) -> OnnxValue:
    """The sum of every query with every key: `[batch, length, places, features]`."""
    batch, length, features = q.type.shape
    type = TensorType("float32", (batch, length, k.type.shape[1], features))
    return g.node("Add", unsqueeze(g, q, [2]), unsqueeze(g, k, [1]), type=type, first=False)


def _sum_last(g: OnnxGraph, x: OnnxValue, type: TensorType) -> OnnxValue:
    return g.node("ReduceSum", x, g.const([-1], "int64"), type=type, first=False, keepdims=0)


MASKS = (Input(("N", "T"), "bool"), Input(("N", "M"), "bool"))
"""A mask of a query of length T, and one of a value of length M."""


@op
class Attention(Scored):
    """Attention by dot products (Luong et al. 2015).

    `x -> Attention` is self-attention; `(x, memory) -> Attention` looks from `x` into `memory`.
    `query_mask`, bool `[batch, length]`, makes the output 0 where it is false; `value_mask`, bool
    `[batch, places]`, is true where a place may be looked at, and so is `attention_mask`,
    `[batch, length, places]` or `[length, places]`; one of numbers is added to the scores. In Keras
    `use_causal_mask` belongs to the call, and with `attention_mask` or `sliding_window`, which
    Keras's layer has not, the lowering is a model of stock layers. The scores are not divided by
    the square root of the features.
    """

    use_scale: bool = arg(BOOL, default=False, doc="whether a learned number scales the scores")
    score_mode: str = arg(
        choice("dot", "concat"), default="dot", doc="dot products, or the sum of tanh(query + key)"
    )
    dropout: float = arg(RATE, default=0.0, doc="the share of looks that training leaves out")
    use_causal_mask: bool = arg(BOOL, default=False, doc="whether no place looks at later ones")
    sliding_window: int | None = arg(
        optional(POSITIVE), default=None, doc="how near a place must be to be looked at; none: any"
    )
    given: tuple[str, ...] = ()

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4)),
        example(("N", "T", 4), ("N", "M", 4), use_scale=True, use_causal_mask=True),
        example(("N", "T", 4), ("N", "M", 5), ("N", "M", 4), use_scale=True, score_mode="concat"),
        example(("N", 3, 4), score_mode="concat", dropout=0.2),
        example(("N", "T", 4), ("N", "M", 4), MASKS[1]).giving("query", "value", "value_mask"),
        example(("N", "T", 4), ("N", "M", 4), *MASKS, use_causal_mask=True).giving(
            "query", "value", "query_mask", "value_mask"
        ),
        example(("N", "T", 4), ("N", "M", 5), ("N", "M", 4), *MASKS),
        example(("N", "T", 4), MASKS[0]).giving("query", "query_mask"),
        example(("N", "T", 4), use_scale=True, sliding_window=2, use_causal_mask=True),
        example(
            ("N", "T", 4),
            ("N", "M", 4),
            *MASKS,
            Input(("N", "T", "M"), "bool"),
            score_mode="concat",
            use_scale=True,
        ).giving("query", "value", "query_mask", "value_mask", "attention_mask"),
        example(("N", "T", 4), Input(("T", "T")), dropout=0.1).giving("query", "attention_mask"),
    )

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        scale = (Weight("scale", (), ones),) if self.use_scale else ()
        if self.score_mode == "dot":
            return scale
        return (*scale, Weight("concat_score_weight", (), ones))

    def scores(
        self, g: OnnxGraph, call: OnnxCall, q: OnnxValue, k: OnnxValue, type: TensorType
    ) -> OnnxValue:
        scale = call.weights.get("scale")
        if self.score_mode == "dot":
            batch, places, features = k.type.shape
            turned = TensorType("float32", (batch, features, places))
            k = g.node("Transpose", k, type=turned, first=False, perm=[0, 2, 1])
            y = g.node("MatMul", q, k, type=type, first=False)
            return y if scale is None else g.node("Mul", y, g.weight(scale, "scale"))
        pairs = _pairs(g, q, k)
        if scale is not None:
            pairs = g.node("Mul", pairs, g.weight(scale, "scale"))
        y = _sum_last(g, g.node("Tanh", pairs), type)
        name = "concat_score_weight"
        return g.node("Mul", y, g.weight(call.weights[name], name))

    def keras_scores(
        self,
        keras: KerasModule,
        query: KerasTensor,
        key: KerasTensor,
        learned: Mapping[str, KerasTensor],
    ) -> KerasTensor:
        ops, scale = keras.ops, learned.get("scale")
        if self.score_mode == "dot":
            y = ops.einsum("bqd,bkd->bqk", query, key)
            return y if scale is None else y * scale
        pairs = _keras_pairs(keras, query, key)
        if scale is not None:
            pairs = pairs * scale
        return ops.sum(ops.tanh(pairs), axis=-1) * learned["concat_score_weight"]


@op
class AdditiveAttention(Scored):
    """Attention that scores by the sum of `scale * tanh(query + key)` (Bahdanau et al. 2014).

    Tensors and masks are those of Attention.
    """

    use_scale: bool = arg(BOOL, default=True, doc="whether each feature has a learned weight")
    dropout: float = arg(RATE, default=0.0, doc="the share of looks that training leaves out")
    use_causal_mask: bool = arg(BOOL, default=False, doc="whether no place looks at later ones")
    sliding_window: int | None = arg(
        optional(POSITIVE), default=None, doc="how near a place must be to be looked at; none: any"
    )
    given: tuple[str, ...] = ()

    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4)),
        example(("N", "T", 4), ("N", "M", 4), use_scale=False, use_causal_mask=True),
        example(("N", "T", 4), ("N", "M", 5), ("N", "M", 4), *MASKS),
        example(("N", 3, 4), Input(("N", 3), "bool")).giving("query", "value_mask"),
        example(("N", "T", 4), Input(("N", "T", "T")), sliding_window=3).giving(
            "query", "attention_mask"
        ),
        example(("N", 5, 4), use_scale=False, sliding_window=2),
    )

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        if not self.use_scale:
            return ()
        features = known(inputs[0].shape[-1], self.name, "how many features `query` has")
        return (Weight("scale", (features,), glorot_uniform),)

    def scores(
        self, g: OnnxGraph, call: OnnxCall, q: OnnxValue, k: OnnxValue, type: TensorType
    ) -> OnnxValue:
        y = g.node("Tanh", _pairs(g, q, k))
        if self.use_scale:
            y = g.node("Mul", y, g.weight(call.weights["scale"], "scale"))
        return _sum_last(g, y, type)

    def keras_scores(
        self,
        keras: KerasModule,
        query: KerasTensor,
        key: KerasTensor,
        learned: Mapping[str, KerasTensor],
    ) -> KerasTensor:
        y = keras.ops.tanh(_keras_pairs(keras, query, key))
        return keras.ops.sum(y * learned["scale"] if self.use_scale else y, axis=-1)
