"""What was measured, as text, Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence

from ...compiler.cost.scaled import DECIMAL, scaled
from ...dsl.text.escape import csv_cell, markdown, terminal
from .case import BACKWARD
from .machine import Circumstances
from .timing import Measured, Timing, milliseconds

_LEFT = ("net", "batch", "GFLOPs", "engine")


def as_text(measured: Measured) -> str:
    """The table of one net at one batch."""
    lines = [title(measured)]
    timings = measured.timings
    if timings:
        backward = any(timing.backward for timing in timings)
        heads = ["", "median", "25% to 75%", *(["backward"] if backward else [])]
        heads += ["GFLOP/s", "of peak", "memory", "ratio", "apart"]
        rows = [heads, *(_cells(measured, timing, backward=backward) for timing in timings)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines += [
            "  ".join(
                cell.rjust(width) if at else f"  {cell.ljust(width)}"
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
    notes = {timing.contender.name: timing.ran for timing in timings if timing.ran}
    lines += [f"  {name}: {ran}" for name, ran in notes.items()]
    return "\n".join(map(terminal, lines))


def title(measured: Measured) -> str:
    """The net, the batch, and what it costs."""
    case = measured.case
    flops = "" if case.flops is None else f"{_scaled(case.flops)}FLOPs, "
    return f"{case}: {flops}{case.params:,} parameters"


def as_markdown(every: Sequence[Measured]) -> str:
    """One table of all nets; milliseconds with the quartiles."""
    heads = [*_LEFT, "ms", "25% to 75%", "backward", "GFLOP/s", "of peak", "MB", "ratio"]
    lines = [_row(heads), _row(["---", "--:", "--:", "---", *["--:"] * (len(heads) - len(_LEFT))])]
    for measured in every:
        case = measured.case
        flops = "" if case.flops is None else f"{case.flops / 1e9:.3g}"
        for timing in measured.timings:
            low, high = timing.spread
            cells = (
                markdown(case.net), str(case.batch), flops, markdown(timing.engine),
                milliseconds(timing.median), f"{milliseconds(low)} to {milliseconds(high)}",
                _shown(timing.backward_median, milliseconds),
                _shown(timing.rate, lambda rate: f"{rate / 1e9:.0f}"),
                _shown(timing.share, lambda share: f"{share:.0%}"),
                _shown(timing.memory, lambda memory: f"{memory / 1e6:,.0f}"),
                f"{measured.ratio(timing):.2f}",
            )  # fmt: skip
            lines.append(_row(cells))
    return "\n".join(lines)


def as_csv(every: Sequence[Measured]) -> str:
    """A row for each net, batch and contender, in seconds and bytes; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names: tuple[str, ...] = ()
    for measured in every:
        for timing in measured.timings:
            facts = {
                "net": measured.case.net,
                "params": measured.case.params,
                "batch": measured.case.batch,
                **{n: v for n, v in _facts(measured, timing).items() if n != "seconds"},
            }
            if not names:
                names = tuple(facts)
                writer.writerow(names)
            writer.writerow([csv_cell(v) if isinstance(v, str) else v for v in facts.values()])
    return text.getvalue().removesuffix("\n")


def as_json(every: Sequence[Measured], around: Circumstances) -> dict[str, object]:
    """All that is known; what is not is null."""
    return {
        "machine": dict(around.machine),
        "versions": dict(around.versions),
        "threads": around.threads,
        "peak_flops_per_second": {str(name): peak for name, peak in around.peaks.items()},
        "nets": [
            {
                "net": measured.case.net,
                "params": measured.case.params,
                "batch": measured.case.batch,
                "sizes": measured.case.sizes,
                "threads": around.threads,
                "flops": measured.case.flops,
                "engines": [_facts(measured, timing) for timing in measured.timings],
                "missing": [
                    {"engine": each.engine, "reason": each.reason} for each in measured.missing
                ],
            }
            for measured in every
        ],
    }


def _facts(measured: Measured, timing: Timing) -> dict[str, object]:
    low, high = timing.spread
    return {
        "engine": timing.engine,
        "pass": BACKWARD if timing.contender.train else "forward",
        "ran": timing.ran or None,
        "median_seconds": timing.median,
        "quartile_low_seconds": low,
        "quartile_high_seconds": high,
        "backward_seconds": timing.backward_median,
        "seconds": list(timing.seconds),
        "flops": timing.flops,
        "flops_per_second": timing.rate,
        "peak_flops_per_second": timing.peak,
        "share_of_peak": timing.share,
        "memory_bytes": timing.memory,
        "ratio": measured.ratio(timing),
        "largest_difference": None if math.isnan(timing.apart) else timing.apart,
    }


def _cells(measured: Measured, timing: Timing, *, backward: bool) -> list[str]:
    low, high = timing.spread
    return [
        timing.engine,
        f"{milliseconds(timing.median)} ms",
        f"{milliseconds(low)} to {milliseconds(high)}",
        *([_shown(timing.backward_median, milliseconds)] if backward else []),
        _shown(timing.rate, lambda rate: f"{rate / 1e9:.1f}"),
        _shown(timing.share, lambda share: f"{share:.0%}"),
        _shown(timing.memory, lambda memory: f"{memory / 1e6:,.0f} MB"),
        f"{measured.ratio(timing):.2f}",
        "" if math.isnan(timing.apart) else f"{timing.apart:.1e}",
    ]


def _shown(value: float | None, form: Callable[[float], str]) -> str:
    return "" if value is None else form(value)


def _scaled(count: int) -> str:
    number, unit = scaled(count, DECIMAL)
    return f"{number} {unit}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
