"""The base of all layers that go through a sequence: arguments, states, masks, Keras's call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.types import TensorType, show_shape
from ..activation.activations import ACTIVATION, ACTIVATIONS, Activation
from ..base.backend import KerasLayer, KerasModule, KerasTensor
from ..base.initializers import INITIALIZER, Initializer, Orthogonal, glorot_uniform, zeros
from ..base.kinds import BOOL, arg, optional
from ..base.masked import call_masked, check_mask, without_mask
from ..base.op import Op, Refusal, Weight, Window, op
from ..base.regularizers import REGULARIZER, Regularizer
from ..core.dropout import DRAWS, RATE

ORTHOGONAL = Orthogonal()
TANH, SIGMOID = ACTIVATIONS["tanh"], ACTIVATIONS["sigmoid"]


def gates() -> Activation | None:
    """The argument that says what the gates go through."""
    return arg(optional(ACTIVATION), default=SIGMOID, doc="of the gates", before="use_bias")


@op
class Stepping(Op):
    """A layer that goes through a sequence step by step and keeps a state.

    Tensors after the sequence are the states it starts from; without them they are zero. A last
    one of bools, `[batch, time]`, is a mask: steps where it is false change nothing.
    """

    activation: Activation | None = arg(optional(ACTIVATION), default=TANH, doc="of the new state")
    use_bias: bool = arg(BOOL, default=True, doc="whether to add a bias")
    kernel_initializer: Initializer = arg(
        INITIALIZER, default=glorot_uniform, doc="how the kernel starts"
    )
    recurrent_initializer: Initializer = arg(
        INITIALIZER, default=ORTHOGONAL, doc="how the recurrent kernel starts"
    )
    bias_initializer: Initializer = arg(INITIALIZER, default=zeros, doc="how the bias starts")
    kernel_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the kernel"
    )
    recurrent_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the recurrent kernel"
    )
    bias_regularizer: Regularizer | None = arg(
        optional(REGULARIZER), default=None, doc="penalty on the bias"
    )
    dropout: float = arg(RATE, default=0.0, doc="in training, the share of inputs that become 0")
    recurrent_dropout: float = arg(
        RATE, default=0.0, doc="in training, the share of the state that becomes 0"
    )
    return_sequences: bool = arg(BOOL, default=False, doc="whether to return every step")
    return_state: bool = arg(BOOL, default=False, doc="whether to return its last state as well")
    go_backwards: bool = arg(BOOL, default=False, doc="whether to begin at the end")

    state_names: ClassVar[tuple[str, ...]] = ("h",)
    """The states it keeps; the first is its output."""
    width: ClassVar[str]
    """The argument that says how wide its states are."""
    keras_name: ClassVar[str]
    """What Keras calls it inside a wrapper."""

    arity = (1, None)
    takes_mask = True

    def in_training(self) -> str:
        return DRAWS if self.dropout or self.recurrent_dropout else ""

    def state(self, x: TensorType) -> TensorType:
        """The type of each state for such a sequence."""
        raise NotImplementedError

    def masked_outputs(self) -> int:
        return int(self.return_sequences)

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs[:1])
        check_states(self.name, self.state_names, self.state(inputs[0]), inputs)

    def infer(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        batch, time, *_ = inputs[0].shape
        state = self.state(inputs[0])
        every = TensorType(state.dtype, (batch, time, *state.shape[1:]))
        y = every if self.return_sequences else state
        return (y, *([state] * len(self.state_names) if self.return_state else ()))

    def bias_start(self) -> Initializer:
        """How the bias starts."""
        return self.bias_initializer

    def variables(
        self, kernel: tuple[int, ...], recurrent: tuple[int, ...], bias: tuple[int, ...]
    ) -> tuple[Weight, ...]:
        """Its weights, of these shapes."""
        made = [
            Weight("kernel", kernel, self.kernel_initializer, regularizer=self.kernel_regularizer),
            Weight(
                "recurrent_kernel",
                recurrent,
                self.recurrent_initializer,
                regularizer=self.recurrent_regularizer,
            ),
        ]
        if self.use_bias:
            start, penalty = self.bias_start(), self.bias_regularizer
            made.append(Weight("bias", bias, start, regularizer=penalty))
        return tuple(made)

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        assert layer is not None
        states, _ = without_mask(inputs[1:], inputs[1:])
        more = {"initial_state": list(states)} if states else {}
        return call_masked(layer, inputs, **more)

    def calls_layer_alone(self) -> bool:
        return True


def check_states(
    who: str, names: Sequence[str], wanted: TensorType, inputs: Sequence[TensorType]
) -> None:
    """Raises Refusal unless the tensors after the sequence are all of its initial states."""
    x, *rest = inputs
    states, mask = without_mask(rest, rest)
    if states and len(states) != len(names):
        what = f"{len(names)} initial states" if len(names) > 1 else "one initial state"
        raise Refusal(
            Code.INPUT_COUNT,
            f"`{who}` takes a sequence, or a sequence and {what} ({', '.join(names)}), "
            f"got {len(inputs)} tensors",
        )
    if mask is not None:
        check_mask(who, x, rest)
    for index, state in enumerate(states, 1):
        if state.rank != wanted.rank or not all(map(same, state.shape, wanted.shape)):
            width = wanted.shape[-1]
            raise Refusal(
                Code.SHAPE,
                f"the initial state of `{who}` must be {show_shape(wanted.shape)}, "
                f"got {show_shape(state.shape)}",
                inputs=[index],
                help=f"`-> Dense({width})` makes a state of any vector" if wanted.rank == 2 else "",
            )
        if state.dtype != x.dtype:
            raise Refusal(
                Code.DTYPE,
                f"the initial state of `{who}` must be {x.dtype} as the sequence is, "
                f"got {state.dtype}",
                inputs=[index],
            )
