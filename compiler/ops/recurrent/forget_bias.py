"""The bias of an LSTM, whose forget gate starts open (Jozefowicz et al. 2015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base.initializers import INITIALIZER, Initializer
from ..base.kinds import BOOL, POSITIVE, arg
from ..base.op import op

if TYPE_CHECKING:
    from ..base.backend import Array


def forget_bias() -> bool:
    """The argument that says whether it does."""
    return arg(
        BOOL,
        default=True,
        doc="whether the forget gate's bias starts at 1",
        before="kernel_regularizer",
    )


@op
class ForgetBias(Initializer):
    """The bias of an LSTM whose forget gate, the second of four, starts open."""

    rest: Initializer = arg(INITIALIZER, doc="how the other gates start")
    units: int = arg(POSITIVE, doc="size of one gate")

    def check(self, weight: str, shape: tuple[int, ...]) -> None:
        self.rest.check(weight, shape)

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        parts = [
            self.rest.sample(np, rng, (self.units,)),
            np.ones((self.units,), np.float32),
            self.rest.sample(np, rng, (2 * self.units,)),
        ]
        array: Array = np.concatenate(parts)
        return array
