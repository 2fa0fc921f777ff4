"""`netc run`: a net or an ONNX model on real inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...dsl.text.escape import terminal
from ..files.write import check_writable, replacing
from .common import format_option
from .engine import RAY, engine_options
from .look import ModelOptions, model_options
from .opened import open_model
from .run_many import SUFFIXES, are_arrays, batch_option, is_many, require_kind, run_many
from .run_sequences import raw_outputs, takes_sequences
from .say import say, say_json

if TYPE_CHECKING:
    from ...compiler.ops.base.backend import Array
    from ..infer.classify import Prediction
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
@partial(engine_options, ray=True)
@model_options
def command(
    model: str,
    inputs: tuple[Path, ...],
    out: Path | None,
    form: str,
    top: int | None,
    size: int,
    engine: str | None,
    provider: str | None,
    options: ModelOptions,
) -> int:
    """Run MODEL on pictures, .npy or .npz files, folders and patterns of pictures, or a table.

    MODEL is one of these:

    \b
    - an ONNX model, .onnx;
    - the folder of a run;
    - FILE[:NET] of a .net.

    Of a folder, a pattern or a table (.csv, .csv.gz, .parquet) any number of samples goes through
    it, batch by batch; with -o they become a table, and a run that was cut off goes on where it
    stood. Samples that cannot be read are named and left out, and the exit status is 1.
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
    from ..infer.engine import chosen_engine
    from ..infer.inputs import Batch, read_inputs
    from ..infer.preprocess import model_preprocessing
    from ..infer.sequences import model_sequences

    ray = engine == RAY
    if ray and (not many or out is None):
        raise click.UsageError("--engine ray is for a table of many pictures: -o OUT.csv")
    opened = open_model(model, options, chosen_engine(None if ray else engine, provider))
    session, names = opened.session, opened.names
    require_kind(session, inputs)
    if out is None and are_arrays(inputs):
        # Sequences of unequal lengths are samples of their own, padded batch by batch.
        many = many or model_sequences(session) is not None
    if many:
        return run_many(opened, inputs, out, best=top, size=size, form=form, ray=ray)
    if takes_sequences(session, inputs):
        found = raw_outputs(session, inputs, size)
        batches, results = [Batch({}, found.files)], [found.outputs]
    else:
        batches = read_inputs(inputs, session.inputs, model_preprocessing(session))
        results = [session.run(batch.arrays) for batch in batches]
    if out is not None:
        _save(out, results)
    _show(session, batches, results, names, top or 5, form)
    return 0


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
