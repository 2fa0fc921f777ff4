"""Steps of `docs/course.md` that are experiments, too: the figures that their runs end with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from course_page import Figures
from experiment_pictures import Runs


def _ends(**figures: str) -> Callable[[Runs], Figures]:
    """The last values of some figures for each recipe, in a form each."""

    def found(runs: Runs) -> Figures:
        rows = [
            [name, *(format(run.values(figure)[-1], form) for figure, form in figures.items())]
            for name, run in runs.items()
            if name != "Large"
        ]
        return [["at the end", *(WORDS[figure] for figure in figures)], *rows]

    return found


WORDS = {
    "val_loss": "validation loss",
    "loss": "training loss",
    "val_accuracy": "right, of validation digits",
    "root_mean_squared_error": "training error",
    "val_root_mean_squared_error": "validation error",
}


def _early_stopping(runs: Runs) -> Figures:
    shown = ("ToTheEnd", len(runs["ToTheEnd"].epochs)), ("Stopped", runs["Stopped"].kept)
    rows = [
        [
            name,
            f"{len(runs[name].epochs)}",
            f"{epoch}",
            f"{runs[name].values('val_root_mean_squared_error')[epoch - 1]:.0f}",
        ]
        for name, epoch in shown
    ]
    return [["", "epochs", "weights of epoch", "validation error"], *rows]


def _restarts(runs: Runs) -> Figures:
    run = runs["Restarts"]
    count = max(epoch.restart for epoch in run.epochs)
    ends = [run.values("val_binary_accuracy", each)[-1] for each in range(1, count + 1)]
    return [
        [
            "restart",
            *(f"{each}, kept" if each == run.best else f"{each}" for each in range(1, count + 1)),
        ],
        ["right, of validation points", *(f"{right:.0%}" for right in ends)],
    ]


def _momentum(runs: Runs) -> Figures:
    rows = [
        [name, f"{run.values('loss')[1]:.2f}", f"{run.values('loss')[-1]:.2f}"]
        for name, run in runs.items()
    ]
    return [["training loss of", "the second epoch", "the last"], *rows]


EXPERIMENTS: Mapping[str, Callable[[Runs], Figures]] = {
    "descent": _ends(val_loss=".3f"),
    "early_stopping": _early_stopping,
    "dropout": _ends(root_mean_squared_error=".0f", val_root_mean_squared_error=".0f"),
    "restarts": _restarts,
    "decay": _ends(loss=".3f", val_accuracy=".1%"),
    "momentum": _momentum,
    "transfer": _ends(val_accuracy=".1%"),
}
