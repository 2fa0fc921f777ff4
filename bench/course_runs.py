"""Steps of `docs/course.md` that train: pictures of what they learned."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from course_page import Figures
from datasets import FOLDER
from experiment_pictures import COLORS, Trained, save_small
from experiments import read
from netc.runtime.cli import execute
from netc.runtime.infer.activation_map import enlarged
from netc.runtime.report.style import (
    BLUE,
    ORANGE,
    drawing,
    log_scale,
    new_figure,
    photograph_axes,
    whole_numbers,
)
from netc.runtime.runs.history import read_gradients, read_history
from PIL import Image
from safetensors.numpy import load_file

import netc


def perceptron(file: Path, out: Path) -> Figures:
    """The points, and the line where the answer is one half."""
    weights = _weights(file, "Perceptron")
    (w1, w2), (b,) = weights["line/kernel"][:, 0], weights["line/bias"]
    table = np.loadtxt(FOLDER / "points.csv", delimiter=",", skiprows=1)
    across = np.array([-3.4, 3.4])
    with drawing():
        figure = new_figure(5.2, 4.4)
        axes = figure.add_subplot()
        for kind, color, mark in ((0, ORANGE, "o"), (1, BLUE, "^")):
            x, y, _ = table[table[:, 2] == kind].T
            axes.plot(x, y, mark, color=color, markersize=4, label=f"kind {kind}")
        axes.plot(across, -(w1 * across + b) / w2, color=COLORS[3], label="one half")
        axes.set(xlim=across, ylim=across, aspect="equal", xlabel="x", ylabel="y")
        axes.legend(loc="lower left", frameon=True)
        save_small(figure, out / "perceptron.png")
    right = _last(file, "Perceptron", "val_binary_accuracy")
    return [
        ["weights", "bias", "right, of validation points"],
        [f"{w1:.2f}, {w2:.2f}", f"{b:.2f}", right],
    ]


def cross_entropy(file: Path, out: Path) -> Figures:
    """The loss over a share, and the best, a middle and the worst of some digits."""
    with np.load(FOLDER / "mnist_5k.npz") as whole:
        x, y = whole["x"][::10], whole["y"][::10]
    net = netc.load(file, weights=_run(file, "Linear") / "best.safetensors")
    shares = np.take_along_axis(net.run(x.astype(np.float32))["probs"], y[:, np.newaxis], 1)[:, 0]
    order = np.argsort(shares)[::-1]
    chosen = [order[0], order[int(0.9 * len(order))], order[-1]]
    with drawing():
        figure = new_figure(9.6, 3.2)
        grid = figure.add_gridspec(1, 6)
        curve = figure.add_subplot(grid[:3])
        p = np.linspace(0.002, 1, 400)
        curve.plot(p, -np.log(p), color=BLUE, linewidth=1.9)
        curve.plot(shares[chosen], -np.log(shares[chosen]), "o", color=ORANGE)
        curve.set_xlabel("share of the right class")
        curve.set_title("Loss")
        for place, index in enumerate(chosen):
            axes = figure.add_subplot(grid[3 + place])
            axes.imshow(x[index, ..., 0], cmap="gray_r")
            axes.set_title(
                f"a {y[index]}\nshare {shares[index]:.2g}\nloss {-np.log(shares[index]):.2g}",
                fontsize=9,
            )
            axes.set_axis_off()
        save_small(figure, out / "cross_entropy.png")
    run = _read(file, "Linear")
    loss, right = run.values("val_loss")[-1], run.values("val_accuracy")[-1]
    return [
        ["mean loss of validation digits", "right", "loss of a guess"],
        [f"{loss:.3f}", f"{right:.1%}", f"{np.log(10):.3f}"],
    ]


def regularisation(file: Path, out: Path) -> Figures:
    """The weights of the three nets, each by size."""
    names = ("Free", "WithL1", "WithL2")
    sizes = {
        name: np.sort(np.abs(_weights(file, name)["line/kernel"][:, 0]))[::-1] for name in names
    }
    with drawing():
        figure = new_figure(9.6, 3.2)
        top = max(size.max() for size in sizes.values()) * 1.05
        for place, (name, size) in enumerate(sizes.items()):
            axes = figure.add_subplot(1, 3, place + 1)
            axes.bar(range(1, 31), size, color=COLORS[place])
            axes.set_ylim(0, top)
            axes.set_title(f"{name}: sizes of weights")
            axes.set_xlabel("weights, the largest first")
        save_small(figure, out / "regularisation.png")
    rows = [
        [
            name,
            f"{size.sum():.2f}",
            f"{int((size < 0.01).sum())}",
            _last(file, name, "val_binary_accuracy"),
        ]
        for name, size in sizes.items()
    ]
    return [["", "sum of sizes", "weights below 0.01", "right, of validation rows"], *rows]


def gradients(file: Path, out: Path) -> Figures:
    """The norm of each layer's gradient at the first step."""
    words = {
        "Vanishing": "sigmoid",
        "Exploding": "ReLU, weights too large",
        "Kept": "ReLU, batch normalization",
    }
    rows = [["", "first layer's gradient", "last layer's", "right, of validation digits"]]
    with drawing():
        figure = new_figure(6.4, 3.7)
        axes = figure.add_subplot()
        for (name, label), color in zip(words.items(), COLORS, strict=False):
            run = _run(file, name)
            found = read_gradients(run / "gradients.csv")
            held = [i for i, layer in enumerate(found.layers) if "norm" not in layer]
            norms = found.norms[0][held]
            axes.plot(range(1, len(norms) + 1), norms, "o-", markersize=3, color=color, label=label)
            epochs = read_history(run / "history.csv")
            right = f"{epochs[-1].values['val_accuracy']:.0%}" if epochs else "numbers too large"
            rows.append([name, f"{norms[0]:.1g}", f"{norms[-1]:.1g}", right])
        log_scale(axes)
        whole_numbers(axes)
        axes.set_title("Gradient's norm at the first step (log scale)")
        axes.set_xlabel("dense layer, first to last")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=3)
        save_small(figure, out / "gradients.png")
    return rows


def cnn(file: Path, out: Path) -> Figures:
    """How both learn, and what the first convolution has learned to see."""
    words = {"Digits": "convolutions", "DigitsDense": "dense layers"}
    runs = {name: _read(file, name) for name in words}
    kernels = _weights(file, "Digits")
    first = next(value for name, value in kernels.items() if value.ndim == 4)
    with drawing():
        figure = new_figure(9.6, 3.4)
        learned, seen = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
        for (name, label), color in zip(words.items(), (BLUE, ORANGE), strict=True):
            values = runs[name].values("val_accuracy")
            learned.plot(range(1, len(values) + 1), values, color=color, label=label, linewidth=1.9)
        learned.set_title("Validation accuracy")
        learned.set_xlabel("epoch")
        whole_numbers(learned)
        sheet = np.full((2 * 3 - 1, 8 * 3 - 1), np.nan)
        for place in range(16):
            row, column = divmod(place, 8)
            sheet[3 * row : 3 * row + 2, 3 * column : 3 * column + 2] = first[..., 0, place]
        most = np.abs(first).max()
        seen.imshow(sheet, cmap="PuOr_r", vmin=-most, vmax=most)
        seen.set_title("The 16 kernels of 2 by 2")
        seen.set_axis_off()
        figure.legend(*learned.get_legend_handles_labels(), loc="outside upper center", ncols=2)
        save_small(figure, out / "cnn.png")
    rows = [
        [
            name,
            f"{netc.load(file, name).summary().params:,}",
            f"{run.values('val_accuracy')[-1]:.1%}",
        ]
        for name, run in runs.items()
    ]
    return [["", "parameters", "right, of validation digits"], *rows]


def augmentation(file: Path, out: Path) -> Figures:
    """The contact sheet of `netc data`."""
    sheet = out / "augmentation.png"
    words = ["data", f"{file}:Augmented", "--data", str(FOLDER), "-o", str(sheet), "--count", "8"]
    if execute(words):
        raise SystemExit(1)
    runs = {name: _read(file, name) for name in ("Plain", "Augmented")}
    rows = [
        [name, f"{run.values('loss')[-1]:.3f}", f"{run.values('val_accuracy')[-1]:.1%}"]
        for name, run in runs.items()
    ]
    return [["", "loss on training digits", "right, of validation digits"], *rows]


def cam(file: Path, out: Path) -> Figures:
    """A figure of each class, and where `netc cam` finds it."""
    with np.load(FOLDER / "figures.npz") as whole:
        x, y = whole["x"], whole["y"]
    with drawing():
        figure = new_figure(6.4, 4.6)
        cells = photograph_axes(figure, 2, 3, 6)
        for label, name in enumerate(("ring", "cross", "square")):
            picture = x[np.flatnonzero(y[:, label])[0], ..., 0]
            found = _seen(file, picture, name)
            for axes in (cells[label], cells[label + 3]):
                axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
            cells[label].set_title(f"{name}, {found['score']:.0%}")
            seen = enlarged(np.array(found["map"]), picture.shape)
            cells[label + 3].imshow(seen, cmap="inferno", alpha=0.6)
        save_small(figure, out / "cam.png", 96)
    right = _last(file, "Figures", "val_binary_accuracy")
    return [["right, of the answers to validation pictures"], [right]]


def _seen(file: Path, picture: np.ndarray, name: str) -> Mapping[str, Any]:
    """What `netc cam` says of a picture, written beside the net."""
    path = file.with_suffix("") / f"{name}.png"
    Image.fromarray(picture).save(path)
    words = ["cam", str(_run(file, "Figures")), str(path), "--class", name, "--format", "json"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        failed = execute([*words, "-o", str(path.with_name(f"{name}_cam.png"))])
    if failed:
        raise SystemExit(1)
    found: Mapping[str, Any] = json.loads(said.getvalue())
    return found


def _run(file: Path, recipe: str) -> Path:
    return file.with_suffix("") / recipe


def _read(file: Path, recipe: str) -> Trained:
    return read(_run(file, recipe))


def _weights(file: Path, recipe: str) -> dict[str, np.ndarray]:
    return load_file(_run(file, recipe) / "best.safetensors")


def _last(file: Path, recipe: str, figure: str) -> str:
    return f"{_read(file, recipe).values(figure)[-1]:.1%}"


STEPS = {
    "perceptron": perceptron,
    "cross_entropy": cross_entropy,
    "regularisation": regularisation,
    "gradients": gradients,
    "cnn": cnn,
    "augmentation": augmentation,
    "cam": cam,
}
