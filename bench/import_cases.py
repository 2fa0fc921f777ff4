"""Imports ONNX's own node cases, and says how many agree: the table of docs/results.md.

    python bench/import_cases.py            # all, in some minutes
    python bench/import_cases.py --write    # the same, and puts the table into docs/results.md
    python bench/import_cases.py test_lrn   # some, with the text that came of them

A case is a model of one operator, or of the nodes that ONNX defines it by, with inputs and outputs.
Taken are those that read or give float32, and tensors alone. The first input of floats stays one,
and the others are the numbers of the case, as kernels, shapes and axes are in models; where that
is refused, all stay inputs. Quantized ones are imported with --dequantize. A case agrees if netc's
proof does.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from netc.runtime.errors import UserError
from netc.runtime.importing.road import ImportedNet, import_onnx
from onnx import TensorProto, numpy_helper
from tables import line, put

CLASSES = {
    r"exists from opset|has no attribute|takes .* tensors, got": "of an opset after 23",
    r"cannot tell|does not take": "sizes that only the data decide, or that ONNX cannot tell",
    r"number of a dtype|no tensor of known rank|a type that netc has not|netc's dtypes": "of types "
    "that netc has not (float8, int4, …)",
    r"depends on no input|has no inputs": "gives back what is known before it runs",
    r"run several times|no such branches": "loops, and branches that the data decide",
    r"no elements|0 long|is less than 1|signature says `0`": "axes without elements",
    r"does not run|at none of the sizes|onnxruntime refuses|no kernel|find an implementation|"
    r"cannot run on|cannot be loaded": "onnxruntime does not run it",
    r"quantized|a scale or zero point|of an input's axis": "quantized in blocks, or with scales "
    "that are computed",
    r"differs at": "draws random numbers, or differs",
}
"""Reasons by what the message says; the first that fits."""
CONSTANT = r"cannot tell|is computed"
"""What is said of inputs that are computed and have to be numbers."""
HEAD = ("| ONNX's node cases | count |", "|---|--:|")


def main() -> int:
    """Imports the cases; the exit status is 0 whatever they come to."""
    parser = argparse.ArgumentParser(description="Imports ONNX's own node cases.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="what names of cases begin with")
    parser.add_argument("--write", action="store_true", help="put the table into docs/results.md")
    given = parser.parse_args()
    if given.write and given.names:
        parser.error("--write is for all cases")
    taken = [c for c in cases() if not given.names or c.name.startswith(tuple(given.names))]
    agreed, raw, reasons = 0, 0, Counter[str]()
    for case in taken:
        made, why = tried(case)
        if made is not None:
            agreed += 1
            raw += bool(made.raw)
            if given.names:
                print(f"{case.name}\n{made.text}")
            continue
        reason = next((said for form, said in CLASSES.items() if re.search(form, why)), "others")
        reasons[reason] += 1
        if given.names or reason in ("others", "draws random numbers, or differs"):
            print(f"{case.name}: {why}", flush=True)
    counts = [("float cases", len(taken)), ("imported and equal", agreed)]
    counts.append(("… of them with an operator as ONNX has it", raw))
    counts += [(f"refused: {reason}", count) for reason, count in reasons.most_common()]
    rows = [line(name, f"{count:,}") for name, count in counts]
    print("\n".join([*HEAD, *rows]))
    if given.write:
        put(HEAD, rows)
    return 0


def cases() -> Sequence[Any]:
    """The cases of tensors that read or give float32, by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        found = collect_testcases(None)
    taken = {}
    for case in found:
        graph = case.model.graph
        values = [*graph.input, *graph.output]
        kinds = {value.type.tensor_type.elem_type for value in values}
        tensors = all(value.type.HasField("tensor_type") for value in values)
        own = all(o.domain in ("", "ai.onnx") for o in case.model.opset_import)
        if tensors and own and TensorProto.FLOAT in kinds:
            taken[case.name] = case
    return [taken[name] for name in sorted(taken)]


def tried(case: Any) -> tuple[ImportedNet | None, str]:
    """The net of a case, or why there is none."""
    inputs = case.model.graph.input
    held = frozen(case.model, case.data_sets[0][0]) if inputs else case.model
    made, why = imported(held)
    if made is None and len(inputs) > 1:
        made, again = imported(case.model)
        why = why if re.search(CONSTANT, again) else again
    if "--dequantize" in why:
        quantized = frozen(case.model, case.data_sets[0][0], kept=0)
        made, why = imported(quantized, dequantize=True)
    return made, why


def imported(model: onnx.ModelProto, dequantize: bool = False) -> tuple[ImportedNet | None, str]:
    """The net of a model if it is equal, or why not."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "case.onnx")
        path.write_bytes(model.SerializeToString())
        try:
            made = import_onnx(path, dequantize)
        except UserError as error:
            return None, str(error).replace(f"{path}: ", "")
    if not made.proof.equal:
        return None, f"differs at {made.proof.first} by {made.proof.largest:.1e}"
    return made, ""


def frozen(model: onnx.ModelProto, data: Sequence[Any], kept: int | None = None) -> onnx.ModelProto:
    """The model with all inputs but one as the numbers of the case: the first of floats."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    floats = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
    inputs = list(made.graph.input)
    first = next(
        (at for at, item in enumerate(inputs) if item.type.tensor_type.elem_type in floats), 0
    )
    kept = first if kept is None else kept
    del made.graph.input[:]
    made.graph.input.append(inputs[kept])
    for at, (item, value) in enumerate(zip(inputs, data, strict=True)):
        if at == kept:
            continue
        tensor = TensorProto()
        tensor.CopyFrom(
            value
            if isinstance(value, TensorProto)
            else numpy_helper.from_array(np.asarray(value), item.name)
        )
        tensor.name = item.name
        made.graph.initializer.append(tensor)
    return made


if __name__ == "__main__":
    sys.exit(main())
