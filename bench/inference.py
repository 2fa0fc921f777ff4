"""netc's ONNX files beside PyTorch's own export in onnxruntime, and beside Keras's `predict`.

    python bench/inference.py [NET …] [--rounds 40] [--threads 1] [--no-keras]

Needs `pip install torch==2.13.0 onnxscript` and `netc[train]`. Each round runs every contender, so
that what else the machine does falls on all alike. `ratio` is the median over the rounds; `best`
compares the fastest rounds, which other work on the machine touches least. PyTorch exports for the
one batch size it runs, netc's file leaves it open. With `--threads 1` the processor's time is
taken, so that a busy machine can be used; Keras is then left out.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import torch
from measure import ROOT
from netc.compiler.check import check_files
from netc.compiler.graph import CheckedGraph
from netc.compiler.lower.compile_onnx import compile_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.lower.write import write_onnx
from rounds import interleaved, milliseconds, ratios, session_run
from torch_nets import LSTMClassifier, TransformerClassifier, mobilenet_v2, resnet50, vgg16

TOKENS = 128


@dataclass(frozen=True)
class Contest:
    """One network: netc's file and net, PyTorch's module, and whether it reads words."""

    file: str
    net: str
    module: Callable[[], torch.nn.Module]
    words: bool = False

    def array(self, batch: int, first: bool) -> np.ndarray[Any, Any]:
        """An input of a batch; pictures with channels first or last."""
        rng = np.random.default_rng(0)
        if self.words:
            return rng.integers(0, 20_000, (batch, TOKENS)).astype("int64" if first else "int32")
        shape = (batch, 3, 224, 224) if first else (batch, 224, 224, 3)
        return rng.uniform(0, 1, shape).astype("float32")


CONTESTS = {
    "ResNet-50": Contest("resnet.net", "ResNet50", resnet50),
    "VGG-16": Contest("vgg.net", "VGG16", vgg16),
    "MobileNetV2": Contest("mobilenet_v2.net", "MobileNetV2", mobilenet_v2),
    "LSTM": Contest("text_classifiers.net", "LSTMClassifier", LSTMClassifier, True),
    "Transformer": Contest(
        "transformer.net", "TransformerClassifier", lambda: TransformerClassifier(TOKENS), True
    ),
}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description="Measures inference, one contender beside the other."
    )
    parser.add_argument("nets", nargs="*", metavar="NET", help=f"any of {', '.join(CONTESTS)}")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--batch", type=int, nargs="*", default=[1, 8])
    parser.add_argument("--no-keras", action="store_true", help="leave Keras out")
    parser.add_argument("--threads", type=int, default=0, help="0: as onnxruntime chooses")
    chosen = parser.parse_args()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    print(
        f"{'net':<13}{'batch':>5}{'netc':>11}{'PyTorch':>11}{'ratio':>8}{'Keras':>12}{'ratio':>8}"
    )
    for name in chosen.nets or CONTESTS:
        for batch in chosen.batch:
            keras = batch == 1 and chosen.threads != 1 and not chosen.no_keras
            times = contest(CONTESTS[name], batch, chosen.rounds, chosen.threads, keras)
            print(row(name, batch, times), flush=True)


def row(name: str, batch: int, times: Sequence[Sequence[float]]) -> str:
    """Medians in milliseconds, and the medians of each round's ratios."""
    ours, theirs, *keras = times
    cells = f"{name:<13}{batch:>5}{milliseconds(ours)}{milliseconds(theirs)}{ratios(ours, theirs)}"
    return cells + "".join(f"{milliseconds(k)}{ratios(k, ours)}" for k in keras)


def contest(
    contest: Contest, batch: int, rounds: int, threads: int, with_keras: bool
) -> list[list[float]]:
    """Seconds of each round: netc, PyTorch's export, and Keras where it takes part."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "netc.onnx"), Path(folder, "torch.onnx")
        checked = graph(contest)
        write_onnx(compile_onnx(checked, SeededWeights(0)), ours)
        export(contest, batch, theirs)
        last, first = contest.array(batch, False), contest.array(batch, True)
        (taken,) = checked.graph.inputs
        runs = [
            session_run(ours, {taken: last}, threads),
            session_run(theirs, {"x": first}, threads),
        ]
    if with_keras:
        from netc.compiler.lower.keras import lower_keras

        model: Any = lower_keras(checked, SeededWeights(0))
        runs.append(lambda: model.predict(last, verbose=0))
    return interleaved(runs, rounds, threads)


def graph(contest: Contest) -> CheckedGraph:
    """netc's checked net."""
    analysis = check_files([ROOT / "models" / contest.file])
    found = next(net.graph for net in analysis.nets if net.name == contest.net)
    assert found is not None
    return found


def export(contest: Contest, batch: int, path: Path) -> None:
    """PyTorch's own export, quiet."""
    torch.manual_seed(0)
    module = contest.module().eval()
    example = torch.from_numpy(contest.array(batch, True))
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example,),
            path,
            dynamo=True,
            external_data=False,
            verbose=False,
            input_names=["x"],
        )


if __name__ == "__main__":
    main()
