"""Runs a model in onnxruntime without a copy of its weights: they are inputs, read in place.

onnxruntime copies what a model holds, and external tensors that it is handed; both sides of a
proof would be in memory several times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ops.base.backend import Array

if TYPE_CHECKING:
    import onnx

INLINE = 1 << 10
"""Tensors up to this many bytes stay in the model: shape inference reads axes and shapes."""
SILENT = 4
"""onnxruntime's severity above which it prints: only what ends the process."""


class LeanSession:
    """A model that onnxruntime has loaded."""

    def __init__(self, skeleton: onnx.ModelProto, tensors: Iterable[tuple[str, Array]]) -> None:
        """Loads a model that has no initializers yet. Raises what onnxruntime raises."""
        import onnx
        import onnxruntime as ort
        from onnx import helper, numpy_helper

        model = onnx.ModelProto()
        model.CopyFrom(skeleton)
        self._held: dict[str, Array] = {}
        for name, given in tensors:
            array = np.asarray(given, order="C")
            if array.nbytes <= INLINE or array.dtype.kind not in "fiub":
                model.graph.initializer.append(numpy_helper.from_array(array, name))
                continue
            kind = helper.np_dtype_to_tensor_dtype(array.dtype)
            item = helper.make_tensor_value_info(name, kind, array.shape)
            known = next((each for each in model.graph.input if each.name == name), None)
            if known is None:
                model.graph.input.append(item)
            self._held[name] = array
        options = ort.SessionOptions()
        options.log_severity_level = SILENT
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        # Threads that wait busily cost more than they save where runs are few.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the outputs."""
        return [output.name for output in self._session.get_outputs()]

    def run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs in order. Raises what onnxruntime raises."""
        made: list[Array] = self._session.run(None, {**self._held, **inputs})
        return made
