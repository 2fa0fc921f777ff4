"""`curves.png` and `gradients.png` show the numbers of the history, no others."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from netc.runtime.report.curves import curves_figure, draw_curves
from netc.runtime.report.gradients import draw_gradients, gradients_figure
from netc.runtime.report.panels import measured, panels
from netc.runtime.report.style import drawing
from netc.runtime.runs.history import History
from PIL import Image

from .made import gradients, history

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

pytest.importorskip("matplotlib")


def xs(line: Line2D) -> list[float]:
    values: list[float] = np.asarray(line.get_xdata()).tolist()
    return values


def ys(line: Line2D) -> list[float]:
    values: list[float] = np.asarray(line.get_ydata()).tolist()
    return values


def test_every_line_is_the_history() -> None:
    made = history(restarts=3, stopped=17, kept=12)
    with drawing():
        figure = curves_figure(made, kept=2)
    loss, accuracy, rate = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Loss",
        "Accuracy",
        "Learning rate (log scale)",
    ]
    rows = [epoch for epoch in made.epochs if epoch.restart == 2]
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        drawn = {str(line.get_label()): line for line in axes.get_lines()}
        for label, key in (("training", name), ("validation", f"val_{name}")):
            line = drawn[label]
            assert xs(line) == [epoch.epoch for epoch in rows]
            assert ys(line) == [epoch.values[key] for epoch in rows]
            faint = drawn[f"{label}, restart 1"]
            assert faint.get_linewidth() < line.get_linewidth()
    assert ys(rate.get_lines()[-3]) == [epoch.learning_rate for epoch in rows]
    assert rate.get_yscale() == "log"


def test_the_kept_epoch_and_the_early_stop_are_marked() -> None:
    with drawing():
        figure = curves_figure(history(stopped=17, kept=12))
    for axes in figure.axes:
        upright = [line for line in axes.get_lines() if len(set(xs(line))) == 1]
        assert sorted(xs(line)[0] for line in upright) == [12, 17]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["training", "validation", "stopped early", "weights kept"]


def test_phases_are_named_where_they_begin() -> None:
    made = history(phases=(("head", 5), ("all", 10)))
    (panel, *_) = panels(made)
    assert [(band.name, band.first, band.last) for band in panel.bands] == [
        ("head", 1, 5),
        ("all", 6, 15),
    ]
    with drawing():
        figure = curves_figure(made)
    assert [text.get_text() for text in figure.axes[0].texts] == ["head", "all"]


def test_only_the_last_phase_gives_the_weights_that_are_kept() -> None:
    (panel, *_) = panels(history(phases=(("head", 5), ("all", 10))))
    assert [(mark.text, mark.epoch) for mark in panel.marks] == [
        ("best of its phase", 5),
        ("weights kept", 15),
    ]


def test_without_validation_there_is_one_line() -> None:
    (panel, *_) = panels(history(validation=False))
    assert [line.label for line in panel.lines] == ["training"]


def test_losses_come_before_metrics() -> None:
    (epoch, *_) = history().epochs
    values = {"recon_mae": 1.0, "val_recon_loss": 1.0, "loss": 2.0, "recon_loss": 1.0}
    assert measured([replace(epoch, values=values)]) == ("loss", "recon_loss", "recon_mae")


@pytest.mark.parametrize("rows", [1, 2, 20])
def test_any_length_and_values_that_are_no_numbers(tmp_path: Path, rows: int) -> None:
    made = history(phases=(("", rows),))
    last = made.epochs[-1]
    broken = replace(last, values=dict.fromkeys(last.values, math.nan))
    path = tmp_path / "curves.png"
    draw_curves(History((*made.epochs[:-1], broken), made.endings), path)
    assert np.asarray(Image.open(path).convert("L")).std() > 5


def test_nothing_is_drawn_of_nothing(tmp_path: Path) -> None:
    draw_curves(History(), tmp_path / "curves.png")
    assert list(tmp_path.iterdir()) == []


def test_a_line_a_layer() -> None:
    made = gradients(("a", "b", "c"), 0.1)
    with drawing():
        (axes,) = gradients_figure(made).axes
    assert axes.get_yscale() == "log"
    for index, line in enumerate(axes.get_lines()):
        assert line.get_label() == made.layers[index]
        np.testing.assert_allclose(ys(line), made.norms[:, index])


def test_many_points_are_smoothed_and_drawn_as_they_are() -> None:
    made = gradients(("a", "b"), 0.1, points=200)
    made.norms[7, 0] = np.nan
    with drawing():
        (axes,) = gradients_figure(made).axes
    calm, plain, *_ = axes.get_lines()
    np.testing.assert_allclose(ys(plain), made.norms[:, 0])
    assert np.nanstd(np.log(ys(calm))) < 0.7 * np.nanstd(np.log(ys(plain)))
    assert np.log(ys(calm)[100]) == pytest.approx(np.log(made.norms[97:104, 0]).mean(), rel=1e-5)


def test_a_map_of_many_layers() -> None:
    made = gradients(tuple(f"layer{i}" for i in range(60)), 0.8, points=900)
    with drawing():
        axes = gradients_figure(made).axes[0]
    (shown,) = axes.get_images()
    table = np.asarray(shown.get_array())
    assert table.shape == (60, 400)
    np.testing.assert_allclose(table.mean(axis=1), np.log10(made.norms).mean(axis=0), atol=0.05)


@pytest.mark.parametrize("count", [1, 5, 200])
@pytest.mark.parametrize("value", [0.0, math.nan, math.inf, 1e-30])
def test_gradients_of_any_kind_are_drawn(tmp_path: Path, count: int, value: float) -> None:
    made = gradients(tuple(f"$layer_{i}" for i in range(count)), 0.9, points=3)
    made.norms[1:, 0] = value
    path = tmp_path / "gradients.png"
    draw_gradients(made, path)
    assert np.asarray(Image.open(path).convert("L")).std() > 3
