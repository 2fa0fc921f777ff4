"""Models in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError, last_words
from ..files.tensors import TensorSpec
from .ort_values import from_ort, to_ort

SILENT = 4
"""onnxruntime's severity above which it prints: only what ends the process."""

DTYPES = {
    "bfloat16": "bfloat16",
    "float16": "float16",
    "float": "float32",
    "double": "float64",
    "bool": "bool",
    **{f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
"""NumPy's dtypes by onnxruntime's names."""


class OnnxruntimeRunner:
    """A model that onnxruntime has loaded."""

    def __init__(
        self, model: bytes | Path, tensors: Mapping[str, Array], provider: str, threads: int
    ) -> None:
        """Loads it. Raises UserError where it is no model, or the provider cannot run it."""
        import onnxruntime

        shown = str(model) if isinstance(model, Path) else "the model"
        onnxruntime.set_default_logger_severity(SILENT)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = SILENT
        options.intra_op_num_threads = threads
        # The session reads these arrays in place for as long as it lives.
        self._kept = [onnxruntime.OrtValue.ortvalue_from_numpy(a) for a in tensors.values()]
        if tensors:
            options.add_external_initializers(list(tensors), self._kept)
        wanted = f"{provider or 'CPU'}ExecutionProvider"
        providers = list(dict.fromkeys((wanted, "CPUExecutionProvider")))
        source = str(model) if isinstance(model, Path) else model
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=providers)
        except Exception as error:
            raise UserError(
                f"{shown}: cannot be loaded as an ONNX model: {last_words(error)}"
            ) from error
        if self._session.get_providers()[0] != wanted:
            # onnxruntime goes on with the processor where a provider cannot start.
            raise UserError(f"{shown}: the provider `{provider}` is here but cannot start")
        self.inputs = tuple(_spec(shown, item) for item in self._session.get_inputs())
        self.outputs = tuple(_spec(shown, item) for item in self._session.get_outputs())
        self.metadata: Mapping[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """The outputs in order."""
        if "bfloat16" not in {spec.dtype for spec in (*self.inputs, *self.outputs)}:
            return [np.asarray(value) for value in self._session.run(None, dict(inputs))]
        values = {name: to_ort(array) for name, array in inputs.items()}
        return [from_ort(value) for value in self._session.run_with_ort_values(None, values)]


def _spec(shown: str, item: Any) -> TensorSpec:
    kind = str(item.type)
    dtype = DTYPES.get(kind.removeprefix("tensor(").removesuffix(")"))
    if dtype is None:
        raise UserError(f"{shown}: `{item.name}` is a {kind}, which netc cannot run")
    shape = tuple(dim if isinstance(dim, int) and dim >= 0 else None for dim in item.shape)
    symbols = tuple(dim if isinstance(dim, str) else "" for dim in item.shape)
    return TensorSpec(item.name, dtype, shape, symbols)
