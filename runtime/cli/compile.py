"""`netc compile`: a net becomes an ONNX or Keras file, or Keras source."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.precision import FLOAT32, PRECISIONS
from ...compiler.ops.base.declare import Refusal
from ...dsl.text.escape import terminal
from ..errors import UserError, cannot_lower
from ..files.write import check_writable, replacing, write_text
from .common import (
    embed_option,
    full_option,
    load_net,
    max_layers_option,
    parse_settings,
    preprocessing_option,
    set_option,
)
from .engine import engine_options
from .say import say
from .weights import FRESH, classes_option, kept_with, read_classes, weight_options, weight_source

if TYPE_CHECKING:
    from ...compiler.lower.weights import WeightSource

TARGETS = {".onnx": "onnx", ".keras": "keras", ".py": "py", ".safetensors": "safetensors"}


@click.command("compile")
@click.argument("target", metavar="FILE[:NET]")
@click.option(
    "-o", "--output", "out", required=True, type=click.Path(path_type=Path), help="What to write."
)
@click.option(
    "--to",
    type=click.Choice(sorted(TARGETS.values())),
    help="What to make of it; by default OUT's ending says so.",
)
@click.option("--opset", type=int, help="ONNX opset, 17 to 28; by default 23.")
@click.option(
    "--external-data/--no-external-data",
    default=None,
    help="Put ONNX weights into OUT.data; by default only where OUT would pass 2 GB.",
)
@click.option(
    "--quantize",
    type=click.Choice(["int8"]),
    help="Compute in 8-bit integers where ONNX can; needs --calibrate.",
)
@click.option(
    "--calibrate",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Pictures, .npy or .npz files that show what the net will see.",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=FLOAT32,
    show_default=True,
    help="What to compute in; mixed: products in 16 bits, all else in float32.",
)
@embed_option
@engine_options
@preprocessing_option
@weight_options(FRESH)
@classes_option
@set_option
@max_layers_option
@full_option
def command(
    target: str,
    out: Path,
    to: str | None,
    opset: int | None,
    external_data: bool | None,
    quantize: str | None,
    calibrate: Path | None,
    precision: str,
    embed: bool,
    engine: str | None,
    provider: str | None,
    recipe: str | None,
    weights: Path | None,
    renames: tuple[str, ...],
    seed: int,
    classes: Path | None,
    settings: tuple[str, ...],
    max_layers: int = MAX_LAYERS,
) -> int:
    """Lower a net to ONNX (.onnx), Keras (.keras) or Keras source (.py).

    A .safetensors file gets its weights.
    """
    if out.is_dir():
        raise UserError(f"the output {out} is a folder")
    if out.suffix == ".net":
        raise click.UsageError(f"`{out}` would be a .net file, which holds text")
    kind = to or TARGETS.get(out.suffix)
    if kind is None:
        raise click.UsageError(
            f"what to make of `{out.name}`? End it in {' or '.join(TARGETS)}, or use --to"
        )
    if (quantize is None) != (calibrate is None):
        raise click.UsageError("--quantize and --calibrate go together")
    if quantize is not None and (kind != "onnx" or external_data):
        raise click.UsageError("--quantize makes one .onnx file and nothing else")
    given = parse_settings(settings)
    if precision != FLOAT32 and (quantize is not None or kind == "safetensors"):
        other = "--quantize" if quantize is not None else "a file of weights"
        raise click.UsageError(f"--precision does not go with {other}")
    check_writable(out)
    files: Sequence[Path] = ()
    if calibrate is not None:
        from ..infer.quantize import calibration_files

        files = calibration_files(calibrate)
    if embed and kind == "safetensors":
        raise click.UsageError("--embed-preprocessing goes with a model, not with weights alone")
    if kind != "onnx" and (engine or provider):
        raise click.UsageError("--engine and --provider go with an .onnx file, which they try")
    from ..infer.engine import chosen_engine

    chosen = chosen_engine(engine, provider)
    net, analysis = load_net(target, given, max_layers, weights)
    assert net.graph is not None
    from ..api.kept import preprocessing_with
    from ..infer.preprocess import saved_net

    kept = kept_with(net.graph, weights)
    made = preprocessing_with(kept, analysis.recipes, net.name, recipe)
    saved = saved_net(net.graph, made, embed=embed)
    checked = saved.checked
    metadata = {**saved.metadata, **kept.metadata, **read_classes(classes, checked)}
    source = weight_source(checked, weights, seed, renames)
    write = {"onnx": _onnx, "keras": _keras, "py": _source, "safetensors": _safetensors}[kind]
    if files:
        write = _int8
    try:
        write(Job(checked, source, out, opset, external_data, metadata, files, precision))
    except Refusal as fault:
        raise cannot_lower(net.name, fault) from fault
    say(f"{terminal(str(out))}: {net.name}, {_size(out)}", err=True)
    if engine or provider:
        from ..infer.session import Session

        Session(out, chosen)
        say(f"note: {chosen} loads it", err=True)
    return 0


@dataclass(frozen=True)
class Job:
    """What a target's writer needs."""

    checked: CheckedGraph
    source: WeightSource
    out: Path
    opset: int | None
    external: bool | None
    metadata: Mapping[str, str]
    files: Sequence[Path] = ()
    """What to calibrate on, for an int8 model."""
    precision: str = FLOAT32


def _onnx(job: Job) -> None:
    from ...compiler.lower.onnx.compile import compile_onnx
    from ...compiler.lower.onnx.lower import DEFAULT_OPSET
    from ...compiler.lower.onnx.write import write_onnx

    lowered = compile_onnx(
        job.checked,
        job.source,
        opset=DEFAULT_OPSET if job.opset is None else job.opset,
        metadata=job.metadata,
        for_int8=bool(job.files),
        precision=job.precision,
    )
    write_onnx(lowered, job.out, job.external)
    if lowered.in_float32:
        listed = ", ".join(lowered.in_float32)
        say(f"note: onnxruntime's CPU has these in float32 alone: {listed}", err=True)


def _int8(job: Job) -> None:
    from ..infer.quantize import quantize_int8

    with tempfile.TemporaryDirectory(prefix="netc-") as folder:
        model = Path(folder, "model.onnx")
        _onnx(replace(job, out=model))
        samples = quantize_int8(model, job.out, job.files)
    say(f"note: calibrated on {samples} sample{'s' * (samples != 1)}", err=True)


def _keras(job: Job) -> None:
    from ..infer.keras_module import import_keras, silent

    import_keras()
    from ...compiler.lower.keras.lower import lower_keras

    with silent():
        # TensorFlow greets anew where it first makes a model.
        model = lower_keras(job.checked, job.source, precision=job.precision)
    with replacing(job.out) as temporary:
        model.save(temporary)


def _source(job: Job) -> None:
    from ...compiler.lower.keras_source.lower import lower_keras_source

    graph = job.checked.graph
    path = graph.node(graph.inputs[0]).span.source.path
    write_text(job.out, lower_keras_source(job.checked, path, job.precision))


def _safetensors(job: Job) -> None:
    from ..weights import save_safetensors

    save_safetensors(job.out, job.checked, job.source, job.metadata)


def _size(path: Path) -> str:
    size = path.stat().st_size
    data = path.with_name(f"{path.name}.data")
    text = f"{size / 2**20:.1f} MiB"
    return f"{text} and {data.stat().st_size / 2**20:.1f} MiB of data" if data.exists() else text
