"""A small sweep: its file, its data, and an engine that trains in the process of the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from netc.runtime.cli.sweep import make_plan
from netc.runtime.runs.folder import RunFolder
from netc.runtime.sweep.one import train_one
from netc.runtime.sweep.plan import Plan
from netc.runtime.sweep.run import Sweeping

FILE = """const WIDTH = 4

net Small(x: float32[N, 4], classes: int = 3) -> probs: [N, classes] {
  return x -> Dense(WIDTH, activation=tanh) as one -> Dense(classes, activation=softmax) as two
}

train Small {
  data      = npz("small.npz", validation_split=0.2)
  loss      = sparse_categorical_crossentropy
  optimizer = Adam(0.01)
  metrics   = [accuracy]
  epochs    = 2
}
"""
RATE = "optimizer.learning_rate=1e-4..1e-1:log"


def write_small(folder: Path) -> Path:
    """Writes the file and its data."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)).astype(np.float32)
    np.savez(folder / "small.npz", x=x, y=(x @ rng.normal(size=(4, 3))).argmax(axis=1))
    path = folder / "small.net"
    path.write_text(FILE)
    return path


def plan_of(path: Path, *settings: str, trials: int = 3, **options: str) -> Plan:
    """The plan of a sweep over some settings."""
    return make_plan(path, None, settings, trials=trials, **options)


def in_process(running: Sweeping, jobs: int) -> None:
    """Trains in this process, which has Keras already."""
    while running.left() > 0:
        number, values = running.next()
        settings = running.plan.space.settings(values)

        def report(epoch: int, value: float, number: int = number) -> bool:
            return running.study.report(number, epoch, value)

        result = train_one(running.plan.task, settings, RunFolder(running.place(number)), report)
        running.tell(number, result)
