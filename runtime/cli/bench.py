"""`netc bench`: how fast engines run a net, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ...compiler.ops.base.declare import Refusal
from ..errors import cannot_lower
from .common import full_option, load_net, max_layers_option, parse_settings, set_option
from .engine import engine_options
from .say import say, say_json
from .weights import RANDOM, weight_options, weight_source

if TYPE_CHECKING:
    from ..infer.bench import Missing, Timing


@click.command("bench")
@click.argument("targets", metavar="FILE[:NET]…", nargs=-1, required=True)
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, help="Samples.")
@click.option(
    "--threads",
    type=click.IntRange(0),
    default=0,
    help="Threads of one operator; by default as many as the engine chooses.",
)
@click.option(
    "--rounds", type=click.IntRange(1), default=30, show_default=True, help="Runs that count."
)
@click.option("--keras", is_flag=True, help="Also Keras's `predict_on_batch`.")
@click.option("--train", is_flag=True, help="Also forward and backward, by Keras.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How results are written.",
)
@engine_options
@weight_options(RANDOM)
@set_option
@max_layers_option
@full_option
def command(
    targets: tuple[str, ...],
    batch: int,
    threads: int,
    rounds: int,
    keras: bool,
    train: bool,
    form: str,
    engine: str | None,
    provider: str | None,
    weights: Path | None,
    renames: tuple[str, ...],
    seed: int,
    settings: tuple[str, ...],
    max_layers: int = MAX_LAYERS,
) -> int:
    """Time nets in onnxruntime and every other engine that is installed, by turns.

    The first engine is what the others are compared with: ratios of medians, and the largest
    difference of the outputs. With --engine or --provider it is onnxruntime on the CPU beside that
    one alone.
    """
    from ..infer.bench import installed_engines, time_engines, time_training
    from ..infer.engine import Engine, chosen_engine

    if engine or provider:
        both = (Engine(threads=threads), chosen_engine(engine, provider, threads))
        engines = tuple(dict.fromkeys(both))
    else:
        engines = installed_engines(threads)
    values = parse_settings(settings)
    told = []
    for target in targets:
        net, _ = load_net(target, values, max_layers)
        assert net.graph is not None
        source = weight_source(net.graph, weights, seed, renames)
        try:
            timings, missing = time_engines(
                net.graph, source, engines, batch=batch, rounds=rounds, seed=seed, keras=keras
            )
            if train:
                timings.append(
                    time_training(net.graph, source, batch=batch, rounds=rounds, seed=seed)
                )
        except Refusal as fault:
            raise cannot_lower(net.name, fault) from fault
        if form == "json":
            told.append(_as_json(net.name, batch, threads, timings, missing))
        else:
            _table(net.name, batch, timings, missing)
    if form == "json":
        say_json({"nets": told})
    return 0


def _table(name: str, batch: int, timings: Sequence[Timing], missing: Sequence[Missing]) -> None:
    say(f"{name}, batch {batch}")
    widest = max(len(timing.engine) for timing in timings)
    heads = ("median", "5% to 95%", "ratio", "apart")
    say(f"  {'':{widest}}  {heads[0]:>10}  {heads[1]:>19}  {heads[2]:>6}  {heads[3]:>8}")
    for timing in timings:
        low, high = timing.spread
        ratio = timing.median / timings[0].median
        apart = "" if math.isnan(timing.apart) else f"{timing.apart:.1e}"
        between = f"{1000 * low:.2f} to {1000 * high:.2f}"
        say(
            f"  {timing.engine:{widest}}  {1000 * timing.median:>7.2f} ms  {between:>19}"
            f"  {ratio:>6.2f}  {apart:>8}"
        )
    for each in missing:
        say(f"  {each.engine}: {each.reason}", err=True)


def _as_json(
    name: str,
    batch: int,
    threads: int,
    timings: Sequence[Timing],
    missing: Sequence[Missing],
) -> dict[str, object]:
    return {
        "net": name,
        "batch": batch,
        "threads": threads,
        "engines": [
            {
                "engine": timing.engine,
                "median_seconds": timing.median,
                "seconds": list(timing.seconds),
                "ratio": timing.median / timings[0].median,
                "largest_difference": None if math.isnan(timing.apart) else timing.apart,
            }
            for timing in timings
        ],
        "missing": [{"engine": each.engine, "reason": each.reason} for each in missing],
    }
