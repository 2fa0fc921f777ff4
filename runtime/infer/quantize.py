"""Makes an int8 model of an ONNX model: onnxruntime's static quantizer, and files to calibrate on.

Activations become uint8 by the ranges that the files show, weights int8 by channel. The pairs of
QuantizeLinear and DequantizeLinear stay in the model, so that any runtime can read it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.ops.base.backend import Array
from ..errors import UserError, unreadable
from ..files.passed_over import passed_over
from ..files.tensors import TensorSpec
from ..files.write import replacing
from .inputs import ARRAYS, read_inputs
from .preprocess import model_preprocessing
from .session import Session

BATCH = 8
"""How many pictures go through the model at a time, where it leaves that open."""

INT8 = (
    *("Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Relu", "Clip", "Concat"),
    *("MaxPool", "AveragePool", "GlobalAveragePool", "Pad", "Resize", "Slice", "Split"),
    *("Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"),
)
"""ONNX operators that compute in integers. Others stay in float, normalizations and softmax among
them: 256 values are too few for what they take or make."""

MANY = 1 << 31
"""Models from this size on are refused: onnxruntime's quantizer reads a file as one message."""


def calibration_files(folder: Path) -> tuple[Path, ...]:
    """The pictures and arrays of a folder, by name. Raises UserError where there are none."""
    from ..files.pictures import ENDINGS

    if not folder.exists():
        raise UserError(f"{folder}: there is no such folder of files to calibrate on")
    if not folder.is_dir():
        raise UserError(f"{folder}: is not a folder; --calibrate takes a folder of files")
    try:
        found = sorted(
            path for path in folder.iterdir() if path.is_file() and not passed_over(path.name)
        )
    except OSError as error:
        raise unreadable(folder, error) from error
    kept = tuple(path for path in found if path.suffix.lower() in (*ENDINGS, *ARRAYS))
    if not kept:
        raise UserError(f"{folder}: holds no pictures and no .npy or .npz files to calibrate on")
    return kept


def quantize_int8(model: Path, out: Path, files: Sequence[Path]) -> int:
    """Writes the int8 form of the ONNX file `model` to `out`, whole or not at all.

    Each operator's range is what it makes of the files; the more they are like what the model
    will see, the less is lost. Returns how many samples there were. Raises UserError for a file
    that does not fit the model's inputs, and where nothing in the model can be quantized.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    if model.stat().st_size >= MANY or model.with_name(f"{model.name}.data").exists():
        raise UserError(f"{out}: a model of 2 GB or more cannot be quantized")
    session = Session(model)
    made = model_preprocessing(session)

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Hands the samples over, one batch at a time."""

        def __init__(self) -> None:
            self.samples = 0
            self.batches = _batches(files, session.inputs, made)

        def get_next(self) -> Mapping[str, Array] | None:
            """The next batch, or None at the end."""
            arrays, count = next(self.batches, ({}, 0))
            self.samples += count
            return arrays or None

    reader = Reader()
    with replacing(out) as temporary, _quiet():
        try:
            quantize_static(
                model,
                temporary,
                reader,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                op_types_to_quantize=list(INT8),
            )
        except UserError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise UserError(f"{out}: onnxruntime cannot quantize the model: {reason}") from error
        if b"QuantizeLinear" not in temporary.read_bytes():
            raise UserError(f"{out}: the model has nothing that can be quantized")
        _keep_metadata(temporary, session.metadata)
    return reader.samples


def _batches(
    files: Sequence[Path], inputs: Sequence[TensorSpec], made: Preprocessing | None
) -> Iterator[tuple[Mapping[str, Array], int]]:
    """The files as batches of the model's inputs, each with how many samples it holds."""
    for part in _parts(files, inputs):
        for batch in read_inputs(part, inputs, made):
            yield batch.arrays, len(batch.files)


def _parts(files: Sequence[Path], inputs: Sequence[TensorSpec]) -> Iterator[Sequence[Path]]:
    if all(path.suffix.lower() == ".npz" for path in files):
        yield from ([path] for path in files)
    elif len(inputs) == 1 and inputs[0].rank and inputs[0].shape[0] is not None:
        whole = max(1, inputs[0].shape[0]) * BATCH
        yield from (files[at : at + whole] for at in range(0, len(files), whole))
    else:
        yield from (files[at : at + BATCH] for at in range(0, len(files), BATCH))


def _keep_metadata(path: Path, metadata: Mapping[str, str]) -> None:
    """Puts the metadata of the model it was made of into the new one, class names among it."""
    import onnx
    from onnx import helper

    model = onnx.load(path)
    helper.set_model_props(model, dict(metadata))
    onnx.save(model, path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the quantizer's advice on preprocessing, which netc's passes have done, to itself."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
