"""Runs an ONNX file as it is, in onnxruntime, for the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ...compiler.ops.base.backend import Array
from ..errors import UserError, last_words
from .lean import LeanSession
from .read import OnnxFile


class OnnxOriginal:
    """An ONNX file that a net was made of."""

    def __init__(self, file: OnnxFile) -> None:
        self.file = file

    @property
    def path(self) -> Path:
        """The file."""
        return self.file.path

    @cached_property
    def _runner(self) -> LeanSession:
        return _session(self.file, ())

    def run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs in their order. Raises UserError where onnxruntime refuses the file."""
        return self._runner.run(inputs)

    def inside(self, names: Sequence[str], inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Some tensors inside it, and the outputs."""
        outputs = {output.name for output in self.file.model.graph.output}
        runner = _session(self.file, [name for name in names if name not in outputs])
        return dict(zip(runner.outputs, runner.run(inputs), strict=True))


def _session(file: OnnxFile, more: Sequence[str]) -> LeanSession:
    """The original in onnxruntime, with some tensors inside as further outputs."""
    import onnx

    model = onnx.ModelProto()
    model.CopyFrom(file.model)
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(n) for n in more)
    del model.graph.initializer[:]
    try:
        return LeanSession(model, file.arrays.items())
    except Exception as error:
        raise UserError(f"{file.path}: onnxruntime refuses it: {last_words(error)}") from error
