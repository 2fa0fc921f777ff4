"""`netc run`: a net or an ONNX model on real inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ...compiler.ops.base.declare import Refusal
from ...dsl.text.escape import terminal
from ..errors import cannot_lower
from ..files.write import check_writable, replacing
from ..runs.files import ONNX
from .common import (
    format_option,
    full_option,
    load_net,
    max_layers_option,
    parse_settings,
    preprocessing_option,
    set_option,
)
from .engine import engine_options
from .run_many import SUFFIXES, batch_option, file_digest, is_many, run_many
from .say import say, say_json
from .weights import FRESH, classes_option, read_classes, weight_options, weight_source

if TYPE_CHECKING:
    from ...compiler.ops.base.backend import Array
    from ..infer.classify import Prediction
    from ..infer.engine import Engine
    from ..infer.inputs import Batch
    from ..infer.session import Session


@click.command("run")
@click.argument("model", metavar="MODEL")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(path_type=Path),
    help="Save raw outputs (.npz), or a table of results (.csv, .jsonl, .parquet).",
)
@format_option
@click.option("--top", type=click.IntRange(1), help="Best classes: 5; in a table the best one.")
@batch_option
@engine_options
@preprocessing_option
@weight_options(FRESH)
@classes_option
@set_option
@max_layers_option
@full_option
def command(
    model: str,
    inputs: tuple[Path, ...],
    out: Path | None,
    form: str,
    top: int | None,
    size: int,
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
    """Run MODEL on pictures, .npy or .npz files, folders and patterns of pictures, or a table.

    MODEL is an .onnx file, the folder of a run, or FILE[:NET] of a .net. Of a folder, a pattern or
    a table (.csv, .csv.gz, .parquet) any number of samples goes through it, batch by batch; with
    -o they become a table, and a run that was cut off goes on where it stood. Samples that cannot
    be read are named and left out, and the exit status is 1.
    """
    many = is_many(inputs, out)
    if out is not None:
        if out.suffix != ".npz" and not many:
            raise click.UsageError(
                f"raw outputs are saved as .npz, tables as .csv, .jsonl or .parquet, not as "
                f"`{out.name}`"
            )
        if many and out.suffix.lower() not in SUFFIXES:
            raise click.UsageError(f"a table is a .csv, .jsonl or .parquet, not `{out.name}`")
        check_writable(out)
    if Path(model).is_dir():
        model = str(Path(model) / ONNX)
    from ..infer.engine import chosen_engine

    chosen = chosen_engine(engine, provider)
    metadata = read_classes(classes)
    if model.endswith(".onnx"):
        if weights is not None or renames or settings or recipe is not None:
            raise click.UsageError(
                "--weights, --rename, --recipe and --set go with a .net file, not with an .onnx"
            )
        from ..infer.session import Session

        session = Session(Path(model), chosen)
        about: dict[str, object] = {"model": file_digest(Path(model))} if many else {}
    else:
        session, about = _compiled(
            model, recipe, weights, renames, seed, classes, settings, max_layers, chosen
        )
    from ..infer.classify import class_names
    from ..infer.inputs import read_inputs
    from ..infer.preprocess import model_preprocessing

    names = class_names(metadata or session.metadata)
    if many:
        return run_many(
            session, inputs, out, names=names, best=top, size=size, form=form, model=about
        )
    batches = read_inputs(inputs, session.inputs, model_preprocessing(session))
    results = [session.run(batch.arrays) for batch in batches]
    if out is not None:
        _save(out, results)
    _show(session, batches, results, names, top or 5, form)
    return 0


def _compiled(
    model: str,
    recipe: str | None,
    weights: Path | None,
    renames: tuple[str, ...],
    seed: int,
    classes: Path | None,
    settings: tuple[str, ...],
    max_layers: int,
    engine: Engine,
) -> tuple[Session, dict[str, object]]:
    """The net as a model, and what tells it from others."""
    from ...compiler.ir.preprocessing import to_metadata
    from ..infer.preprocess import net_preprocessing
    from ..infer.session import Session
    from ..train.resumable import fingerprint

    net, analysis = load_net(model, parse_settings(settings), max_layers, weights)
    assert net.graph is not None
    made = net_preprocessing(analysis.recipes, net.name, recipe)
    metadata = to_metadata(made) | read_classes(classes, net.graph)
    if weights is None:
        say(f"note: no --weights; fresh ones from seed {seed}", err=True)
    try:
        source = weight_source(net.graph, weights, seed, renames)
        about = {"net": fingerprint(net.graph), "metadata": metadata, "seed": seed}
        about["weights"] = None if weights is None else file_digest(weights)
        return Session.from_checked(net.graph, source, metadata, engine), about
    except Refusal as fault:
        raise cannot_lower(net.name, fault) from fault


def _save(out: Path, results: Sequence[dict[str, Array]]) -> None:
    import numpy as np

    joined = {name: np.concatenate([r[name] for r in results]) for name in results[0]}
    # An .npz file cannot hold bfloat16; float32 has all its numbers.
    joined = {
        name: array.astype("float32") if array.dtype.name == "bfloat16" else array
        for name, array in joined.items()
    }
    with replacing(out) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **joined)


def _show(
    session: Session,
    batches: Sequence[Batch],
    results: Sequence[dict[str, Array]],
    names: tuple[str, ...],
    k: int,
    form: str,
) -> None:
    from ..infer.classify import are_probabilities, top

    scores = _scores(session, results, names)
    if scores is not None:
        sure = all(map(are_probabilities, scores))
        rows = [
            (file, best)
            for batch, found in zip(batches, scores, strict=True)
            for file, best in zip(batch.files, top(found, k, names), strict=True)
        ]
        if form == "json":
            _json_classes(rows, sure)
        else:
            _text_classes(rows, sure)
        return
    described = [
        {
            "files": [str(file) for file in dict.fromkeys(batch.files)],
            "outputs": {name: _described(array) for name, array in result.items()},
        }
        for batch, result in zip(batches, results, strict=True)
    ]
    if form == "json":
        say_json({"runs": described})
        return
    for batch, result in zip(batches, results, strict=True):
        say(", ".join(terminal(str(file)) for file in dict.fromkeys(batch.files)))
        for name, array in result.items():
            facts = _described(array)
            say(
                f"  {terminal(name)}: {facts['dtype']}{facts['shape']}"
                f"  min {facts['min']:.4g}  mean {facts['mean']:.4g}  max {facts['max']:.4g}"
            )


def _scores(
    session: Session, results: Sequence[dict[str, Array]], names: tuple[str, ...]
) -> list[Array] | None:
    """The rows of scores that each batch gave; None where the net is no classifier."""
    from ..infer.classify import are_probabilities, both_sides, is_classifier, tells_two_apart

    found = [result[session.outputs[0].name] for result in results]
    if is_classifier(session.outputs):
        return found
    if tells_two_apart(session.outputs, names):
        sides = [both_sides(scores) for scores in found]
        if all(map(are_probabilities, sides)):
            return sides
    return None


def _described(array: Array) -> dict[str, object]:
    """Shape and range of an output."""
    values = array.astype(float)
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "min": float(values.min()),
        "mean": float(values.mean()),
        "max": float(values.max()),
    }


def _text_classes(rows: Sequence[tuple[Path, list[Prediction]]], sure: bool) -> None:
    for file, best in rows:
        shown = [
            f"{terminal(p.name) or f'class {p.index}'} "
            f"{f'{p.score:.1%}' if sure else f'{p.score:.4g}'}"
            for p in best
        ]
        say(f"{terminal(str(file))}: {', '.join(shown)}")
    if not sure:
        say("note: the scores are raw, not probabilities", err=True)


def _json_classes(rows: Sequence[tuple[Path, list[Prediction]]], sure: bool) -> None:
    results = [
        {
            "file": str(file),
            "top": [{"class": p.name or None, "index": p.index, "score": p.score} for p in best],
        }
        for file, best in rows
    ]
    say_json({"probabilities": sure, "results": results})
