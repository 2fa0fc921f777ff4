"""Runs an ONNX file as it is, in onnxruntime, for the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from ...compiler.ops.base.backend import Array
from ..errors import UserError, last_words
from .read import OnnxFile


class _Named(Protocol):
    name: str


class _Runs(Protocol):
    """What is asked of a session of onnxruntime."""

    def run(self, names: None, inputs: Mapping[str, Array], /) -> list[Array]:
        """The outputs."""

    def get_outputs(self) -> Sequence[_Named]:
        """The names of the outputs."""


class OnnxOriginal:
    """An ONNX file that a net was made of."""

    def __init__(self, file: OnnxFile) -> None:
        self.file = file

    @property
    def path(self) -> Path:
        """The file."""
        return self.file.path

    @cached_property
    def _runner(self) -> _Runs:
        return _session(self.file, ())

    def run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs in their order. Raises UserError where onnxruntime refuses the file."""
        return self._runner.run(None, inputs)

    def inside(self, names: Sequence[str], inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Some tensors inside it, and the outputs."""
        outputs = {output.name for output in self.file.model.graph.output}
        runner = _session(self.file, [name for name in names if name not in outputs])
        found = runner.run(None, inputs)
        return dict(zip([output.name for output in runner.get_outputs()], found, strict=True))


def _session(file: OnnxFile, more: Sequence[str]) -> _Runs:
    """The original in onnxruntime, with some tensors inside as further outputs."""
    import onnx
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 4
    source: object = str(file.path)
    if more or file.changed:
        copy = onnx.ModelProto()
        copy.CopyFrom(file.model)
        copy.graph.output.extend(onnx.helper.make_empty_tensor_value_info(n) for n in more)
        onnx.external_data_helper.load_external_data_for_model(copy, str(file.path.parent))
        source = copy.SerializeToString()
    try:
        session: _Runs = ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise UserError(f"{file.path}: onnxruntime refuses it: {last_words(error)}") from error
    return session
