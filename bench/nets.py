"""Well-known CNNs: how long they take forward and backward, and what share of the peak that is.

    python bench/nets.py [NET …] [--batch 1 16] [--against keras,torch] [--seconds 2] [--write]

What `netc bench --train` measures, as tables with a row for each net. With `--write` they and the
picture go into docs/results.md and docs/pictures/nets.png. Needs `netc[train]`; engines of
`--against` that are not installed are left out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence

from figures import ROOT, keep
from netc.compiler.check import check_files
from netc.runtime.bench.case import Case, Contender
from netc.runtime.bench.choose import contenders, lacking
from netc.runtime.bench.figure import draw
from netc.runtime.bench.machine import Circumstances
from netc.runtime.bench.measure import circumstances, measure
from netc.runtime.bench.tables import as_text
from netc.runtime.bench.timing import Measured, Timing, milliseconds
from netc.runtime.bench.turns import Effort

PAGE = ROOT / "docs" / "results.md"
PICTURE = ROOT / "docs" / "pictures" / "nets.png"
MARKS = "<!-- nets -->", "<!-- /nets -->"
NETS = {
    "AlexNet": "alexnet",
    "VGG16": "vgg",
    "VGG19": "vgg",
    "GoogLeNet": "googlenet",
    "ResNet18": "resnet",
    "ResNet34": "resnet",
    "ResNet50": "resnet",
    "ResNet101": "resnet",
    "ResNet152": "resnet",
    "ResNet200": "resnet",
    "MobileNetV2": "mobilenet_v2",
    "EfficientNetB0": "efficientnet",
}
"""The nets by name, with their files in models/."""
LEAST = 3
"""Rounds of the slowest nets."""


def main() -> None:
    """Measures, prints, and writes where that is asked for."""
    parser = argparse.ArgumentParser(description="Measures CNNs in several engines.")
    parser.add_argument("nets", nargs="*", metavar="NET", help=f"any of {', '.join(NETS)}")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--against", default="keras,torch", metavar="ENGINE,…")
    parser.add_argument("--rounds", type=int, default=30, help="at most")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each engine and net")
    parser.add_argument("--threads", type=int, default=0, help="0: as engines choose")
    parser.add_argument("--write", action="store_true", help="put it into docs/results.md")
    given = parser.parse_args()
    unknown = set(given.nets) - NETS.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NETS)}")
    begun = time.monotonic()
    named = given.against.split(",")
    chosen = contenders(None, None, named, keras=False, train=True)
    here = [each for each in chosen if lacking(each) is None]
    effort = Effort(given.rounds, given.seconds, LEAST)
    around = circumstances(here, given.threads, effort)
    print("\n".join(around.lines()), flush=True)
    every = []
    for batch in given.batch:
        for name in given.nets or NETS:
            measured = measure(shipped(name, batch), here, effort, peaks=around.peaks)
            every.append(measured)
            print(f"\n{as_text(measured)}", flush=True)
            for missing in measured.missing:
                print(f"{measured.case}: {missing.engine}: {missing.reason}", flush=True)
            for timing in measured.timings:
                keep("nets", f"{measured.case}, {timing.engine}", "ms", 1000 * timing.median)
    lines = list(page(every, around))
    print("\n".join(lines))
    print(f"\n{(time.monotonic() - begun) / 60:.1f} minutes")
    if given.write:
        draw(every, around, PICTURE)
        text = PAGE.read_text("utf-8")
        start, end = (text.index(mark) for mark in MARKS)
        made = "\n".join(("", "", *lines, "", ""))
        PAGE.write_text(f"{text[: start + len(MARKS[0])]}{made}{text[end:]}", "utf-8")


def shipped(name: str, batch: int) -> Case:
    """A net of the zoo at a batch."""
    analysis = check_files([ROOT / "models" / f"{NETS[name]}.net"])
    graph = next(net.graph for net in analysis.nets if net.name == name)
    assert graph is not None
    return Case(name, graph, batch)


def page(every: Sequence[Measured], around: Circumstances) -> Iterator[str]:
    """The part of docs/results.md."""
    yield from ("```text", *around.lines(), "```", "")
    yield f"![Times of nets by engine and batch](pictures/{PICTURE.name})"
    for batch in sorted({measured.case.batch for measured in every}):
        rows = [measured for measured in every if measured.case.batch == batch]
        yield from ("", f"Batch {batch}, milliseconds (quartiles), share of the peak:", "")
        yield from table(rows, cell)
        yield from ("", f"Batch {batch}, memory in MB beyond the engine's own:", "")
        yield from table(rows, memory)
    ran = {(m.case.net, t.ran) for m in every for t in m.timings if t.contender.name == "torch"}
    same = [net for net, words in sorted(ran) if words.startswith("torchvision")]
    other = [net for net, words in sorted(ran) if words and net not in same]
    if same:
        yield from ("", f"PyTorch ran torchvision's nets for {', '.join(same)}, which have as many")
        yield "trainable parameters."
    if other:
        yield f"For {', '.join(other)} it ran netc's ONNX graph, by onnx2torch."


def table(rows: Sequence[Measured], show: Callable[[Timing], str]) -> Iterator[str]:
    """A net a row, a contender a column."""
    engines = list(dict.fromkeys(t.contender for measured in rows for t in measured.timings))
    yield line(["net", "parameters", "GFLOPs", *map(str, engines)])
    yield line(["---", "--:", "--:", *["--:"] * len(engines)])
    for measured in rows:
        found: dict[Contender, Timing] = {each.contender: each for each in measured.timings}
        cells = [show(found[each]) if each in found else "" for each in engines]
        flops = (measured.case.flops or 0) / 1e9
        yield line(
            [measured.case.net, f"{measured.case.params / 1e6:.1f} M", f"{flops:.1f}", *cells]
        )


def cell(timing: Timing) -> str:
    """Milliseconds, quartiles, the share of the peak, and what of it is backward."""
    low, high = (milliseconds(each) for each in timing.spread)
    share = "" if timing.share is None else f", {timing.share:.0%}"
    backward = timing.backward_median
    part = "" if backward is None else f", backward {milliseconds(backward)}"
    return f"{milliseconds(timing.median)} ({low} to {high}){share}{part}"


def memory(timing: Timing) -> str:
    """Megabytes."""
    return "" if timing.memory is None else f"{timing.memory / 1e6:,.0f}"


def line(cells: Sequence[str]) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
