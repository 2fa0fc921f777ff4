"""Advice on gradients fires where they vanish or explode, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.recipes import check_recipe
from netc.runtime.report.advice import advice, per_weight
from netc.runtime.runs.history import Gradients

from .made import gradients


def net(folder: Path, body: str) -> CheckedGraph:
    path = folder / "net.net"
    path.write_text(f"net Made(x: float32[N, 16]) {{\n  return x {body}\n}}\n")
    (found,) = check_files([path]).nets
    assert found.graph is not None
    return found.graph


def real_gradients(checked: CheckedGraph, steps: int = 3) -> Gradients:
    """The gradients that Keras computes for the net on random samples."""
    pytest.importorskip("keras")
    tensorflow = pytest.importorskip("tensorflow")
    from netc.compiler.lower.keras.lower import lower_keras

    model = lower_keras(checked, SeededWeights(0))
    rng = np.random.default_rng(0)
    layers = [layer for layer in model.layers if layer.trainable_variables]
    rows = []
    for _ in range(steps):
        x = rng.normal(size=(64, 16)).astype("float32")
        y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")
        with tensorflow.GradientTape() as tape:
            loss = tensorflow.reduce_mean((model(x, training=True) - y) ** 2)
        flat = [v.value for layer in layers for v in layer.trainable_variables]
        grads = iter(tape.gradient(loss, flat))
        rows.append(
            [
                float(
                    tensorflow.linalg.global_norm([next(grads) for _ in layer.trainable_variables])
                )
                for layer in layers
            ]
        )
    names = tuple(path for path, node in checked.layers().items() if node.weights)
    assert len(names) == len(layers)
    return Gradients(names, tuple(range(1, steps + 1)), np.asarray(rows, np.float32))


SIGMOIDS = "-> Dense(16, activation=sigmoid) * 20 -> Dense(1, activation=sigmoid)"


def said(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def test_twenty_sigmoid_layers_vanish(tmp_path: Path) -> None:
    checked = net(tmp_path, SIGMOIDS)
    lines = advice(real_gradients(checked), checked)
    assert lines[0].startswith("The gradients vanish: ")
    assert "20 layers end in sigmoid" in said(lines)
    assert "he_normal" in said(lines)
    assert "BatchNormalization" in said(lines)
    assert "shortcut" in said(lines)


@pytest.mark.parametrize(
    "body",
    [
        "-> Dense(16, activation=relu, kernel_initializer=he_normal) * 20 -> Dense(1)",
        "-> Dense(16, activation=relu) * 3 -> Dense(1, activation=sigmoid)",
        "-> Dense(16, activation=sigmoid) * 2 -> Dense(1, activation=sigmoid)",
    ],
)
def test_healthy_nets_get_no_advice(tmp_path: Path, body: str) -> None:
    checked = net(tmp_path, body)
    assert advice(real_gradients(checked), checked) == ()


def test_what_a_net_has_already_is_not_advised(tmp_path: Path) -> None:
    checked = net(tmp_path, "-> Dense(16, activation=relu) * 10 -> LayerNormalization -> Dense(1)")
    names = tuple(path for path, node in checked.layers().items() if node.weights)
    lines = said(advice(gradients(names, 0.1), checked))
    assert "vanish" in lines
    assert "sigmoid" not in lines
    assert "BatchNormalization" not in lines
    assert "shortcut" in lines


def test_weights_that_start_too_small_or_too_large_are_named(tmp_path: Path) -> None:
    start = "Dense(16, activation=relu, kernel_initializer=RandomNormal(stddev={}))"
    small = net(tmp_path, f"-> {start.format(0.001)} * 4 -> Dense(1)")
    names = tuple(small.layers())[1:]
    lines = said(advice(gradients(names, 0.01), small))
    assert "times too small (RandomNormal)" in lines
    assert "and 3 more" in lines
    large = net(tmp_path, f"-> {start.format(4.0)} * 4 -> Dense(1)")
    lines = said(advice(gradients(names, 100.0), large))
    assert "explode on their way back" in lines
    assert "times too large (RandomNormal)" in lines
    assert real_gradients(large).norms[:, 0].min() > 100 * real_gradients(small).norms[:, 0].max()


def test_growth_and_infinity_are_explosions(tmp_path: Path) -> None:
    checked = net(tmp_path, "-> Dense(16, activation=relu) * 3 -> Dense(1)")
    names = tuple(checked.layers())[1:]
    calm = gradients(names, 1.0)
    assert advice(calm, checked) == ()
    grown = replace(calm, norms=calm.norms * np.geomspace(1, 1e6, len(calm.steps))[:, None])
    assert "grows from" in advice(grown, checked)[0]
    broken = calm.norms.copy()
    broken[7, 2] = np.nan
    (first, *_) = advice(replace(calm, norms=broken), checked)
    assert f"at step {calm.steps[7]} that of `{names[2]}`" in first


def test_a_dead_layer_is_named(tmp_path: Path) -> None:
    checked = net(tmp_path, "-> Dense(16, activation=relu) * 5 -> Dense(1)")
    names = tuple(checked.layers())[1:]
    calm = gradients(names, 1.0)
    calm.norms[:, 3] = 0
    (line,) = advice(calm, checked)
    assert f"The gradient of `{names[3]}` is 0 at every step" in line


def test_wide_and_narrow_layers_compare(tmp_path: Path) -> None:
    checked = net(tmp_path, "-> Dense(1000, activation=relu) -> Dense(1)")
    names, table = per_weight(gradients(tuple(checked.layers())[1:], 1.0, points=1), checked)
    made = gradients(names, 1.0, points=1).norms
    np.testing.assert_allclose(table, made / np.sqrt([[17_000, 1001]]))


def test_frozen_steps_do_not_count(tmp_path: Path) -> None:
    checked = net(tmp_path, "-> Dense(16, activation=relu) * 5 -> Dense(1)")
    names = tuple(checked.layers())[1:]
    thawed = gradients(names, 1.0)
    thawed.norms[:30, :3] = 0
    assert "vanish" in advice(thawed, checked)[0]
    kept, table = per_weight(thawed, checked, set(names[:3]))
    assert kept == names
    assert np.isnan(table[:30, :3]).all()
    assert np.isfinite(table[30:]).all()
    thawed.norms[:, 0] = 0
    assert per_weight(thawed, checked, set(names[:3]))[0] == names[1:]


def test_nothing_is_said_of_nothing(tmp_path: Path) -> None:
    checked = net(tmp_path, "-> Dense(1)")
    assert advice(Gradients((), (), np.zeros((0, 0))), checked) == ()


@pytest.mark.parametrize("clipping", ["clipnorm", "clipvalue", "global_clipnorm", ""])
def test_clipping_is_proposed_where_nothing_clips(tmp_path: Path, clipping: str) -> None:
    optimizer = f"SGD(0.1{f', {clipping}=1.0' if clipping else ''})"
    file = tmp_path / "net.net"
    file.write_text(
        "net Made(x: float32[N, 16]) -> y: [N, 1] { return x -> Dense(16) -> Dense(1) }\n"
        f"train Made {{ loss = mse; optimizer = {optimizer} }}\n".replace("; ", "\n")
    )
    recipe, analysis = check_recipe(file)
    assert recipe is not None, analysis.diagnostics
    broken = gradients(tuple(recipe.checked.layers())[1:], 1.0)
    broken.norms[1, 0] = np.inf
    lines = advice(broken, recipe.checked, recipe)
    assert lines[0].startswith("The gradients explode")
    assert ("give SGD `global_clipnorm=1.0`" in said(lines)) == (not clipping)
