"""The base of attention with several heads: weights, cost and both lowerings."""

from __future__ import annotations

from collections.abc import Sequence

from ...shapes.dims import Dim, Shape
from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import Initializer
from ..base.op import Weight, keras_arguments, known
from ..base.regularizers import Regularizer
from .attending import LOW, Attending, score_mask, sources


class Heads(Attending):
    """Projects its tensors to heads, attends in each, and projects what they found back."""

    __slots__ = ()

    use_bias: bool
    dropout: float
    use_causal_mask: bool
    sliding_window: int | None
    kernel_initializer: Initializer
    bias_initializer: Initializer
    kernel_regularizer: Regularizer | None
    bias_regularizer: Regularizer | None

    @property
    def heads(self) -> tuple[int, int]:
        """How many heads the query has, and how many the key and the value."""
        raise NotImplementedError

    @property
    def sizes(self) -> tuple[int, int]:
        """The features of a head of the query and key, and of one of the value."""
        raise NotImplementedError

    def features(self, query: Shape) -> Dim:
        """The size of the output's last axis."""
        return query[-1]

    def shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], self.features(shapes[0]))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        query, value, key = sources(self.by_name(inputs))
        many, few = self.heads
        wide, deep = self.sizes
        found: list[Weight] = []
        parts = {"query": (query, many, wide), "key": (key, few, wide), "value": (value, few, deep)}
        for index, (name, (x, heads, size)) in enumerate(parts.items()):
            features = known(x.shape[-1], self.name, f"how many features `{name}` has", index)
            found += self._pair(name, (features, heads, size), (heads, size))
        out = known(self.features(query.shape), self.name, "how many features `query` has")
        return (*found, *self._pair("attention_output", (many, deep, out), (out,)))

    def _pair(self, name: str, kernel: tuple[int, ...], bias: tuple[int, ...]) -> list[Weight]:
        found = [
            Weight(
                f"{name}/kernel",
                kernel,
                self.kernel_initializer,
                regularizer=self.kernel_regularizer,
            )
        ]
        if self.use_bias:
            found.append(
                Weight(
                    f"{name}/bias", bias, self.bias_initializer, regularizer=self.bias_regularizer
                )
            )
        return found

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        query, value, key = sources(self.by_name(inputs))
        many, few = self.heads
        wide, deep = self.sizes
        batch, length, features = query.shape
        places = value.shape[1]
        projected = (
            length * features * many * wide
            + places * key.shape[-1] * few * wide
            + places * value.shape[-1] * few * deep
            + length * many * deep * outputs[0].shape[-1]
        )
        return batch * (projected + many * length * places * (wide + deep))

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        named = self.by_name(call.inputs)
        query, value, key = (g.channels_last(x) for x in sources(named))
        many, few = self.heads
        wide, deep = self.sizes
        own, shared = ((many,), (few,)) if many == few else ((few, many // few), (few, 1))
        q = self._projected(g, call, "query", query, own, wide)
        k = self._projected(g, call, "key", key, shared, wide)
        v = self._projected(g, call, "value", value, shared, deep)
        q = g.node("Mul", q, g.const(wide**-0.5))
        n = len(own)
        groups = tuple(range(2, 2 + n))
        q = _transpose(g, q, (0, *groups, 1, 2 + n))
        k = _transpose(g, k, (0, *groups, 2 + n, 1))
        v = _transpose(g, v, (0, *groups, 1, 2 + n))
        scores = TensorType("float32", (*q.type.shape[:-1], k.type.shape[-1]))
        p = g.node("MatMul", q, k, type=scores)
        mask = score_mask(
            g,
            named,
            scores.shape,
            causal=self.use_causal_mask,
            window=self.sliding_window,
        )
        if mask is not None:
            p = g.node("Where", mask, p, g.const(LOW), type=scores, first=False)
        p = g.node("Softmax", p, axis=-1)
        lonely = named.keys() & {"attention_mask", "value_mask"} or self.sliding_window is not None
        if mask is not None and lonely and self.dropout > 0:
            # With dropout Keras takes another road, where rows without any place are 0.
            p = g.node("Where", mask, p, g.const(0.0), type=scores, first=False)
        found = TensorType("float32", (*scores.shape[:-1], deep))
        y = g.node("MatMul", p, v, type=found)
        y = _transpose(g, y, (0, 1 + n, *range(1, 1 + n), 2 + n))
        (out,) = call.outputs
        joined = TensorType("float32", (*out.shape[:2], many * deep))
        y = g.node("Reshape", y, g.const([0, 0, many * deep], "int64"), type=joined, first=False)
        return _affine(g, call, "attention_output", y, many * deep, out)

    def _projected(
        self,
        g: OnnxGraph,
        call: OnnxCall,
        name: str,
        x: OnnxValue,
        groups: tuple[int, ...],
        size: int,
    ) -> OnnxValue:
        kernel = call.weights[f"{name}/kernel"].shape
        lead = x.type.shape[:2]
        flat = TensorType("float32", (*lead, kernel[1] * kernel[2]))
        y = _affine(g, call, name, x, kernel[0], flat)
        split = TensorType("float32", (*lead, *groups, size))
        return g.node(
            "Reshape", y, g.const([0, 0, *groups, size], "int64"), type=split, first=False
        )

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        arguments = keras_arguments(self, keras)
        del arguments["use_causal_mask"]
        return getattr(keras.layers, type(self).__name__)(name=name, **arguments)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        named = self.by_name(inputs)
        query, value, key = sources(named)
        masks = {name: x for name, x in named.items() if name.endswith("_mask")}
        return layer(query, value, key, use_causal_mask=self.use_causal_mask, **masks)


def _affine(
    g: OnnxGraph, call: OnnxCall, name: str, x: OnnxValue, features: int, type: TensorType
) -> OnnxValue:
    units = type.shape[-1]
    assert isinstance(units, int)
    kernel = call.weights[f"{name}/kernel"].reshape(features, units)
    y = g.node("MatMul", x, g.weight(kernel, f"{name}/kernel"), type=type, first=False)
    bias = call.weights.get(f"{name}/bias")
    return y if bias is None else g.node("Add", y, g.weight(bias.reshape(units), f"{name}/bias"))


def _transpose(g: OnnxGraph, x: OnnxValue, axes: tuple[int, ...]) -> OnnxValue:
    type = TensorType(x.type.dtype, tuple(x.type.shape[axis] for axis in axes))
    return g.node("Transpose", x, type=type, first=False, perm=axes)
