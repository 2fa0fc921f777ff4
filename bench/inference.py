"""netc's ONNX files beside PyTorch's own export in onnxruntime, and beside Keras's `predict`.

    python bench/inference.py [NET …] [--rounds 40] [--threads 1] [--no-keras] [--patience 60]

Needs `pip install torch==2.13.0 onnxscript` and `netc[train]`. All have the same weights, and it is
tried that netc and PyTorch compute the same. Each round runs every contender, so that what else the
machine does falls on all alike. `ratio` is the median over the rounds; `best` compares the fastest
rounds, which other work on the machine touches least. PyTorch exports for the one batch size it
runs, netc's file leaves it open. With `--threads 1` the processor's time is taken, so that a busy
machine can be used; Keras is then left out. Otherwise rounds are repeated for up to `--patience`
seconds until enough had the machine to themselves.

`peak` is one convolution of 3x3 in onnxruntime, which is all sums of products. `share` is how much
of its operations a second netc's file makes: what is left to gain in float32.
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
from netc.compiler.cost.costs import net_costs
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.shapes.dims import substitute
from netc.runtime.weights import load_weights
from rounds import interleaved, milliseconds, ratios, session_run
from torch_nets import LSTMClassifier, TransformerClassifier, mobilenet_v2, resnet50, vgg16

TOKENS = 128
PEAK_OPERATIONS = 2 * 56 * 56 * 256 * 256 * 9


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
        pictures = rng.uniform(0, 1, (batch, 224, 224, 3)).astype("float32")
        return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)) if first else pictures


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
    parser.add_argument("--patience", type=float, default=60, help="seconds to find quiet rounds")
    chosen = parser.parse_args()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    print(
        f"{'net':<13}{'batch':>5}{'netc':>11}{'GFLOP/s':>9}{'peak':>6}{'share':>7}"
        f"{'PyTorch':>11}{'ratio':>8}{'best':>8}{'Keras':>11}{'ratio':>8}{'best':>8}"
    )
    for name in chosen.nets or CONTESTS:
        for batch in chosen.batch:
            keras = batch == 1 and chosen.threads != 1 and not chosen.no_keras
            runs, operations = contenders(CONTESTS[name], batch, chosen.threads, keras)
            times = interleaved(runs, chosen.rounds, chosen.threads, chosen.patience)
            print(row(name, batch, times, operations, chosen.threads == 1), flush=True)


def row(
    name: str, batch: int, times: Sequence[Sequence[float]], operations: float, one_thread: bool
) -> str:
    """Medians in milliseconds, operations a second, and how the others compare."""
    ours, theirs, *others = times
    made = operations / min(ours) / 1e9
    cells = f"{name:<13}{batch:>5}{milliseconds(ours)}{made:>9.0f}"
    keras = others
    if one_thread:
        *keras, peak = others
        most = PEAK_OPERATIONS / min(peak) / 1e9
        cells += f"{most:>6.0f}{made / most:>7.2f}"
    else:
        cells += f"{'':>13}"
    cells += f"{milliseconds(theirs)}{ratios(ours, theirs)}"
    return cells + "".join(f"{milliseconds(k)}{ratios(k, ours)}" for k in keras)


def contenders(
    contest: Contest, batch: int, threads: int, with_keras: bool
) -> tuple[list[Callable[[], object]], float]:
    """What runs in a round (netc, PyTorch's export, maybe Keras or the peak), and netc's FLOPs."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "netc.onnx"), Path(folder, "torch.onnx")
        checked, weights = graph(contest), Path(folder, "torch.pt")
        torch.manual_seed(0)
        module = contest.module().eval()
        torch.save(module.state_dict(), weights)
        source = load_weights(weights, checked)
        write_onnx(compile_onnx(checked, source), ours)
        export(contest, module, batch, theirs)
        last, first = contest.array(batch, False), contest.array(batch, True)
        (taken,) = checked.graph.inputs
        runs: list[Callable[[], Any]] = [
            session_run(ours, {taken: last}, threads),
            session_run(theirs, {"x": first}, threads),
        ]
        np.testing.assert_allclose(runs[0]()[0], runs[1]()[0], atol=1e-4)
        if with_keras:
            from netc.compiler.lower.keras.lower import lower_keras

            model: Any = lower_keras(checked, source)
            runs.append(lambda: model.predict(last, verbose=0))
        if threads == 1:
            runs.append(peak_run(Path(folder, "peak.onnx"), threads))
    operations = substitute(net_costs(checked).flops, {"T": TOKENS, "N": batch})
    assert isinstance(operations, int)
    return runs, batch * operations


def peak_run(path: Path, threads: int) -> Callable[[], object]:
    """One convolution of `PEAK_OPERATIONS`, 3x3 and 256 channels to 256."""
    checked = net_of_text(
        "net Peak(x: float32[N, 56, 56, 256]) "
        "{ return x -> Conv2D(256, 3, padding=same) -> GlobalMaxPooling2D }"
    )
    write_onnx(compile_onnx(checked, SeededWeights(0)), path)
    array = np.random.default_rng(0).uniform(0, 1, (1, 56, 56, 256)).astype("float32")
    return session_run(path, {"x": array}, threads)


def net_of_text(text: str) -> CheckedGraph:
    """The only net of some `.net` text."""
    path = Path("peak.net").resolve()
    (net,) = check_files([path], overlay={path: text}).nets
    assert net.graph is not None
    return net.graph


def graph(contest: Contest) -> CheckedGraph:
    """netc's checked net."""
    analysis = check_files([ROOT / "models" / contest.file])
    found = next(net.graph for net in analysis.nets if net.name == contest.net)
    assert found is not None
    return found


def export(contest: Contest, module: torch.nn.Module, batch: int, path: Path) -> None:
    """PyTorch's own export, quiet."""
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
