"""Runs an ONNX model with onnxruntime; every refusal is one line that names both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ..errors import UserError, require_file
from ..files.tensors import TensorSpec
from .ort_values import from_ort, to_ort

if TYPE_CHECKING:
    from ...compiler.lower.onnx.lower import LoweredOnnx

INLINE = 1 << 10
"""Tensors up to this many bytes stay in the model: shape inference reads axes and shapes."""

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


class Session:
    """A loaded model: its inputs and outputs, its metadata, and `run`."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    metadata: Mapping[str, str]

    def __init__(self, model: bytes | Path) -> None:
        """Loads a model from memory or a file. Raises UserError where it is not a model."""
        if isinstance(model, Path):
            require_file(model, "a model")
            self._open(str(model), str(model), {})
        else:
            self._open(model, "the model", {})

    def _open(self, model: bytes | str, shown: str, tensors: Mapping[str, Array]) -> None:
        import onnxruntime

        onnxruntime.set_default_logger_severity(SILENT)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = SILENT
        # The session reads these arrays in place for as long as it lives.
        self._kept = [onnxruntime.OrtValue.ortvalue_from_numpy(a) for a in tensors.values()]
        if tensors:
            options.add_external_initializers(list(tensors), self._kept)
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise UserError(f"{shown}: cannot be loaded as an ONNX model: {_reason(error)}") from (
                error
            )
        self.inputs = tuple(_spec(shown, item) for item in self._session.get_inputs())
        self.outputs = tuple(_spec(shown, item) for item in self._session.get_outputs())
        self.metadata = dict(self._session.get_modelmeta().custom_metadata_map)

    @classmethod
    def from_checked(
        cls,
        checked: CheckedGraph,
        source: WeightSource,
        metadata: Mapping[str, str] | None = None,
    ) -> Session:
        """Lowers a net in memory and loads it; weights are handed over, not written out.

        Raises Refusal where a layer has no ONNX lowering, UserError where a weight cannot be read.
        """
        from ...compiler.lower.onnx.compile import compile_onnx

        lowered = compile_onnx(checked, source, metadata=metadata)
        return cls.from_lowered(lowered, f"the net `{checked.name}`")

    @classmethod
    def from_lowered(cls, lowered: LoweredOnnx, shown: str) -> Session:
        """Loads a lowered model from memory; `shown` is what messages call it.

        Raises UserError where onnxruntime refuses it.
        """
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        from ...compiler.lower.onnx.builder import as_array

        model = onnx.ModelProto()
        model.CopyFrom(lowered.skeleton)
        large: dict[str, Array] = {}
        for item in lowered.initializers:
            array = np.asarray(as_array(item.tensor), order="C")
            if array.nbytes <= INLINE or item.tensor.dtype == "bfloat16":
                model.graph.initializer.append(numpy_helper.from_array(array, item.name))
                continue
            proto = model.graph.initializer.add(
                name=item.name,
                data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
                dims=array.shape,
                data_location=TensorProto.EXTERNAL,
            )
            place = (("location", "memory"), ("offset", "0"), ("length", str(array.nbytes)))
            for key, value in place:
                proto.external_data.add(key=key, value=value)
            large[item.name] = array
        session = cls.__new__(cls)
        session._open(model.SerializeToString(), shown, large)
        return session

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs by name. Raises UserError for a missing, unknown or unfitting input."""
        known = {spec.name: spec for spec in self.inputs}
        for name in inputs:
            if name not in known:
                raise UserError(f"the model has no input `{name}`; it takes {_listed(self.inputs)}")
        for spec in self.inputs:
            if spec.name not in inputs:
                raise UserError(f"the input `{spec.name}` {spec} is missing")
            array = inputs[spec.name]
            if array.dtype.name != spec.dtype or not spec.takes(array.shape):
                raise UserError(f"the input `{spec.name}` is {spec}, got {_shown(array)}")
        _check_sizes(self.inputs, inputs)
        try:
            made = self._computed(inputs)
        except Exception as error:
            given = ", ".join(f"`{name}` {_shown(array)}" for name, array in inputs.items())
            raise UserError(f"the model cannot run on {given}: {_reason(error)}") from error
        return {spec.name: value for spec, value in zip(self.outputs, made, strict=True)}

    def _computed(self, inputs: Mapping[str, Array]) -> list[Array]:
        if "bfloat16" not in {spec.dtype for spec in (*self.inputs, *self.outputs)}:
            return [np.asarray(value) for value in self._session.run(None, dict(inputs))]
        values = {name: to_ort(array) for name, array in inputs.items()}
        return [from_ort(value) for value in self._session.run_with_ort_values(None, values)]


def _check_sizes(specs: Sequence[TensorSpec], inputs: Mapping[str, Array]) -> None:
    """Raises UserError where two inputs give a size of one name two values."""
    seen: dict[str, tuple[TensorSpec, int]] = {}
    for spec in specs:
        for symbol, size in zip(spec.symbols, inputs[spec.name].shape, strict=False):
            if not symbol.isidentifier():
                continue
            first, known = seen.setdefault(symbol, (spec, size))
            if known != size:
                raise UserError(
                    f"`{symbol}` is {known} in the input `{first.name}` "
                    f"{_shown(inputs[first.name])} and {size} in `{spec.name}` "
                    f"{_shown(inputs[spec.name])}; it must be the same"
                )


def _spec(shown: str, item: Any) -> TensorSpec:
    kind = str(item.type)
    dtype = DTYPES.get(kind.removeprefix("tensor(").removesuffix(")"))
    if dtype is None:
        raise UserError(f"{shown}: `{item.name}` is a {kind}, which netc cannot run")
    shape = tuple(dim if isinstance(dim, int) and dim >= 0 else None for dim in item.shape)
    symbols = tuple(dim if isinstance(dim, str) else "" for dim in item.shape)
    return TensorSpec(item.name, dtype, shape, symbols)


def _listed(specs: tuple[TensorSpec, ...]) -> str:
    return ", ".join(f"`{spec.name}` {spec}" for spec in specs) or "none"


def _shown(array: Array) -> str:
    return f"{array.dtype}[{', '.join(map(str, array.shape))}]"


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text.rpartition("[ONNXRuntimeError] : ")[2].split(" : ", 2)[-1][:300]
