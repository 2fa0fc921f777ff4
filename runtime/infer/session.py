"""Runs an ONNX model; every refusal is one line that names both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ..errors import UserError, last_words, require_file
from ..files.tensors import TensorSpec
from .engine import Engine, Runner

if TYPE_CHECKING:
    from ...compiler.lower.onnx.lower import LoweredOnnx

INLINE = 1 << 10
"""Tensors up to this many bytes stay in the model: shape inference reads axes and shapes."""


ONNXRUNTIME = Engine()


class Session:
    """A loaded model: its inputs and outputs, its metadata, and `run`."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    metadata: Mapping[str, str]

    def __init__(self, model: bytes | Path, engine: Engine = ONNXRUNTIME) -> None:
        """Loads a model from memory or a file. Raises UserError where it is not a model."""
        if isinstance(model, Path):
            require_file(model, "a model")
        self._take(engine.open(model))

    def _take(self, runner: Runner) -> None:
        self._runner = runner
        self.inputs, self.outputs, self.metadata = runner.inputs, runner.outputs, runner.metadata

    @classmethod
    def from_checked(
        cls,
        checked: CheckedGraph,
        source: WeightSource,
        metadata: Mapping[str, str] | None = None,
        engine: Engine = ONNXRUNTIME,
    ) -> Session:
        """Lowers a net in memory and loads it; weights are handed over, not written out.

        Raises Refusal where a layer has no ONNX lowering, UserError where a weight cannot be read.
        """
        from ...compiler.lower.onnx.compile import compile_onnx

        lowered = compile_onnx(checked, source, metadata=metadata)
        return cls.from_lowered(lowered, f"the net `{checked.name}`", engine)

    @classmethod
    def from_lowered(
        cls, lowered: LoweredOnnx, shown: str, engine: Engine = ONNXRUNTIME
    ) -> Session:
        """Loads a lowered model from memory; `shown` is what messages call it.

        Raises UserError where the engine refuses it.
        """
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        from ...compiler.lower.onnx.declared import as_array

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
        try:
            session._take(engine.open(model.SerializeToString(), large))
        except UserError as error:
            raise UserError(str(error).replace("the model", shown, 1)) from error
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
            made = self._runner.run(inputs)
        except Exception as error:
            given = ", ".join(f"`{name}` {_shown(array)}" for name, array in inputs.items())
            raise UserError(f"the model cannot run on {given}: {last_words(error)}") from error
        return {spec.name: value for spec, value in zip(self.outputs, made, strict=True)}


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


def _listed(specs: tuple[TensorSpec, ...]) -> str:
    return ", ".join(f"`{spec.name}` {spec}" for spec in specs) or "none"


def _shown(array: Array) -> str:
    return f"{array.dtype}[{', '.join(map(str, array.shape))}]"
