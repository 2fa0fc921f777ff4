"""Histories as real runs leave them, made up."""

from __future__ import annotations

import math

import numpy as np
from netc.runtime.runs.history import Ending, Epoch, Gradients, History


def history(
    restarts: int = 1,
    phases: tuple[tuple[str, int], ...] = (("", 20),),
    stopped: int | None = None,
    validation: bool = True,
    kept: int | None = None,
) -> History:
    """Losses that fall and level off; the validation loss rises again after a while."""
    rng = np.random.default_rng(1)
    epochs, endings = [], []
    for restart in range(1, restarts + 1):
        at = 0
        for name, length in phases:
            for _ in range(length):
                at += 1
                loss = 2.2 * math.exp(-at / (4 + restart)) + 0.1 + rng.normal(0, 0.01)
                values = {"loss": loss, "accuracy": 1 - loss / 3}
                if validation:
                    worse = loss + 0.05 + 0.004 * max(0, at - 12) ** 1.3 + rng.normal(0, 0.02)
                    values |= {"val_loss": worse, "val_accuracy": 1 - worse / 3}
                epochs.append(Epoch(restart, name, at, 0.01 / (1 + 0.2 * at), 1.3, values))
                if at == stopped:
                    break
            reason = "stopped" if at == stopped else "finished"
            best = kept or at
            endings.append(Ending(restart, name, at, reason, best, "val_loss", 0.31))
    return History(tuple(epochs), tuple(endings))


def gradients(layers: tuple[str, ...], fall: float, points: int = 40) -> Gradients:
    """Norms that shrink by the factor `fall` a layer from the last layer to the first."""
    rng = np.random.default_rng(2)
    depth = np.arange(len(layers))[::-1]
    norms = fall**depth * np.exp(rng.normal(0, 0.3, (points, len(layers))))
    return Gradients(layers, tuple(range(1, 10 * points + 1, 10)), norms.astype(np.float32))
