"""Nets to ONNX and back, beside what a person wrote: a table of docs/results.md.

    pip install '.[train,torch]' torch==2.13.0 torchvision==0.28.0 onnxscript tf2onnx
    python bench/imports.py                    # all, in some minutes
    python bench/imports.py ResNet50 encoder   # some
    python bench/imports.py --write [NET …]    # the same, and puts the rows into docs/results.md

Three kinds of files: nets of the zoo as `netc compile` writes them, PyTorch's exports with both of
its exporters, and exports of `keras.applications` (TensorFlow's road through tf2onnx). Weights are
drawn, those of normalizations too, since exporters fold fresh ones away. Each row is made and
imported in a process of its own; seconds are those of the import alone, the proof included. Lines
are those of the net and of the blocks it uses, without comments and contracts, on both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import import_torch
from netc.compiler.check import check_files
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.errors import UserError
from netc.runtime.importing.road import import_onnx
from tables import counted, digit, line, put_rows
from zoo import MODELS, lines_of

HEAD = (
    "| net | from | nodes | by hand | imported | ratio | raw | largest difference | seconds |",
    "|---|---|--:|--:|--:|--:|---|--:|--:|",
)


@dataclass(frozen=True)
class Row:
    """A net, where its file comes from, what writes the file, and what a person wrote like it."""

    net: str
    origin: str
    export: Callable[[Path], None]
    like: tuple[str, str] | None = None


def shipped(file: str, net: str, **settings: int) -> Row:
    """A net of the zoo, as `netc compile` writes it."""

    def export(path: Path) -> None:
        analysis = check_files([MODELS / file], net=net, settings=settings)
        graph = analysis.nets[0].graph
        assert graph is not None
        write_onnx(compile_onnx(graph, SeededWeights(1)), path, None)

    return Row(net, "netc", export, (file, net))


def torch_rows() -> list[Row]:
    """PyTorch's nets, by both of its exporters."""
    rows = []
    for name, made in import_torch.NETS.items():
        for dynamo in (False, True):
            origin = "PyTorch, dynamo" if dynamo else "PyTorch, TorchScript"

            def export(path: Path, made: Any = made, dynamo: bool = dynamo) -> None:
                import_torch.export(made, path, dynamo=dynamo)

            rows.append(Row(name, origin, export, import_torch.LIKE.get(name)))
    return rows


def keras_row(name: str, like: tuple[str, str] | None) -> Row:
    """A net of `keras.applications` by `Model.export`."""

    def export(path: Path) -> None:
        import keras
        import numpy as np

        keras.utils.set_random_seed(0)
        model = getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3))
        model(np.zeros((1, 64, 64, 3), np.float32))
        rng = np.random.default_rng(0)
        for weight in model.weights:
            if weight.path.endswith(("moving_mean", "beta", "bias")):
                weight.assign(rng.uniform(-0.3, 0.3, weight.shape))
            elif weight.path.endswith(("moving_variance", "gamma")):
                weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        model.export(path, format="onnx", verbose=False)

    return Row(name, "Keras", export, like)


ROWS = (
    shipped("resnet.net", "ResNet18"),
    shipped("resnet.net", "ResNet50"),
    shipped("resnet.net", "ResNet152"),
    shipped("vgg.net", "VGG16"),
    shipped("mobilenet_v2.net", "MobileNetV2"),
    shipped("densenet.net", "DenseNet121"),
    shipped("unet.net", "UNet", size=188),
    shipped("gpt2.net", "GPT2", width=192, depth=12, vocabulary=1000, longest=64),
    shipped("vit.net", "ViTTiny"),
    shipped("text_classifiers.net", "LSTMClassifier"),
    shipped("text_classifiers.net", "GRUClassifier"),
    shipped("text_classifiers.net", "BidirectionalClassifier"),
    shipped("seq2seq.net", "Seq2Seq"),
    shipped("two_tower.net", "TwoTower"),
    *torch_rows(),
    keras_row("MobileNetV2", ("mobilenet_v2.net", "MobileNetV2")),
    keras_row("ResNet50", ("resnet_keras.net", "ResNet50")),
    keras_row("EfficientNetB0", ("efficientnet.net", "EfficientNetB0")),
    keras_row("DenseNet121", ("densenet.net", "DenseNet121")),
    keras_row("VGG16", ("vgg.net", "VGG16")),
)


def main() -> int:
    """Makes what is named; returns the exit status."""
    names = list(dict.fromkeys(row.net for row in ROWS))
    parser = argparse.ArgumentParser(description="Imports nets and shows how long they are.")
    parser.add_argument("nets", nargs="*", metavar="NET", help=", ".join(names))
    parser.add_argument("--write", action="store_true", help="put the rows into docs/results.md")
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.row is not None:
        print(json.dumps(measured(ROWS[given.row])))
        return 0
    if unknown := set(given.nets) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    rows = []
    print("\n".join(HEAD), flush=True)
    wanted = [at for at, row in enumerate(ROWS) if not given.nets or row.net in given.nets]
    for place in wanted:
        made = shown(place, ROWS[place])
        if made is not None:
            rows.append(made)
            print(made, flush=True)
    if given.write:
        order = [(row.net, row.origin) for row in ROWS]
        put_rows(HEAD, rows, lambda cells: (cells[0], cells[1]), order)
    return int(len(rows) < len(wanted))


def shown(place: int, row: Row) -> str | None:
    """The line of a row that is made in a process of its own, which gives its memory back.

    None where the file could not be made.
    """
    command = [sys.executable, __file__, "--row", str(place)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        words = (made.stderr.strip().splitlines() or ["no reason"])[-1]
        print(f"{row.net} ({row.origin}) was not made: {words}", file=sys.stderr)
        return None
    found = json.loads(made.stdout.splitlines()[-1])
    if "refused" in found:
        return line(row.net, row.origin, "", "", "", "", f"refused: {found['refused']}", "", "")
    by_hand, ratio = "", ""
    if row.like is not None:
        count = lines_of(MODELS / row.like[0], row.like[1])
        by_hand, ratio = str(count), f"{found['lines'] / count:.2f}"
    figures = found["nodes"], by_hand, found["lines"], ratio, counted(found["raw"])
    apart = digit(found["largest"]) + (f", at `{found['first']}`" if found["first"] else "")
    return line(row.net, row.origin, *figures, apart, f"{found['seconds']:.1f}")


def measured(row: Row) -> dict[str, object]:
    """Writes the file, imports it, and counts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        row.export(path)
        begun = time.perf_counter()
        try:
            made = import_onnx(path)
        except UserError as error:
            return {"refused": str(error).replace(f"{path}: ", "").replace("|", "/")}
        seconds = time.perf_counter() - begun
        text = Path(folder, "again.net")
        text.write_text(made.text, "utf-8")
        name = made.text.partition("\nnet ")[2].partition("(")[0]
        return {
            "nodes": made.nodes,
            "lines": lines_of(text, name),
            "raw": dict(made.raw),
            "largest": made.proof.largest,
            "first": made.proof.first or made.proof.why,
            "seconds": seconds,
        }


if __name__ == "__main__":
    sys.exit(main())
