"""Tables of vectors beside plain Embedding: one that also works backwards, and learned tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape, Sym, dim_prod
from ...shapes.types import FLOATS, INTS, TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.initializers import INITIALIZER, Initializer, RandomUniform, zeros
from ..base.kinds import BOOL, FLOAT, POSITIVE, arg, at_least, optional
from ..base.op import Example, Input, Op, Refusal, Weight, elements, example, known, op
from ..base.regularizers import REGULARIZER, Regularizer
from ..core.embedding import Embedding
from .positions import widen


@op
class ReversibleEmbedding(Op):
    """Looks up a row of a table for every integer, and scores vectors against all rows.

    Integers are looked up as by Embedding. Floats `[…, output_dim]` are multiplied with the
    transposed table and give `[…, input_dim]`: `layer words = ReversibleEmbedding(…)`, used at
    both ends of a language model, has one table (Press and Wolf 2016). In Keras the second use
    says `reverse=True`.
    """

    input_dim: int = arg(POSITIVE, doc="how many rows: the greatest integer plus 1")
    output_dim: int = arg(POSITIVE, doc="how long a row is")
    tie_weights: bool = arg(BOOL, default=True, doc="whether both ways share one table")
    embeddings_initializer: Initializer = arg(
        INITIALIZER, default=RandomUniform(), doc="how the table starts"
    )
    embeddings_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the table"
    )
    logit_soft_cap: float | None = arg(
        optional(at_least(FLOAT, 1e-6, "a number above 0")),
        default=None,
        doc="keeps scores `s` within it: `cap * tanh(s / cap)`",
    )

    rank = (1, 7)
    dtypes: ClassVar[tuple[str, ...]] = (*INTS, "float32")
    examples: ClassVar[tuple[Example, ...]] = (
        example(Input(("N", "T"), "int32", high=7), input_dim=7, output_dim=3),
        example(("N", "T", 3), input_dim=7, output_dim=3),
        example(("N", 5, 3), input_dim=7, output_dim=3, logit_soft_cap=2),
        example(("N", 3), input_dim=4, output_dim=3),
        example(("N", "T", 3), input_dim=7, output_dim=3, tie_weights=False),
        example(Input(("N", 4), "int64", high=7), input_dim=7, output_dim=3, tie_weights=False),
    )

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        (x,) = inputs
        if x.dtype in INTS:
            return (TensorType("float32", (*x.shape, self.output_dim)),)
        if x.rank < 2 or not same(x.shape[-1], self.output_dim):
            raise Refusal(
                Code.SHAPE,
                f"`ReversibleEmbedding` scores vectors of {self.output_dim} features, "
                f"got {show_shape(x.shape)}",
                inputs=[0],
                help=f"`-> Dense({self.output_dim})` in front gives them",
            )
        return (TensorType("float32", (*x.shape[:-1], self.input_dim)),)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        start, penalty = self.embeddings_initializer, self.embeddings_regularizer
        shape = (self.input_dim, self.output_dim)
        table = Weight("embeddings", shape, start, regularizer=penalty)
        if self.tie_weights:
            return (table,)
        return (table, Weight("reverse_embeddings", shape[::-1], start))

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        return 0 if inputs[0].dtype in INTS else elements(inputs[0]) * self.input_dim

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        if call.x.type.dtype in INTS:
            return Embedding(self.input_dim, self.output_dim).onnx(g, call)
        x = g.channels_last(call.x)
        if self.tie_weights:
            y = self._against_rows(g, call, x, out)
        else:
            name = "reverse_embeddings"
            kernel = g.weight(call.weights[name], name)
            y = g.node("MatMul", x, kernel, type=out, first=False)
        if self.logit_soft_cap is not None:
            cap = g.const(self.logit_soft_cap)
            y = g.node("Mul", g.node("Tanh", g.node("Div", y, cap)), cap)
        return y

    def _against_rows(
        self, g: OnnxGraph, call: OnnxCall, x: OnnxValue, out: TensorType
    ) -> OnnxValue:
        # Gemm reads the table as it is; a Transpose would keep a second copy of it.
        rows = g.weight(call.weights["embeddings"], "embeddings")
        if x.rank == 2:
            return g.node("Gemm", x, rows, type=out, transB=1)
        count = dim_prod(out.shape[:-1])
        flat = TensorType("float32", (count, self.output_dim))
        x = g.node("Reshape", x, g.const([-1, self.output_dim], "int64"), type=flat, first=False)
        y = g.node("Gemm", x, rows, type=TensorType("float32", (count, self.input_dim)), transB=1)
        symbolic = [isinstance(dim, Sym) for dim in out.shape]
        if sum(symbolic) > 1:
            shape = g.shape(out.shape)
        else:
            shape = g.const([-1 if isinstance(dim, Sym) else dim for dim in out.shape], "int64")
        return g.node("Reshape", y, shape, type=out, first=False)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        (x,) = inputs
        return layer(x, reverse=True) if str(x.dtype) in FLOATS else layer(x)


@op
class ClassToken(Op):
    """Puts learned vectors in front of a sequence, as BERT and ViT do for what they classify by.

    Keras has no such layer; the Keras lowering is an Embedding of `count` rows and a Concatenate.
    """

    count: int = arg(POSITIVE, default=1, doc="how many vectors")
    initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how they start")

    rank = 3
    axes = "[batch, length, features]"
    dtypes: ClassVar[tuple[str, ...]] = ("float32",)
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", "T", 4)),
        example(("N", 5, 3), count=2, initializer="ones"),
        example((2, 1, 3), count=3),
    )

    def refuses_mask(self) -> str:
        return "puts steps in front that it does not speak of"

    def shape(self, *shapes: Shape) -> Shape:
        batch, length, features = shapes[0]
        return (batch, length + self.count, features)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        features = known(inputs[0].shape[-1], "ClassToken", "how many features come in")
        return (Weight("embeddings", (self.count, features), self.initializer),)

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        (out,) = call.outputs
        x = g.channels_last(call.x)
        table = call.weights["embeddings"]
        rows = g.weight(table.reshape(1, *table.shape), "embeddings")
        if out.shape[0] != 1:
            type = TensorType("float32", (out.shape[0], *table.shape))
            rows = g.node("Expand", rows, g.shape(type.shape), type=type, first=False)
        return g.node("Concat", rows, x, type=out, first=False, axis=1)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer:
        start = self.initializer.keras_object(keras)
        return keras.layers.Embedding(self.count, 1, embeddings_initializer=start, name=name)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        (x,) = inputs
        ops = keras.ops
        widen(layer, x.shape[-1])
        ones = ops.repeat(ops.ones_like(x[:, :1, 0], dtype="int32"), self.count, axis=1)
        rows = layer(ops.cumsum(ones, axis=1) - 1)
        return keras.layers.Concatenate(axis=1)([rows, x])
