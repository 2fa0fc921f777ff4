"""Every net of models/ to ONNX and back: the summary of docs/results.md.

    python bench/round_trip.py                  # those that were not made yet, in half an hour
    python bench/round_trip.py vgg.net:VGG16    # some, made again
    python bench/round_trip.py --again          # all, made again
    python bench/round_trip.py --write          # the same as without, and writes the summary

A net is compiled with seeded weights, with the sizes that it is published with, and imported again,
the proof included, in a process of its own that may take so many seconds and gigabytes. Rows are
kept in .cache/bench/round_trip.jsonl as they are made, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from imports import measured, shipped
from netc.compiler.check import check_files
from tables import counted, digit, line, put
from zoo import MODELS, ROOT, lines_of

KEPT = ROOT / ".cache" / "bench" / "round_trip.jsonl"
SECONDS, GIGABYTES = 900, 14
HEAD = ("| nets of models/, to ONNX and back | |", "|---|--:|")


def main() -> int:
    """Makes what is named or not made yet; the exit status is 1 where a net does not come back."""
    parser = argparse.ArgumentParser(description="Takes every net of models/ to ONNX and back.")
    parser.add_argument("nets", nargs="*", metavar="FILE:NET", help="such as vgg.net:VGG16")
    parser.add_argument("--again", action="store_true", help="make all again")
    parser.add_argument("--write", action="store_true", help="put the summary into docs/results.md")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30, GIGABYTES << 30))
        file, _, net = given.nets[0].partition(":")
        print(json.dumps(measured(shipped(file, net))))
        return 0
    known = nets()
    if unknown := set(given.nets) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))} in models/")
    kept = {} if given.again else {net: row for net, row in read().items() if net in known}
    for net in given.nets or [net for net in known if net not in kept]:
        kept[net] = made(net)
        print(shown(net, kept[net]), flush=True)
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text("".join(json.dumps({"net": n, **row}) + "\n" for n, row in kept.items()))
    rows = summary(kept)
    print("\n".join((*HEAD, *rows)))
    if given.write:
        if missing := [net for net in known if net not in kept]:
            parser.error(f"not made yet: {', '.join(missing)}")
        put(HEAD, rows)
    return int(any(not right(row) for row in kept.values()))


def nets() -> Sequence[str]:
    """Every net of models/, as `vgg.net:VGG16`."""
    return [
        f"{path.relative_to(MODELS).as_posix()}:{net.name}"
        for path in sorted(MODELS.rglob("*.net"))
        for net in check_files([path]).nets
    ]


def read() -> Mapping[str, dict[str, Any]]:
    """The rows that were made before."""
    lines = KEPT.read_text().splitlines() if KEPT.exists() else []
    return {row.pop("net"): row for row in map(json.loads, lines)}


def made(net: str) -> dict[str, Any]:
    """What came of a net, or under `refused` why nothing did."""
    command = [sys.executable, __file__, net, "--one"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return {"refused": f"takes more than {SECONDS} s"}
    if ran.returncode:
        return {"refused": (ran.stderr.strip().splitlines() or ["ended without a word"])[-1]}
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def right(row: Mapping[str, Any]) -> bool:
    """Whether a net came back and is equal."""
    return "refused" not in row and not row["first"]


def ratio(net: str, row: Mapping[str, Any]) -> float:
    """Lines of what came back, beside those that a person wrote."""
    file, _, name = net.partition(":")
    return float(row["lines"]) / lines_of(MODELS / file, name)


def shown(net: str, row: Mapping[str, Any]) -> str:
    """A row as a line of the terminal."""
    if "refused" in row:
        return line(net, "refused", row["refused"])
    file, _, name = net.partition(":")
    apart = digit(row["largest"]) + (f" at {row['first']}" if row["first"] else "")
    by_hand = lines_of(MODELS / file, name)
    figures = row["nodes"], by_hand, row["lines"], f"{ratio(net, row):.2f}", counted(row["raw"])
    return line(net, *figures, apart, f"{row['seconds']:.1f}")


def summary(rows: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """How many nets came back, how long, how far apart; and each that did not, with its reason."""
    back = {net: row for net, row in rows.items() if right(row)}
    ratios = {net: ratio(net, row) for net, row in back.items()}
    within = [net for net, value in ratios.items() if value <= 1]
    longer = {net: value for net, value in ratios.items() if value > 1.5}
    raw = {net: row["raw"] for net, row in back.items() if row["raw"]}
    middle = sorted(ratios.values())[len(ratios) // 2] if ratios else 0
    return [
        line("nets", len(rows)),
        line("back, and equal", len(back)),
        line("… with layers alone, no operator as ONNX has it", len(back) - len(raw)),
        *(line(f"… `{net}` with {counted(ops)}", "") for net, ops in raw.items()),
        line("… in at most as many lines as by hand", len(within)),
        line("… in at most 1.5 times as many", len(back) - len(longer)),
        *(line(f"… `{net}` in more", f"{value:.2f}") for net, value in longer.items()),
        line("the lines of the net in the middle, beside those by hand", f"{middle:.2f}"),
        line("largest difference", digit(max((r["largest"] for r in back.values()), default=0))),
        *(
            line(f"`{net}`: {row.get('refused', 'differs')}", "")
            for net, row in rows.items()
            if not right(row)
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
