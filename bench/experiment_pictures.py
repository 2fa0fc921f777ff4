"""Draws what an experiment of `bench/experiments/` has shown, one picture each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netc.runtime.files.write import replacing
from netc.runtime.report.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    drawing,
    log_scale,
    log_scale_across,
    new_figure,
    save,
    whole_numbers,
)
from netc.runtime.runs.history import Epoch, Gradients
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALE = "#b4bdc7"
COLORS = (BLUE, ORANGE, GREEN, PURPLE)
DPI = 110


@dataclass(frozen=True)
class Trained:
    """What a run left behind: its epochs, its gradients, and the epoch whose weights it kept.

    `best` is the restart of that epoch.
    """

    epochs: Sequence[Epoch]
    gradients: Gradients | None
    kept: int
    best: int

    def values(self, name: str, restart: int = 1) -> list[float]:
        """A figure over the epochs of a restart."""
        return [e.values[name] for e in self.epochs if e.restart == restart and name in e.values]


Runs = Mapping[str, Trained]
"""The runs of an experiment by the names of their recipes."""


def draw(name: str, runs: Runs, path: Path) -> None:
    """Writes an experiment's picture."""
    with drawing():
        save_small(DRAWN[name](runs), path)


def save_small(figure: Figure, path: Path, colours: int = 64) -> None:
    """Writes a PNG of few colours, which is a third as large and looks the same."""
    save(figure, path, DPI)
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    with replacing(path) as temporary:
        whole.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            temporary, format="png", optimize=True
        )


def depth(runs: Runs) -> Figure:
    """How large each layer's gradient is at first, and how the nets learn."""
    words = {
        "Sigmoid": "sigmoid",
        "SigmoidNorm": "sigmoid, batch normalization",
        "SigmoidResidual": "sigmoid, residual",
        "ReLU": "ReLU",
    }
    figure, (norms, learned) = _panels(2)
    for (recipe, label), color in zip(words.items(), COLORS, strict=True):
        run = runs[recipe]
        if run.gradients is not None:
            held = [i for i, layer in enumerate(run.gradients.layers) if "norm" not in layer]
            first = run.gradients.norms[0][held]
            norms.plot(range(1, len(first) + 1), first, "o-", markersize=3, color=color)
        _curve(learned, run.values("val_accuracy"), label, color)
    log_scale(norms)
    _named(norms, "Gradient's norm at the first step (log scale)", "dense layer, first to last")
    _named(learned, "Validation accuracy", "epoch")
    learned.set_ylim(0, 1)
    return _with_legend(figure, learned)


def dropout(runs: Runs) -> Figure:
    """The error with and without dropout."""
    return _errors(runs, "dropout")


def l2(runs: Runs) -> Figure:
    """The error with and without L2; the penalty itself is not in it."""
    return _errors(runs, "L2")


def early_stopping(runs: Runs) -> Figure:
    """The whole run, and where early stopping ends it."""
    figure, (errors,) = _panels(1)
    whole, stopped = runs["ToTheEnd"], runs["Stopped"]
    _curve(errors, whole.values("root_mean_squared_error"), "training", BLUE)
    _curve(errors, whole.values("val_root_mean_squared_error"), "validation", ORANGE)
    for epoch, label, style in (
        (stopped.kept, "weights kept", "--"),
        (len(stopped.values("loss")), "stopped early", ":"),
    ):
        errors.axvline(epoch, color=PURPLE if style == "--" else INK, linestyle=style, label=label)
    errors.set_ylim(20, 100)
    _named(errors, "Root of the mean squared error", "epoch")
    return _with_legend(figure, errors)


def momentum(runs: Runs) -> Figure:
    """Loss and accuracy of the three."""
    words = {"Plain": "plain", "Momentum": "momentum 0.9", "Nesterov": "Nesterov's momentum 0.9"}
    figure, (losses, accuracies) = _panels(2)
    for (recipe, label), color, style in zip(words.items(), COLORS, "--:", strict=False):
        _curve(losses, runs[recipe].values("loss"), label, color, style)
        _curve(accuracies, runs[recipe].values("val_accuracy"), label, color, style)
    _named(losses, "Training loss", "epoch")
    _named(accuracies, "Validation accuracy", "epoch")
    return _with_legend(figure, losses)


def decay(runs: Runs) -> Figure:
    """Loss, accuracy and learning rate of the two."""
    words = {"Constant": "constant", "Falling": "inverse-time decay"}
    figure, (losses, accuracies, rates) = _panels(3)
    for (recipe, label), color in zip(words.items(), COLORS, strict=False):
        run = runs[recipe]
        _curve(losses, run.values("loss"), label, color)
        _curve(accuracies, run.values("val_accuracy"), label, color)
        _curve(rates, [epoch.learning_rate for epoch in run.epochs], label, color)
    log_scale(losses)
    rates.set_ylim(0)
    _named(losses, "Training loss (log scale)", "epoch")
    _named(accuracies, "Validation accuracy", "epoch")
    _named(rates, "Learning rate", "epoch")
    return _with_legend(figure, losses)


def descent(runs: Runs) -> Figure:
    """The loss by epochs and by seconds."""
    words = {"Batch": "all at once", "MiniBatch": "32 at a time", "Stochastic": "one at a time"}
    figure, (by_epoch, by_time) = _panels(2)
    for (recipe, label), color in zip(words.items(), COLORS, strict=False):
        run = runs[recipe]
        losses = run.values("val_loss")
        _curve(by_epoch, losses, label, color)
        seconds = [sum(e.seconds for e in run.epochs[: i + 1]) for i in range(len(run.epochs))]
        by_time.plot(seconds, losses, color=color, linewidth=1.9, marker="o", markersize=3)
    log_scale_across(by_time)
    _named(by_epoch, "Validation loss", "epoch")
    by_time.set_title("Validation loss")
    by_time.set_xlabel("seconds, building the first step included (log scale)")
    return _with_legend(figure, by_epoch)


def restarts(runs: Runs) -> Figure:
    """The loss of each restart, the one that is kept in a colour."""
    run = runs["Restarts"]
    figure, (losses,) = _panels(1)
    count = max(epoch.restart for epoch in run.epochs)
    for restart in range(1, count + 1):
        if restart != run.best:
            _curve(losses, run.values("loss", restart), "", PALE)
    _curve(losses, run.values("loss", run.best), f"the best of {count} restarts", BLUE)
    losses.plot([], [], color=PALE, linewidth=1.9, label="the others")
    _named(losses, "Training loss", "epoch")
    return _with_legend(figure, losses)


def transfer(runs: Runs) -> Figure:
    """Accuracy on unseen pictures, from nothing and from what other digits taught."""
    words = {"Alone": "from nothing", "Transfer": "features of 0 to 4, frozen"}
    figure, (accuracies,) = _panels(1)
    for (recipe, label), color in zip(words.items(), (ORANGE, BLUE), strict=True):
        _curve(accuracies, runs[recipe].values("val_accuracy"), label, color)
    accuracies.set_ylim(0, 1)
    _named(accuracies, "Validation accuracy", "epoch")
    return _with_legend(figure, accuracies)


DRAWN: Mapping[str, Callable[[Runs], Figure]] = {
    "depth": depth,
    "dropout": dropout,
    "l2": l2,
    "early_stopping": early_stopping,
    "momentum": momentum,
    "decay": decay,
    "descent": descent,
    "restarts": restarts,
    "transfer": transfer,
}
"""How each experiment is drawn."""


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    figure = new_figure({1: 6.4, 2: 9.6, 3: 11.4}[count], 3.7)
    return figure, [figure.add_subplot(1, count, index + 1) for index in range(count)]


def _curve(axes: Axes, values: Sequence[float], label: str, color: str, style: str = "-") -> None:
    epochs = range(1, len(values) + 1)
    axes.plot(epochs, values, style, color=color, label=label, linewidth=1.9)


def _errors(runs: Runs, technique: str) -> Figure:
    figure, (errors,) = _panels(1)
    for recipe, color in (("Without", ORANGE), ("With", BLUE)):
        run, label = runs[recipe], f"{recipe.lower()} {technique}"
        _curve(errors, run.values("root_mean_squared_error"), f"{label}: training", color, ":")
        _curve(errors, run.values("val_root_mean_squared_error"), f"{label}: validation", color)
    errors.set_ylim(20, 100)
    _named(errors, "Root of the mean squared error", "epoch")
    return _with_legend(figure, errors, columns=2)


def _named(axes: Axes, title: str, below: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(below)
    whole_numbers(axes)


def _with_legend(figure: Figure, axes: Axes, columns: int = 4) -> Figure:
    lines, labels = axes.get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper center", ncols=min(columns, len(labels)))
    return figure
