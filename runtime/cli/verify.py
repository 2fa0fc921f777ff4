"""`netc verify`: the same weights and inputs through every backend, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.check import Net, check_files
from ...compiler.cost.costs import net_costs
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.ops.base.declare import Refusal
from ...dsl.text.escape import terminal
from ..api.set_text import with_constants
from ..errors import UserError, cannot_lower
from .common import (
    full_option,
    load_net,
    max_layers_option,
    parse_settings,
    preprocessing_option,
    set_option,
    show_findings,
)
from .net_files import net_files
from .say import say, say_json
from .verified import as_json, show_table
from .weights import RANDOM, weight_options, weight_source

if TYPE_CHECKING:
    from ...compiler.expand.values import Value
    from ...compiler.ir.graph import CheckedGraph
    from ...compiler.ir.preprocessing import Preprocessing
    from ...compiler.lower.weights import WeightSource
    from ...compiler.ops.base.backend import Array
    from ...compiler.recipe.recipe import Recipe
    from ..infer.verify import Verification

TOLERANCE = 1e-4
REFERENCE_GFLOPS = 10
"""The reference evaluator takes about a second for 3 GFLOPs."""


@click.command("verify")
@click.argument("targets", metavar="FILE[:NET]…", nargs=-1, required=True)
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    default=TOLERANCE,
    show_default=True,
    help="How far apart values may be, next to max(1, |value|, the layer's root mean square).",
)
@click.option(
    "--input",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare on pictures, .npy or one .npz; by default on seeded random values.",
)
@weight_options(RANDOM)
@click.option(
    "--batch", type=click.IntRange(1), default=2, show_default=True, help="Random examples."
)
@click.option(
    "--reference/--no-reference",
    default=None,
    help="Also run ONNX's reference evaluator; by default up to "
    f"{REFERENCE_GFLOPS} GFLOPs a batch.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How results are written.",
)
@preprocessing_option
@set_option
@max_layers_option
@full_option
def command(
    targets: tuple[str, ...],
    tolerance: float,
    files: tuple[Path, ...],
    weights: Path | None,
    renames: tuple[str, ...],
    seed: int,
    batch: int,
    reference: bool | None,
    form: str,
    recipe: str | None,
    settings: tuple[str, ...],
    max_layers: int = MAX_LAYERS,
) -> int:
    """Compare onnxruntime, Keras and ONNX's reference evaluator on a net, layer by layer.

    A folder stands for every net below it. Exit status 1 where a layer is past the tolerance.
    """
    from ..infer.preprocess import net_preprocessing

    given = parse_settings(settings)
    nets = list(_nets(targets, given, max_layers, weights))
    if len(nets) > 1 and (weights is not None or files or recipe is not None):
        raise click.UsageError("--weights, --input and --recipe go with one net")
    if renames and weights is None:
        raise click.UsageError("--rename goes with --weights")
    results: list[tuple[Net, Verification]] = []
    failed = 0
    for net, recipes in nets:
        if len(nets) > 1:
            say(f"{terminal(net.definition.name.span.source.path)}: {net.name} …", err=True)
        try:
            made = net_preprocessing(recipes, net.name, recipe) if files else None
            result = _verified(
                net, tolerance, files, made, weights, renames, seed, batch, reference
            )
        except UserError as error:
            if len(nets) == 1:
                raise
            failed += 1
            path = terminal(net.definition.name.span.source.path)
            say(f"error: {path}: {error}", err=True)
            continue
        results.append((net, result))
        if form == "table":
            show_table(result, short=len(nets) > 1)
    if form == "json":
        say_json({"nets": [as_json(*each) for each in results]})
    elif len(nets) > 1:
        past = sum(result.first_past is not None for _, result in results)
        more = f", {failed} could not be run" if failed else ""
        say(f"{len(nets)} nets, {past or 'none'} past the tolerance of {tolerance:g}{more}")
    return 1 if failed or any(result.first_past is not None for _, result in results) else 0


def _nets(
    targets: Sequence[str], settings: Mapping[str, Value], max_layers: int, weights: Path | None
) -> Iterator[tuple[Net, Sequence[Recipe]]]:
    """The nets that some targets stand for, each with the recipes beside it.

    Raises click.exceptions.Exit(1) for faulty files.
    """
    for target in targets:
        if not Path(target).is_dir():
            net, found = load_net(target, settings, max_layers, weights)
            yield net, found.recipes
            continue
        files = net_files((Path(target),))
        of_nets, texts = with_constants(files, settings)
        analysis = check_files(files, settings=of_nets, max_layers=max_layers, overlay=texts)
        show_findings(analysis, err=not analysis.failed)
        if analysis.failed:
            raise click.exceptions.Exit(1)
        if not analysis.nets:
            raise UserError(f"no file below {target} defines a net")
        yield from ((net, analysis.recipes) for net in analysis.nets)


def _verified(
    net: Net,
    tolerance: float,
    files: Sequence[Path],
    made: Preprocessing | None,
    weights: Path | None,
    renames: Sequence[str],
    seed: int,
    batch: int,
    reference: bool | None,
) -> Verification:
    from ..infer.samples import KeptWeights, ShakenWeights, sample_inputs
    from ..infer.verify import verify

    checked = net.graph
    assert checked is not None
    source: WeightSource = (
        ShakenWeights(seed) if weights is None else weight_source(checked, weights, seed, renames)
    )
    inputs = _read(checked, files, made) if files else sample_inputs(checked, batch, seed)
    if reference is None:
        reference = _gflops(checked, inputs) <= REFERENCE_GFLOPS
        if not reference:
            say(
                f"note: {net.name} takes more than {REFERENCE_GFLOPS} GFLOPs, so ONNX's reference "
                "evaluator is left out; --reference runs it",
                err=True,
            )
    try:
        return verify(
            checked, KeptWeights(source), inputs, tolerance=tolerance, reference=reference
        )
    except Refusal as fault:
        raise cannot_lower(net.name, fault) from fault


def _read(
    checked: CheckedGraph, files: Sequence[Path], made: Preprocessing | None
) -> Mapping[str, Array]:
    """The inputs that some files hold, prepared: the first batch of them."""
    from ..files.tensors import TensorSpec
    from ..infer.inputs import read_inputs

    specs = []
    for path in checked.graph.inputs:
        type = checked.graph.node(path).outputs[0]
        shape = tuple(dim if isinstance(dim, int) else None for dim in type.shape)
        symbols = tuple("" if isinstance(dim, int) else str(dim) for dim in type.shape)
        specs.append(TensorSpec(path, type.dtype, shape, symbols))
    return read_inputs(files, specs, made)[0].arrays


def _gflops(checked: CheckedGraph, inputs: Mapping[str, Array]) -> float:
    """The cost of a run in GFLOPs; 0 where it depends on more than the size of the batch."""
    flops = net_costs(checked, 1).flops
    (first, *_) = inputs.values()
    batch = first.shape[0] if first.ndim else 1
    return flops * batch / 1e9 if isinstance(flops, int) else 0.0
