"""Seconds a training step: netc beside plain Keras `fit` and PyTorch, with their input pipelines.

    python bench/training.py [NET …] [--rounds 9] [--steps N] [--no-compile] [--quick]

Needs `pip install torch==2.13.0`, `netc[train]` and, for torch.compile, a C++ compiler. Every
contender trains the same network with Adam on the same pictures, held in memory and shuffled, in
rounds of some steps; each round runs every contender. `ratio` is netc's time over the contender's:
the median over the rounds, and that of the fastest rounds, which other work touches least.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import torch
from keras_nets import cifar10_cnn, resnet50
from measure import ROOT
from netc.compiler.check import check_files
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.data.load import from_arrays
from netc.runtime.train.evaluation import Evaluation
from netc.runtime.train.feed import Feed
from netc.runtime.train.net import TrainingNet
from netc.runtime.train.phase import PhaseRun
from netc.runtime.train.trainers import make_trainer
from netc.runtime.train.watchers import Watchers
from rounds import interleaved, milliseconds, ratios
from torch_nets import Cifar10CNN
from torch_nets import resnet50 as torch_resnet50

RECIPE = """
train bench for {net} {{
  loss = sparse_categorical_crossentropy
  optimizer = Adam(0.001)
  metrics = [accuracy]
  batch = {batch}
}}
"""


@dataclass(frozen=True)
class Contest:
    """One network: netc's, Keras's and PyTorch's, and how it is trained."""

    file: str
    net: str
    keras: Callable[[], Any]
    module: Callable[[], torch.nn.Module]
    size: int
    classes: int
    batch: int
    steps: int
    """Steps of a round."""


CONTESTS = {
    "CIFAR-10 CNN": Contest(
        "cifar10_cnn.net", "Cifar10CNN", cifar10_cnn, Cifar10CNN, 32, 10, 32, 100
    ),
    # Its softmax is left off: PyTorch's loss has it.
    "ResNet-50": Contest(
        "resnet.net", "ResNet50", resnet50, lambda: torch_resnet50()[:-1], 224, 1000, 8, 6
    ),
}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Measures training steps, side by side.")
    parser.add_argument("nets", nargs="*", metavar="NET", help=f"any of {', '.join(CONTESTS)}")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, help="steps of a round")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    parser.add_argument("--quick", action="store_true", help="few short rounds, no torch.compile")
    chosen = parser.parse_args()
    print(
        "| net, batch | contender | a step | netc's ratio | of the fastest |\n|---|---|--:|--:|--:|"
    )
    for name in chosen.nets or CONTESTS:
        contest = CONTESTS[name]
        steps = chosen.steps or (max(2, contest.steps // 2) if chosen.quick else contest.steps)
        runs = contenders(contest, steps, not (chosen.no_compile or chosen.quick))
        rounds, patience = (4, 10) if chosen.quick else (chosen.rounds, 120)
        times = interleaved(list(runs.values()), rounds, patience=patience, warm=2)
        ours = times[0]
        for contender, taken in zip(runs, times, strict=True):
            cells = " | ".join(ratios(ours, taken).split())
            step = milliseconds([seconds / steps for seconds in taken]).strip()
            print(f"| {name}, {contest.batch} | {contender} | {step} | {cells} |", flush=True)


def contenders(contest: Contest, steps: int, compiled: bool) -> dict[str, Callable[[], object]]:
    """What runs a round of each contender, netc first."""
    rng = np.random.default_rng(0)
    count = contest.batch * steps
    x = rng.uniform(0, 1, (count, contest.size, contest.size, 3)).astype("float32")
    y = rng.integers(0, contest.classes, count).astype("int32")
    runs: dict[str, Callable[[], object]] = {
        "netc": netc_round(contest, x, y, steps),
        "Keras `fit` on arrays": keras_round(contest, x, y),
        "PyTorch": torch_round(contest, x, y, torch.contiguous_format, False),
        "PyTorch, channels last": torch_round(contest, x, y, torch.channels_last, False),
    }
    if compiled:
        last = torch_round(contest, x, y, torch.channels_last, True)
        runs["torch.compile, channels last"] = last
    return runs


def netc_round(contest: Contest, x: Any, y: Any, steps: int) -> Callable[[], object]:
    """An epoch as `netc train` runs it: as many steps at once, one of them measured."""
    import keras

    recipe = the_recipe(contest)
    (phase,) = recipe.phases
    feed = Feed(recipe, from_arrays(recipe, (x, y)))
    net = TrainingNet(keras, recipe, SeededWeights(0))
    trainer = make_trainer(recipe, phase, feed, net, None)
    model = trainer.model
    batches = iter(feed.training(phase, 1, 1))
    evaluation = Evaluation(feed, phase, trainer)
    run = PhaseRun(net, phase, trainer, Watchers(keras, phase, model), evaluation, None, feed)

    def epoch() -> object:
        model.reset_metrics()
        done = 0
        while done < steps:
            count = min(run.pace(None), steps - done)
            began = time.perf_counter()
            trainer.run(batches, count, done + count == steps)
            run.took(count, time.perf_counter() - began)
            done += count
        return trainer.results()

    return epoch


def keras_round(contest: Contest, x: Any, y: Any) -> Callable[[], object]:
    """An epoch of plain `fit`."""
    model = contest.keras()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return lambda: model.fit(x, y, batch_size=contest.batch, verbose=0)


def torch_round(
    contest: Contest, x: Any, y: Any, layout: torch.memory_format, compiled: bool
) -> Callable[[], object]:
    """An epoch of an ordinary loop, with the loss and the right answers counted."""
    torch.manual_seed(0)
    module = contest.module().train().to(memory_format=layout)
    inputs = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    targets = torch.from_numpy(y).long()
    optimizer = torch.optim.Adam(module.parameters(), fused=True)
    forward = torch.compile(module) if compiled else module

    def epoch() -> object:
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for at in torch.randperm(len(inputs)).split(contest.batch):
            batch = inputs[at].contiguous(memory_format=layout)
            optimizer.zero_grad(set_to_none=True)
            scores = forward(batch)
            loss = torch.nn.functional.cross_entropy(scores, targets[at])
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(at)
            right += (scores.detach().argmax(1) == targets[at]).sum()
        return float(loss_sum), int(right)

    return epoch


def the_recipe(contest: Contest) -> Recipe:
    """The bench's recipe for netc's net."""
    file = ROOT / "models" / contest.file
    text = file.read_text(encoding="utf-8") + RECIPE.format(net=contest.net, batch=contest.batch)
    analysis = check_files([Path(file)], overlay={file.resolve(): text})
    return next(recipe for recipe in analysis.recipes if recipe.name == "bench")


if __name__ == "__main__":
    main()
