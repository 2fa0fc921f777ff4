"""The running mean of the weights (`use_ema`): it is what is evaluated, compared and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from .keras_types import Optimizer, Variable


class Averages:
    """The means that an optimizer keeps of the weights it moves; of most optimizers none."""

    def __init__(self, optimizer: Optimizer, variables: Sequence[Variable]) -> None:
        self._optimizer, self._variables = optimizer, variables

    @property
    def kept(self) -> bool:
        """Whether there are any: before the first step they mean nothing."""
        return self._optimizer.use_ema and bool(np.asarray(self._optimizer.iterations) > 0)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Puts the means, where there are any, in the place of the weights for a while."""
        if not self.kept:
            yield
            return
        own = [np.array(variable) for variable in self._variables]
        self._optimizer.finalize_variable_values(self._variables)
        try:
            yield
        finally:
            for variable, value in zip(self._variables, own, strict=True):
                variable.assign(value)
