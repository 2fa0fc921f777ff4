"""The layer `Activation(relu)`."""

from __future__ import annotations

from ..base.kinds import arg
from ..base.op import Op, example, op
from . import activations


@op
class Activation(Op):
    """The activation of that name: `Activation(relu)` is `ReLU()`."""

    activation: activations.Activation = arg(activations.ANY_ACTIVATION, doc="an activation's name")

    examples = (
        example(("N", 5), activation="tanh"),
        example(("N", 4, 3), activation="leaky_relu"),
    )

    def stands_for(self) -> Op:
        """The layer that is used in its place."""
        return self.activation
