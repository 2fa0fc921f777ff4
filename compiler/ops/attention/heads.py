"""The base of attention with several heads: both lowerings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...shapes.types import TensorType
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.op import keras_arguments, known
from .attending import LOW, score_mask, sources, with_bias
from .composed import composed_heads, whole_bias
from .heads_base import HeadsBase


class Heads(HeadsBase):
    """Projects its tensors to heads, attends in each, and projects what they found back."""

    __slots__ = ()

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        named = self.by_name(call.inputs)
        query, value, key = (g.channels_last(x) for x in sources(named))
        many, few = self.heads
        wide, deep = self.sizes
        own, shared = ((many,), (few,)) if many == few else ((few, many // few), (few, 1))
        q = self._projected(g, call, "query", query, own, wide)
        k = self._projected(g, call, "key", key, shared, wide)
        v = self._projected(g, call, "value", value, shared, deep)
        if self.rope is not None:
            q, k = self.rope.turned(g, q), self.rope.turned(g, k)
        q = g.node("Mul", q, g.const(wide**-0.5))
        n = len(own)
        groups = tuple(range(2, 2 + n))
        q = _transpose(g, q, (0, *groups, 1, 2 + n))
        k = _transpose(g, k, (0, *groups, 2 + n, 1))
        v = _transpose(g, v, (0, *groups, 1, 2 + n))
        scores = TensorType("float32", (*q.type.shape[:-1], k.type.shape[-1]))
        p = with_bias(g, named, g.node("MatMul", q, k, type=scores))
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

    def _out(self, query: KerasTensor) -> int:
        return known(self.features(query.shape), self.name, "how many features `query` has")

    def is_stock(self, named: Mapping[str, KerasTensor | TensorType]) -> bool:
        """Whether Keras's own layer does it, for tensors of some shapes and dtypes."""
        mask = named.get("attention_mask")
        return self.rope is None and (mask is None or str(mask.dtype) == "bool")

    def keras_form(self, inputs: Sequence[TensorType]) -> str:
        return "stock" if self.is_stock(self.by_name(inputs)) else "composed"

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        arguments = keras_arguments(self, keras)
        del arguments["use_causal_mask"], arguments["rope"]
        return getattr(keras.layers, type(self).__name__)(name=name, **arguments)

    def keras_layer_for(
        self, keras: KerasModule, name: str, inputs: Sequence[TensorType]
    ) -> KerasLayer:
        if self.keras_form(inputs) == "stock":
            return self.keras_layer(keras, name)
        return composed_heads(self, keras, name, inputs)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        named = self.by_name(inputs)
        query, value, key = sources(named)
        if self.is_stock(named):
            masks = {name: x for name, x in named.items() if name.endswith("_mask")}
            return layer(query, value, key, use_causal_mask=self.use_causal_mask, **masks)
        bias = whole_bias(keras, named, LOW, self.use_causal_mask, self.sliding_window)
        y = layer([query, value, key, bias])
        length = query.shape[1]
        # EinsumDense gives a length that is known as one that is not.
        return y if length is None else keras.ops.reshape(y, (-1, length, self._out(query)))


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
