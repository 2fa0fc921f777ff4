"""`netc import`: a model of another tool becomes `.net` text and weights, proved equal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...dsl.text.escape import terminal
from ..errors import UserError
from ..files.write import check_writable, write_text
from .say import say

if TYPE_CHECKING:
    from ..importing.road import ImportedNet


KERAS = (".keras", ".h5", ".hdf5")
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".bin")
TENSORFLOW = "is a model of TensorFlow; tf2onnx makes an .onnx of it, which netc imports"
OTHERS = {
    **dict.fromkeys(
        PICKLES,
        "such files are pickles, which are programs and not models; export the model to ONNX",
    ),
    **dict.fromkeys((".tflite", ".pb"), TENSORFLOW),
    **dict.fromkeys(
        (".safetensors", ".npz"),
        "holds weights and no net; of Hugging Face, name the folder with its config.json",
    ),
    ".net": "is a net already",
}
"""What is said of files with other endings."""
SAVED_MODEL = "saved_model.pb"
"""The file in every folder of a SavedModel of TensorFlow."""


@click.command("import")
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "out", required=True, type=click.Path(path_type=Path), help="The .net file."
)
@click.option("--report", is_flag=True, help="Show what the layers are and what stayed ONNX.")
@click.option("--dequantize", is_flag=True, help="Import a quantized ONNX model in float32.")
@click.option("--unproved", is_flag=True, help="Write even what is not equal.")
def command(model: Path, out: Path, report: bool, dequantize: bool, unproved: bool) -> int:
    """Make a net of a model: OUT.net, and its weights beside it in OUT.safetensors.

    MODEL is one of these:

    \b
    - an ONNX model, .onnx;
    - a model of Keras: .keras, or .h5 with a whole model in it;
    - a folder of Hugging Face, or its config.json: GPT-2, BERT and Llama.

    The net is compiled again and held against the model on seeded inputs. What differs is not
    written.
    """
    ending = model.suffix.lower()
    if ending not in (".onnx", ".json", *KERAS) and not model.is_dir():
        raise UserError(f"{model}: {_refused(model)}")
    if dequantize and ending != ".onnx":
        raise click.UsageError("--dequantize is for .onnx files")
    if out.suffix != ".net":
        raise click.UsageError(f"`{out}` is to hold a net: end it in .net")
    weights = out.with_suffix(".safetensors")
    check_writable(out)
    check_writable(weights)
    from ..weights import save_safetensors

    made = _imported(model, dequantize)
    lines = len(made.text.splitlines())
    if report:
        rows = [("nodes", made.nodes), ("lines", lines), ("raw operators", sum(made.raw.values()))]
        rows += sorted(made.layers.items(), key=lambda row: (-row[1], row[0]))
        width = max(len(name) for name, _ in rows)
        for name, count in rows:
            say(f"{terminal(name):<{width}}  {count}")
    proof = made.proof
    if proof.why and not unproved and made.weights is not None:
        raise UserError(f"{proof.why}; nothing was written (--unproved writes it)")
    verdict = proof.why or f"largest difference {proof.largest:.2g} over {proof.runs} inputs"
    if not proof.equal and not unproved and made.weights is not None:
        raise UserError(
            f"{model}: the net differs from it at `{terminal(proof.first)}`: {verdict} of the "
            "output's range; nothing was written (--unproved writes it)"
        )
    if made.weights is not None:
        save_safetensors(weights, made.checked, made.weights)
    write_text(out, made.text)
    say(f"{terminal(str(out))}: {lines} lines for {made.nodes} nodes", err=True)
    if made.quantized_apart is not None:
        apart = f"{made.quantized_apart:.2g}"
        say(f"the quantized file differs by {apart} of its output's range", err=True)
    say(f"{'equal' if proof.equal else 'not proved' if proof.why else 'not equal'}: {verdict}")
    return 0


def _imported(model: Path, dequantize: bool) -> ImportedNet:
    """The model as a net, by what its name ends in. Raises UserError."""
    if (model / SAVED_MODEL).exists():
        raise UserError(f"{model}: {TENSORFLOW}")
    if model.is_dir() or model.suffix.lower() == ".json":
        from ..importing.hugging_face.road import import_folder

        return import_folder(model)
    if model.suffix.lower() in KERAS:
        from ..importing.keras.road import import_keras

        return import_keras(model)
    from ..importing.road import import_onnx

    return import_onnx(model, dequantize)


def _refused(model: Path) -> str:
    """Why a file of another name is not read."""
    if not model.exists():
        return "no such file or directory"
    general = "netc imports .onnx, .keras and .h5 files, and folders of Hugging Face"
    return OTHERS.get(model.suffix.lower(), general)
