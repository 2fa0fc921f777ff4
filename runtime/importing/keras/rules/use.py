"""One call of a layer, and what most rules make of it: the layer of the same name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .....compiler.ops.base.declare import arguments
from .....compiler.ops.table import ACTIVATION_LAYERS
from ....errors import UserError
from ....weights.keras_model import Call, Layer
from ...steps import Argument, Value
from ..arguments import activation, arguments_of, kind_of
from ..making import Making, outputs_of


@dataclass(frozen=True)
class Use:
    """A call of a layer: its tensors are `inputs`, masks and what has a name are in `call`."""

    making: Making
    layer: Layer
    path: str
    inputs: Sequence[Value]
    call: Call

    @property
    def who(self) -> str:
        """The layer, as messages name it."""
        return f"the layer `{self.path}`"

    @property
    def kind(self) -> str:
        """Its class, by netc's name."""
        return kind_of(self.layer.kind)

    def configured(self, config: Mapping[str, object]) -> Use:
        """The call of a layer with another configuration."""
        return replace(self, layer=replace(self.layer, config=config))

    def arguments(self, kind: str, config: Mapping[str, object]) -> dict[str, Argument]:
        """A configuration as the arguments of one of netc's layers. Raises UserError."""
        return arguments_of(kind, config, self.who, self.making.notes.dropped)

    def made(
        self, kind: str, inputs: Sequence[Value], given: Mapping[str, Argument] | None = None
    ) -> Value:
        """A layer of netc's, with the weights that the file has for this one. Raises UserError."""
        return self.making.layer(kind, inputs, given or {}, self.path)

    def activated(self, x: Value) -> Value:
        """The tensor behind the activation of the configuration. Raises UserError."""
        given = self.layer.config.get("activation")
        word = activation(given, self.who, self.making.notes.dropped)
        if word is None:
            return x
        op = ACTIVATION_LAYERS[word] if isinstance(word, str) else word
        unlike = {
            name: getattr(op, name)
            for name, argument in arguments(type(op)).items()
            if argument.required or getattr(op, name) != argument.default
        }
        return self.made(type(op).__name__, [x], unlike)

    def only(self, *names: str) -> None:
        """Raises UserError where the call has an argument besides some that are known."""
        for name, value in self.call.kwargs.items():
            if name not in (*names, "training") and value not in (None, False, []):
                raise UserError(f"{self.who} is called with `{name}`, which netc does not have")


Rule: TypeAlias = Callable[[Use], list[Value]]
"""The results of a call. Raises UserError."""


def same(use: Use) -> list[Value]:
    """The layer of the same name."""
    use.only("inputs", "sequences", "sequence", "initial_state")
    return outputs_of(use.made(use.kind, use.inputs, use.arguments(use.kind, use.layer.config)))
