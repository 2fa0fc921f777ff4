"""Models in OpenVINO."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError, last_words, not_installed
from ..files.tensors import TensorSpec

DATA = "weights.bin"


class OpenvinoRunner:
    """A model that OpenVINO has loaded, on the processor."""

    def __init__(
        self, model: bytes | Path, tensors: Mapping[str, Array], precision: str, threads: int
    ) -> None:
        """Loads it; `precision` is `f32` or `bf16`.

        Raises UserError where OpenVINO is not installed or does not take the model.
        """
        try:
            import openvino
        except ImportError as error:
            raise UserError(not_installed("OpenVINO", "openvino")) from error
        shown = str(model) if isinstance(model, Path) else "the model"
        proto = _skeleton(shown, model)
        self.inputs = tuple(_spec(shown, value) for value in proto.graph.input)
        self.outputs = tuple(_spec(shown, value) for value in proto.graph.output)
        self.metadata: Mapping[str, str] = {
            entry.key: entry.value for entry in proto.metadata_props
        }
        settings: dict[str, object] = {"INFERENCE_PRECISION_HINT": precision}
        if threads:
            settings["INFERENCE_NUM_THREADS"] = threads
        core = openvino.Core()
        # The weights of a model in memory lie beside it only while it is read.
        core.set_property({"ENABLE_MMAP": False})
        try:
            with TemporaryDirectory(prefix="netc-") as folder:
                path = model if isinstance(model, Path) else _written(proto, tensors, folder)
                self._model = core.compile_model(core.read_model(str(path)), "CPU", settings)
        except Exception as error:
            raise UserError(f"{shown}: OpenVINO cannot load it: {last_words(error)}") from error

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """The outputs in order."""
        made = self._model({name: np.ascontiguousarray(a) for name, a in inputs.items()})
        return [np.array(made[index]) for index in range(len(self.outputs))]


def _skeleton(shown: str, model: bytes | Path) -> Any:
    """The model without the weights that lie beside it."""
    import onnx

    try:
        if isinstance(model, bytes):
            return onnx.load_from_string(model)
        return onnx.load(str(model), load_external_data=False)
    except Exception as error:
        raise UserError(
            f"{shown}: cannot be loaded as an ONNX model: {last_words(error)}"
        ) from error


def _written(proto: Any, tensors: Mapping[str, Array], folder: str) -> Path:
    """The model as a file whose external tensors are those given."""
    import onnx

    changed = onnx.ModelProto()
    changed.CopyFrom(proto)
    with Path(folder, DATA).open("wb") as data:
        for item in changed.graph.initializer:
            array = tensors.get(item.name)
            if array is None:
                continue
            del item.external_data[:]
            place = (("location", DATA), ("offset", data.tell()), ("length", array.nbytes))
            for key, value in place:
                item.external_data.add(key=key, value=str(value))
            data.write(np.ascontiguousarray(array).tobytes())
    path = Path(folder, "model.onnx")
    path.write_bytes(changed.SerializeToString())
    return path


def _spec(shown: str, value: Any) -> TensorSpec:
    from onnx import helper

    kind = value.type.tensor_type
    if not kind.elem_type:
        raise UserError(f"{shown}: `{value.name}` is not a tensor, which netc cannot run")
    dtype = helper.tensor_dtype_to_np_dtype(kind.elem_type).name
    if dtype == "bfloat16":
        raise UserError(f"{shown}: `{value.name}` is bfloat16, which OpenVINO does not take")
    dims = kind.shape.dim
    shape = tuple(dim.dim_value if dim.HasField("dim_value") else None for dim in dims)
    return TensorSpec(value.name, dtype, shape, tuple(dim.dim_param for dim in dims))
