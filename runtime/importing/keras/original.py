"""Runs a model in Keras, for the proof."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ....compiler.ops.base.backend import Array
from ...errors import last_words
from ..prove import CannotRun
from .read import KerasFile
from .trusted import trusted
from .walked import Walked


class KerasOriginal:
    """The model of a file. Its classes and functions were found to be Keras's before."""

    def __init__(self, file: KerasFile, walked: Walked) -> None:
        self.file, self.walked, self.ran = file, walked, False

    @property
    def path(self) -> Path:
        """The file."""
        return self.file.path

    @cached_property
    def _made(self) -> Any:
        try:
            import keras
        except ImportError:
            raise CannotRun(
                f"{self.path}: the proof runs the model in Keras: pip install 'netc[train]'"
            ) from None
        try:
            made = keras.models.model_from_json(json.dumps(trusted(self.file.config, keras)))
            made.load_weights(str(self.path))
        except Exception:  # of whatever class; most files of Keras 2 are no longer loaded whole
            return None
        return made

    @cached_property
    def _whole(self) -> Any:
        return self._part(self._made.outputs)

    def run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs in their order."""
        if self._made is not None:
            return self._run(self._whole, inputs)
        try:
            outputs = self.walked.run(inputs)
        except Exception as error:
            if self.ran:
                raise
            raise CannotRun(f"{self.path}: Keras cannot run it: {last_words(error)}") from error
        self.ran = True
        return outputs

    def inside(self, names: Sequence[str], inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """What layers give, by their names and, behind `:`, the number of the call."""
        if self._made is None:
            return self.walked.inside(names, inputs)
        tensors: dict[str, Any] = {}
        for name in names:
            layer, _, number = name.partition(":")
            try:
                node = self._made.get_layer(layer)._inbound_nodes[int(number or 0)]
            except (ValueError, LookupError):
                continue
            tensors[name] = node.outputs[0]
        part = self._part(list(tensors.values()))
        return dict(zip(tensors, self._run(part, inputs), strict=True))

    def _part(self, outputs: Sequence[Any]) -> Any:
        """The model with some outputs, inputs and outputs as lists."""
        import keras

        return keras.Model(list(self._made.inputs), list(outputs))

    def _run(self, model: Any, inputs: Mapping[str, Array]) -> Sequence[Array]:
        made = model.predict_on_batch(list(inputs.values()))
        return list(made) if isinstance(made, list | tuple) else [made]
