"""The base of every operator: signature, rules, weights, cost and both lowerings in one class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Self, TypeVar

from ....dsl.diagnostics.codes import Code
from ....dsl.record import record
from ...shapes.dims import Dim, Shape, Sym, dim_prod, names
from ...shapes.types import DTYPES, FLOATS, INTS, TensorType, show_shape
from .backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from .declare import Argument as Argument
from .declare import Refusal as Refusal
from .declare import arguments as arguments
from .declare import construct as construct
from .declare import keras_arguments as keras_arguments
from .declare import keras_value as keras_value
from .declare import op as op
from .initializers import Initializer
from .regularizers import Regularizer

T = TypeVar("T")


@record
class Weight:
    """A variable of a layer, in Keras's name and shape."""

    name: str
    shape: tuple[int, ...]
    initializer: Initializer
    trainable: bool = True
    regularizer: Regularizer | None = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        self.initializer.check(self.name, self.shape)

    @property
    def size(self) -> int:
        result = 1
        for dim in self.shape:
            result *= dim
        return result


@record
class Window:
    """How far an output looks along each spatial axis, for the receptive field.

    `scale` above 1 says that the operator enlarges its input by that factor.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    scale: tuple[int, ...] = ()


POINT = Window((), (), ())
"""An output position depends on the same input position alone."""


@record
class Input:
    """An example input: a shape (strings are symbols), a dtype, and the range of its values."""

    shape: tuple[int | str, ...]
    dtype: str = "float32"
    low: float = -2.0
    high: float = 2.0


@record
class Example:
    """Arguments as written in a `.net` file, and the inputs to try them on."""

    args: Mapping[str, object]
    inputs: tuple[Input, ...]
    tensors: tuple[str, ...] = ()

    def giving(self, *tensors: str) -> Example:
        """The example with its inputs named, where they are not the operator's first tensors."""
        return replace(self, tensors=tensors)


def example(*inputs: tuple[int | str, ...] | Input, **args: object) -> Example:
    """An example for the contract test: shapes (or `Input`s), then the layer's arguments."""
    return Example(args, tuple(i if isinstance(i, Input) else Input(i) for i in inputs))


class Op:
    """An operator. Subclasses are declared with `@op` and one `arg(...)` an argument."""

    __slots__ = ()

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """The least and the largest number of tensors it takes (None: any number)."""
    tensor_names: ClassVar[tuple[str, ...]] = ()
    """The names a call can give its tensors by, in order; those past the least number of `arity`
    can be left out. Such an operator has a field `given: tuple[str, ...] = ()`."""
    given: tuple[str, ...] = ()
    """Which of `tensor_names` a call gives, where those are not the first ones."""
    rank: ClassVar[int | tuple[int, int] | None] = None
    """The rank its inputs must have, or the least and largest one."""
    axes: ClassVar[str] = ""
    """What the axes of an input mean, for messages: `[batch, height, width, channels]`."""
    dtypes: ClassVar[tuple[str, ...]] = FLOATS
    """The dtypes it takes."""
    keras_floats: ClassVar[tuple[str, ...]] = FLOATS
    """The float dtypes that Keras can compute it in; the others become float32 there."""
    examples: ClassVar[tuple[Example, ...]] = ()
    takes_mask: ClassVar[bool] = False
    """Whether a last tensor of bools says which steps count. The mask that the first tensor
    carries is given to it without being written."""
    keeps_mask: ClassVar[bool] = False
    """Whether its output carries the mask of its first input on, as Keras's layer does."""
    joins_masks: ClassVar[bool] = False
    """Whether a step of its output counts where that of any input does."""
    fills_masked: ClassVar[bool] = False
    """Whether it is given the masks of all its tensors, to fill the steps that do not count."""
    moving: ClassVar[bool] = False
    """Whether training changes it beyond what its gradients do, unless it is frozen: batch
    normalization takes the statistics of the batch, and keeps their running means."""
    masked: tuple[int, ...] = ()
    """Which of its tensors have a mask among those behind them, where `fills_masked`."""
    hidden: ClassVar[bool] = False
    """Whether it is reached by syntax (`x[:, 0]`) and not by name."""

    @property
    def any_order(self) -> bool:
        """Whether its tensors can be given in any order: `a + b` is `b + a`."""
        return False

    @property
    def name(self) -> str:
        """What the operator is called in tables and messages."""
        return type(self).__name__

    def names_of_tensors(self) -> tuple[str, ...]:
        """The names that a call can give its tensors by, in order."""
        return self.tensor_names

    def with_tensors(self, names: tuple[str, ...]) -> Self:
        """The operator for a call that gives these of its tensors, in this order."""
        return replace(self, given=names)  # type: ignore[type-var]

    def with_masks(self, masked: tuple[int, ...]) -> Self:
        """The operator for a call in which these of its tensors have masks behind them."""
        return replace(self, masked=masked)  # type: ignore[type-var]

    def unmasked(self, items: Sequence[T]) -> Sequence[T]:
        """What there is for each tensor of a call, without what there is for the masks behind."""
        return items[: len(items) - len(self.masked)]

    def by_name(self, items: Sequence[T]) -> dict[str, T]:
        """What there is for each tensor of a call (a type, a value), by the tensor's name."""
        return dict(zip(self.given or self.tensor_names, items, strict=False))

    def validate(self) -> None:
        """Raises Refusal where the arguments contradict one another."""

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        """Raises Refusal for a wrong number of tensors, a wrong rank or a wrong dtype."""
        least, most = self.arity
        missing = [
            name for name in self.tensor_names[:least] if self.given and name not in self.given
        ]
        if missing:
            raise Refusal(
                Code.INPUT_COUNT,
                f"`{self.name}` needs the tensor `{missing[0]}`",
                help="give it in front of the others, without a name",
            )
        if len(inputs) < least or (most is not None and len(inputs) > most):
            raise Refusal(
                Code.INPUT_COUNT,
                f"`{self.name}` takes {_count(least, most)}, got {len(inputs)}",
                help="it takes one: `-> Concatenate` before it joins several"
                if most == 1 < len(inputs)
                else "",
            )
        ranks = self.rank
        for index, x in enumerate(inputs):
            if ranks is not None:
                low, high = ranks if isinstance(ranks, tuple) else (ranks, ranks)
                if not low <= len(x.shape) <= high:
                    wanted = str(low) if low == high else f"{low} to {high}"
                    axes = f" {type(self).axes}" if type(self).axes else ""
                    raise Refusal(
                        Code.RANK,
                        f"`{self.name}` needs a tensor of rank {wanted}{axes}, "
                        f"got rank {x.rank} {show_shape(x.shape)}",
                        inputs=[index],
                        help=self.rank_help(x),
                    )
            if x.dtype not in self.dtypes:
                raise Refusal(
                    Code.DTYPE,
                    f"`{self.name}` takes {_dtypes(self.dtypes)}, got {x.dtype}",
                    inputs=[index],
                    help=_dtype_help(x.dtype, self.dtypes),
                )

    def rank_help(self, x: TensorType) -> str:
        """One way to bring a tensor to the rank this operator needs."""
        return ""

    def mask_maker(self) -> Op | None:
        """What makes, of the same inputs, a mask that its output carries."""
        return None

    def in_training(self) -> str:
        """What it does in training alone, said after its name: `draws anew in each step`.

        Empty where it makes the same of a tensor, unless its weights change. Of a layer around
        another one, what that one does is not said.
        """
        return ""

    def masked_outputs(self) -> int:
        """How many outputs, from the first, carry the mask of its inputs on."""
        return int(self.keeps_mask)

    def refuses_mask(self) -> str:
        """Why it cannot get a tensor that carries a mask; nothing where it can."""
        return ""

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        """The types of the outputs. Raises Refusal where the inputs do not fit."""
        return (TensorType(inputs[0].dtype, self.shape(*[x.shape for x in inputs])),)

    def shape(self, *shapes: Shape) -> Shape:
        """The shape of the single output; by default that of the first input."""
        return shapes[0]

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        """The variables it owns, in Keras's order, names and shapes."""
        return ()

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        """Multiply-accumulates of one forward pass (inference)."""
        return 0

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        """Floating point operations of one forward pass: twice the macs unless said otherwise."""
        return 2 * self.macs(inputs, outputs)

    def window(self, *inputs: TensorType) -> Window | None:
        """What one output position sees; None: the whole input."""
        return POINT

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue | Sequence[OnnxValue]:
        """Adds the operator to an ONNX graph and returns its output(s), in any layout."""
        raise NotImplementedError(f"{self.name} has no ONNX lowering")

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        """The Keras layer, named; None where it is not a layer but a function of `keras.ops`.

        By default the class of `keras.layers` of the same name with the same arguments.
        """
        return getattr(keras.layers, type(self).__name__)(name=name, **keras_arguments(self, keras))

    def keras_form(self, inputs: Sequence[TensorType]) -> str:
        """Which of several Keras layers `keras_layer_for` gives for tensors of some types."""
        return ""

    def keras_layer_for(
        self, keras: KerasModule, name: str, inputs: Sequence[TensorType]
    ) -> KerasLayer | None:
        """The Keras layer for tensors of some types, where these say which layer it is."""
        return self.keras_layer(keras, name)

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        """Applies the layer to its tensors."""
        assert layer is not None
        return layer(*inputs)

    def calls_layer_alone(self) -> bool:
        """Whether `keras_call` does no more than call the layer, so that another can hold it."""
        return type(self).keras_call is Op.keras_call


def known(dim: Dim, who: str, what: str, index: int = 0) -> int:
    """The dim as a number. Raises Refusal where it is symbolic."""
    if isinstance(dim, Sym):
        raise Refusal(
            Code.SHAPE,
            f"`{who}` needs to know {what}, but it is `{dim}`",
            inputs=[index],
            help=f"give {' and '.join(f'`{n}`' for n in sorted(names(dim)))} a number "
            "in the net's signature",
        )
    return dim


def elements(x: TensorType) -> Dim:
    """The number of elements of a tensor."""
    return dim_prod(x.shape)


def _count(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least} tensor{'s' * (least != 1)}"
    if least == most:
        return "one tensor" if least == 1 else f"{least} tensors"
    return f"{least} to {most} tensors"


def _dtypes(dtypes: Sequence[str]) -> str:
    if tuple(dtypes) == FLOATS:
        return "a float tensor"
    if tuple(dtypes) == INTS:
        return "an int tensor"
    return " or ".join(dtypes)


def _dtype_help(dtype: str, wanted: Sequence[str]) -> str:
    if tuple(wanted) == FLOATS and dtype in INTS:
        return "`-> Rescaling(1)` turns integers into float32; `-> Embedding(…)` looks them up"
    if tuple(wanted) == INTS and dtype in FLOATS:
        return "declare the net's input as int32"
    return ""


ANY = DTYPES
