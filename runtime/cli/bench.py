"""`netc bench`: how fast engines run nets, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.expand.body import MAX_LAYERS
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.text.escape import terminal
from ..bench.names import FORMATS, PEERS, PICTURES
from ..errors import UserError
from .common import full_option, load_net, max_layers_option, parse_settings, set_option
from .engine import engine_options
from .pictures import check_picture, picture_option
from .say import say, say_commands, say_json
from .weights import RANDOM, named_weights, weight_options, weight_source

if TYPE_CHECKING:
    from ..bench.case import Case, Contender
    from ..bench.timing import Measured, Missing
    from ..bench.turns import Effort


MOST_THREADS = 1024
"""More than that an engine takes minutes to start."""


class Listed(click.ParamType[tuple[object, ...]]):
    """Values with commas between them."""

    name = "list"

    def __init__(self, one: click.ParamType[object]) -> None:
        self._one = one

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[object, ...]:
        """Each value."""
        if not isinstance(value, str):
            return value if isinstance(value, tuple) else (value,)
        return tuple(self._one.convert(part.strip(), param, ctx) for part in value.split(","))


class Peer(click.ParamType[str]):
    """A name of what nets are measured against."""

    name = "engine"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name."""
        if value not in PEERS:
            self.fail(f"there is no engine `{value}`. {did_you_mean(value, PEERS)}".strip())
        return value


@click.command("bench")
@click.argument("targets", metavar="FILE[:NET]…", nargs=-1, required=True)
@click.option(
    "--batch",
    "batches",
    type=Listed(click.IntRange(1)),
    metavar="NUMBER,…",
    multiple=True,
    default=("1",),
    show_default=True,
    help="Samples; several numbers are measured one after the other.",
)
@click.option(
    "--threads",
    type=click.IntRange(0, MOST_THREADS),
    default=0,
    help="Threads of one operator; by default as many as the engine chooses.",
)
@click.option(
    "--rounds", type=click.IntRange(1), default=30, show_default=True, help="Runs that count."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    help="End before --rounds after so many for each engine, with five runs at least.",
)
@click.option(
    "--against",
    type=Listed(Peer()),
    metavar="ENGINE,…",
    multiple=True,
    help=f"What runs the net beside onnxruntime, where it is installed: {', '.join(PEERS[1:])}. "
    "torch is torchvision's net of that name, or the net's ONNX graph by onnx2torch.",
)
@click.option("--keras", is_flag=True, help="Also Keras's `predict_on_batch`.")
@click.option(
    "--train",
    is_flag=True,
    help="Also forward and backward, by Keras, and by PyTorch with --against torch.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help="How results are written.",
)
@picture_option("Draw the times in one picture.", endings=PICTURES)
@engine_options
@weight_options(RANDOM)
@set_option
@max_layers_option
@full_option
def command(
    targets: tuple[str, ...],
    batches: tuple[tuple[int, ...], ...],
    threads: int,
    rounds: int,
    seconds: float | None,
    against: tuple[tuple[str, ...], ...],
    keras: bool,
    train: bool,
    form: str,
    out: Path | None,
    engine: str | None,
    provider: str | None,
    weights: Path | None,
    renames: tuple[str, ...],
    seed: int,
    settings: tuple[str, ...],
    max_layers: int = MAX_LAYERS,
) -> int:
    """Time nets in onnxruntime and every other engine that is installed, by turns.

    Each engine runs each net at each batch in a process of its own. The first engine is what the
    others are compared with: ratios of medians, and the largest difference of the outputs. With
    --engine or --provider it is onnxruntime on the CPU beside that one alone, with --against
    beside those that are named.
    """
    if seconds is not None and math.isnan(seconds):
        raise click.UsageError("--seconds takes a number, got `nan`")
    check_picture(out, PICTURES)
    from ..bench.case import Case, Weights
    from ..bench.choose import contenders, lacking
    from ..bench.timing import Missing
    from ..bench.turns import Effort

    if out is not None:
        from ..bench.figure import require_matplotlib

        require_matplotlib()
    named = tuple(dict.fromkeys(name for names in against for name in names))
    chosen = contenders(engine, provider, named, keras=keras, train=train)
    absent: list[Missing] = []
    for each in chosen:
        if (reason := lacking(each)) is not None:
            if each.name not in named and each.name != engine:
                raise UserError(reason)
            absent.append(Missing(str(each), reason))
    for reason in dict.fromkeys(each.reason for each in absent):
        say(f"note: {reason}", err=True)
    gone = {each.engine for each in absent}
    here = [each for each in chosen if str(each) not in gone]
    file, rename = named_weights(weights, renames)
    given = Weights(seed, file, tuple(rename.items()))
    values = parse_settings(settings)
    cases: list[Case] = []
    for target in targets:
        net, _ = load_net(target, values, max_layers)
        assert net.graph is not None
        weight_source(net.graph, weights, seed, renames)
        cases += [
            Case(net.name, net.graph, batch, given)
            for batch in dict.fromkeys(number for numbers in batches for number in numbers)
        ]
        _say_sizes(cases[-1])
    return _run(cases, here, absent, threads, Effort(rounds, seconds), form, out)


def _say_sizes(case: Case) -> None:
    """A note of the sizes that nobody gave, since they decide how long a net takes."""
    from ...compiler.cost.totals import batch_name

    chosen = [f"{n}={v}" for n, v in case.sizes.items() if n != batch_name(case.checked)]
    if chosen:
        sizes = " ".join(f"--set {each}" for each in chosen)
        say(terminal(f"note: {case.net} is measured with {sizes}; give others"), err=True)


def _run(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    absent: Sequence[Missing],
    threads: int,
    effort: Effort,
    form: str,
    out: Path | None,
) -> int:
    """Measures case after case; what is done when Ctrl-C comes is shown all the same."""
    from ..bench.measure import Interrupted, circumstances, measure
    from ..bench.tables import as_csv, as_json, as_markdown, as_text

    around = circumstances(contenders, threads, effort)
    if form == "table":
        say("\n".join(around.lines()))
    done: list[Measured] = []
    interrupted = False
    for case in cases:
        try:
            found = measure(case, contenders, effort, threads=threads, peaks=around.peaks)
        except Interrupted as error:
            found, interrupted = error.measured, True
        done.append(replace(found, missing=(*absent, *found.missing)))
        if form == "table" and (found.timings or not interrupted):
            say("\n" + as_text(found))
        for each in found.missing:
            say(terminal(f"error: {case}: {each.engine}: {each.reason}"), err=True)
        if interrupted:
            break
    measured = [each for each in done if each.timings]
    if form == "json":
        say_json(as_json(done, around))
    elif form == "markdown":
        say(as_markdown(measured))
    elif form == "csv":
        say_commands(as_csv(measured))
    if out is not None and measured:
        from ..bench.figure import draw

        draw(measured, around, out)
    if interrupted:
        raise KeyboardInterrupt
    return int(any(len(each.missing) > len(absent) for each in done))
