"""Steps of `docs/course.md` that train nothing: nets that are run on a few numbers, or drawn."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from course_page import Figures
from datasets import FOLDER
from experiment_pictures import COLORS, save_small
from netc.runtime.cli import execute
from netc.runtime.report.style import (
    BLUE,
    ORANGE,
    drawing,
    log_scale,
    log_scale_across,
    new_figure,
    photograph_axes,
)

import netc

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ZOO = (
    ("alexnet", "AlexNet"),
    ("vgg", "VGG16"),
    ("vgg", "VGG19"),
    ("googlenet", "GoogLeNet"),
    ("inception_v3", "InceptionV3"),
    ("resnet", "ResNet18"),
    ("resnet", "ResNet50"),
    ("resnet", "ResNet152"),
    ("densenet", "DenseNet121"),
    ("xception", "Xception"),
    ("squeezenet", "SqueezeNet10"),
    ("mobilenet", "MobileNet"),
    ("mobilenet_v2", "MobileNetV2"),
    ("efficientnet", "EfficientNetB0"),
)
"""Nets of `models/` that classify ImageNet: the file, and the net in it."""


def activations(file: Path, out: Path) -> Figures:
    """The three functions, and their slopes by differences of their values."""
    step = 0.01
    z = np.arange(-6, 6 + step / 2, step, dtype=np.float32)
    found = netc.load(file).run(z[:, np.newaxis])
    slopes = {name: np.gradient(value[:, 0], step) for name, value in found.items()}
    with drawing():
        figure = new_figure(9.6, 3.4)
        values, steep = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
        for (name, value), color in zip(found.items(), COLORS, strict=False):
            values.plot(z, value[:, 0], color=color, label=name, linewidth=1.9)
            steep.plot(z, slopes[name], color=color, linewidth=1.9)
        values.set_ylim(-1.2, 3)
        values.set_title("Value")
        steep.set_title("Slope")
        _legend(figure)
        save_small(figure, out / "activations.png")
    at = {number: int(np.argmin(np.abs(z - number))) for number in (0, 5)}
    rows = [
        [name, f"{value[at[0], 0]:.2f}", f"{slopes[name].max():.2f}", f"{slopes[name][at[5]]:.4f}"]
        for name, value in found.items()
    ]
    return [["", "value at 0", "steepest slope", "slope at 5"], *rows]


def softmax(file: Path, out: Path) -> Figures:
    """Three rows of scores above their shares."""
    scores = np.array([[1, 2, 3], [11, 12, 13], [1, 2, 6]], np.float32)
    (probs,) = netc.load(file).run(scores).values()
    with drawing():
        figure = new_figure(9.6, 2.9)
        for place, (row, shares) in enumerate(zip(scores, probs, strict=True)):
            axes = figure.add_subplot(1, 3, place + 1)
            words = [f"{score:g}" for score in row]
            for bar, share in zip(
                axes.bar(words, shares, color=BLUE, width=0.6), shares, strict=True
            ):
                axes.annotate(
                    f"{share:.3f}",
                    (bar.get_x() + bar.get_width() / 2, share),
                    ha="center",
                    va="bottom",
                )
            axes.set_ylim(0, 1.1)
            axes.set_title("Shares")
            axes.set_xlabel("scores")
        save_small(figure, out / "softmax.png")
    rows = [
        [", ".join(f"{score:g}" for score in row), ", ".join(f"{share:.3f}" for share in shares)]
        for row, shares in zip(scores, probs, strict=True)
    ]
    return [["scores", "shares"], *rows]


def one_hot(file: Path, out: Path) -> Figures:
    """Ten digits above the rows of their labels."""
    pictures, labels = digits()
    (rows,) = netc.load(file).run(labels.astype(np.int32)).values()
    with drawing():
        figure = new_figure(9.6, 2.2)
        for place, (picture, row) in enumerate(zip(pictures, rows, strict=True)):
            above = figure.add_subplot(2, 10, place + 1)
            above.imshow(picture[..., 0], cmap="gray_r")
            above.set_axis_off()
            below = figure.add_subplot(2, 10, place + 11)
            below.bar(range(10), row, color=BLUE, width=0.8)
            below.set_ylim(0, 1)
            below.set_xticks([0, 9])
            below.set_yticks([])
            below.grid(visible=False)
        save_small(figure, out / "one_hot.png")
    sums = sorted({f"{row.sum():g}" for row in rows})
    return [["places of a row", "sum of each row"], [f"{rows.shape[1]}", ", ".join(sums)]]


def digits() -> tuple[np.ndarray, np.ndarray]:
    """One digit of each of the ten classes `[10, 28, 28, 1]`, and the classes `[10]`."""
    with np.load(FOLDER / "mnist_5k.npz") as whole:
        x, y = whole["x"], whole["y"]
    first = [int(np.flatnonzero(y == label)[0]) for label in range(10)]
    return x[first], y[first]


def pooling(file: Path, out: Path) -> Figures:
    """A digit, and what two ways of pooling leave of it."""
    digit = digits()[0][2]
    found = netc.load(file).run(digit[np.newaxis].astype(np.float32))
    shown = {"as it is": digit, **{f"{name} of 2 by 2": value[0] for name, value in found.items()}}
    with drawing():
        figure = new_figure(7.2, 2.7, photographs=True)
        for axes, (name, picture) in zip(
            photograph_axes(figure, 1, 3, 3), shown.items(), strict=True
        ):
            axes.imshow(picture[..., 0], cmap="gray", vmin=0, vmax=255)
            axes.set_title(name)
        figure.set_facecolor("white")
        save_small(figure, out / "pooling.png")
    params = netc.load(file).summary().params
    rows = [
        [name, f"{value.size}", f"{value.max():.0f}", f"{params}"]
        for name, value in (("as it is", digit), *found.items())
    ]
    return [["", "numbers", "largest of them", "weights"], *rows]


def alexnet(file: Path, out: Path) -> Figures:
    """The net with colours for parameters; where these are."""
    _graph(file, "AlexNet", out / "alexnet.svg", "--colour", "params")
    costs = netc.load(file).summary()
    dense = sum(layer.params for layer in costs.layers if layer.op == "Dense")
    return _prices(str(file), "parameters in dense layers", dense / costs.params)


def vgg(file: Path, out: Path) -> Figures:
    """The net with colours for its work; where that is."""
    _graph(file, "VGG16", out / "vgg.svg", "--colour", "flops")
    costs = netc.load(file).summary()
    work = sum(int(layer.flops) for layer in costs.layers if layer.op == "Conv2D")
    return _prices(str(file), "operations in convolutions", work / int(costs.flops))


def resnet(file: Path, out: Path) -> Figures:
    """Two units with their skip connections."""
    _graph(file, "Units", out / "resnet.svg", "--depth", "1")
    costs = netc.load(f"{file}:ResNet18").summary()
    dense = sum(layer.params for layer in costs.layers if layer.op == "Dense")
    return _prices(f"{file}:ResNet18", "parameters in dense layers", dense / costs.params)


def benchmarks(file: Path, out: Path) -> Figures:
    """What well-known nets cost."""
    costs = {name: netc.load(f"models/{stem}.net:{name}").summary() for stem, name in ZOO}
    with drawing():
        figure = new_figure(7.2, 4.6)
        axes = figure.add_subplot()
        for name, cost in costs.items():
            place = cost.params / 1e6, int(cost.flops) / 1e9
            axes.plot(*place, "o", color=ORANGE if name.startswith("VGG") else BLUE)
            axes.annotate(name, place, xytext=(6, 4), textcoords="offset points", fontsize=9)
        axes.set_xlim(0.9, 400)
        log_scale(axes)
        log_scale_across(axes)
        axes.set_title("Operations of one picture, 10⁹")
        axes.set_xlabel("parameters, 10⁶")
        save_small(figure, out / "benchmarks.png")
    own = netc.load(file).summary()
    shown = {"Pocket": own, **{name: costs[name] for name in ("AlexNet", "VGG16", "ResNet50")}}
    rows = [
        [name, f"{cost.params / 1e6:.1f} M", f"{int(cost.flops) / 1e9:.1f} G"]
        for name, cost in shown.items()
    ]
    return [["", "parameters", "FLOPs of a picture"], *rows]


def _prices(net: str, part: str, share: float) -> Figures:
    costs = netc.load(net).summary()
    learning = sum(1 for layer in costs.layers if layer.op in ("Conv2D", "Dense"))
    return [
        ["parameters", "FLOPs of a picture", "convolutions and dense layers", part],
        [f"{costs.params:,}", f"{int(costs.flops) / 1e9:.1f} G", f"{learning}", f"{share:.0%}"],
    ]


def _graph(file: Path, net: str, picture: Path, *more: str) -> None:
    """Draws a net as a reader does, in the folder of its file."""
    picture = picture.resolve()
    with contextlib.chdir(file.parent):
        if execute(["graph", f"{file.name}:{net}", "-o", str(picture), *more]):
            raise SystemExit(1)


def _legend(figure: Figure) -> None:
    lines, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper center", ncols=4)


STEPS = {
    "activations": activations,
    "softmax": softmax,
    "one_hot": one_hot,
    "pooling": pooling,
    "alexnet": alexnet,
    "vgg": vgg,
    "resnet": resnet,
    "benchmarks": benchmarks,
}
