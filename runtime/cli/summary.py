"""`netc summary`: the layer table of a net."""

from __future__ import annotations

import sys

import click

from ...compiler.cost.costs import Field, LayerCosts, NetCosts, net_costs
from ...compiler.shapes.dims import Dim, DimTooComplex
from ...compiler.shapes.types import TensorType
from ...dsl.text.escape import markdown
from ..errors import UserError
from .common import load_net, max_layers_option, parse_settings, set_option
from .say import say, say_json, wants_color


@click.command("summary")
@click.argument("target", metavar="FILE[:NET]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    help="How the table is written.",
)
@click.option("--batch", type=click.IntRange(1), help="Show shapes and costs for this batch size.")
@set_option
@max_layers_option
def command(
    target: str, form: str, batch: int | None, settings: tuple[str, ...], max_layers: int
) -> int:
    """Print a net's layers: type, output shape, parameters, FLOPs, receptive field."""
    net, _ = load_net(target, parse_settings(settings), max_layers)
    assert net.graph is not None
    try:
        report = net_costs(net.graph, batch)
    except DimTooComplex as error:
        raise UserError(f"the costs of `{net.name}` come to {error}") from None
    if form == "json":
        say_json(as_json(report))
    elif form == "markdown":
        say(_markdown(report, batch))
    else:
        _table(report, batch)
    return 0


def as_json(report: NetCosts) -> dict[str, object]:
    """The summary as the command line's contract gives it."""
    return {
        "net": report.net,
        "params": report.params,
        "trainable_params": report.trainable_params,
        "non_trainable_params": report.non_trainable_params,
        "flops": _dim(report.flops),
        "macs": _dim(report.macs),
        "activations": _dim(report.activations),
        "memory": _dim(report.memory()),
        "inputs": [_value(name, type) for name, type in report.inputs],
        "outputs": [_value(name, type) for name, type in report.outputs],
        "layers": [_layer(row) for row in report.layers],
    }


def _layer(row: LayerCosts) -> dict[str, object]:
    return {
        "path": row.path,
        "op": row.op,
        "inputs": list(row.inputs),
        "output_shape": [_dim(dim) for dim in row.outputs[0].shape],
        "output_shapes": [[_dim(dim) for dim in type.shape] for type in row.outputs],
        "dtype": row.outputs[0].dtype,
        "params": row.params,
        "trainable_params": row.trainable_params,
        "flops": _dim(row.flops),
        "macs": _dim(row.macs),
        "receptive_field": None if row.field is None else list(row.field),
        "source": {
            "file": row.span.source.path,
            "line": row.span.line,
            "column": row.span.column,
        },
    }


def _value(name: str, type: TensorType) -> dict[str, object]:
    return {"name": name, "dtype": type.dtype, "shape": [_dim(dim) for dim in type.shape]}


def _dim(dim: Dim) -> int | str:
    return dim if isinstance(dim, int) else str(dim)


NARROWEST_PATH = 24
HEADINGS = ("Layer (type)", "Output shape", "Params", "FLOPs", "Receptive field")


def _rows(report: NetCosts) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            f"{row.path} ({row.op})",
            ", ".join(_shape(type) for type in row.outputs),
            "shared" if row.shared else _count(row.params),
            _count(row.flops),
            _field(row.field),
        )
        for row in report.layers
    ]


def _shape(type: TensorType) -> str:
    inner = ", ".join(map(str, type.shape))
    return f"({inner},)" if len(type.shape) == 1 else f"({inner})"


def _count(dim: Dim) -> str:
    return f"{dim:,}" if isinstance(dim, int) else str(dim)


def _field(field: Field) -> str:
    if field is None:
        return "all"
    return "×".join(map(str, field))


def totals(report: NetCosts, batch: int | None) -> list[tuple[str, str]]:
    """The lines under the table."""
    per = f"batch of {batch}" if batch is not None else "one example"
    return [
        ("Total params", _count(report.params)),
        ("Trainable params", _count(report.trainable_params)),
        ("Non-trainable params", _count(report.non_trainable_params)),
        (f"FLOPs ({per})", _count(report.flops)),
        (f"MACs ({per})", _count(report.macs)),
        ("Weights", _bytes(report.weight_bytes)),
        (f"Weights and activations ({per})", _bytes(report.memory())),
    ]


def _bytes(size: Dim) -> str:
    if not isinstance(size, int):
        return f"{size} bytes"
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale:
            return f"{size / scale:,.1f} {unit}"
    return f"{size} bytes"


def _markdown(report: NetCosts, batch: int | None) -> str:
    lines = [f"## {report.net}", "", f"| {' | '.join(HEADINGS)} |", "|---|---|--:|--:|--:|"]
    lines += [f"| {' | '.join(map(markdown, row))} |" for row in _rows(report)]
    lines += ["", *(f"- {name}: {markdown(value)}" for name, value in totals(report, batch))]
    return "\n".join(lines)


def _table(report: NetCosts, batch: int | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    rows = _rows(report)
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    table = Table(title=report.net, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for index, (heading, width) in enumerate(zip(HEADINGS, widths, strict=True)):
        # Where a terminal is too narrow, paths are broken; a number never is.
        path = index == 0
        table.add_column(
            heading,
            justify="left" if index < 2 else "right",
            no_wrap=not path,
            min_width=min(width, NARROWEST_PATH) if path else width,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*row)
    color = wants_color(sys.stdout)
    console = Console(
        file=sys.stdout, color_system="auto" if color else None, highlight=False, markup=False
    )
    others = sum(widths[1:]) + 3 * len(widths) + 2
    room = console.width if sys.stdout.isatty() else 80 + others + widths[0]
    console.width = max(room, min(widths[0], NARROWEST_PATH) + others)
    with console.capture() as shown:
        console.print(table)
    say("\n".join(line.rstrip() for line in shown.get().splitlines()))
    say("Input: " + ", ".join(f"{name}: {type}" for name, type in report.inputs))
    for name, value in totals(report, batch):
        say(f"{name}: {value}")
