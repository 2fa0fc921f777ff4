"""`netc verify` as a person runs it: the table, the JSON and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .run_netc import MODELS, netc

SMALL = "net Small(x: float32[N, 4]) -> y: [N, 2] {\n  return x -> Dense(3) -> Dense(2)\n}\n"


def test_a_net_that_agrees_ends_well_with_a_table() -> None:
    made = netc("verify", MODELS / "cifar10_cnn.net")
    assert made.status == 0, made.err
    assert "max_pooling2d_2 (MaxPooling2D)" in made.out
    assert "11 layers within 0.0001; the largest difference is" in made.out
    assert made.err == ""


def test_past_the_tolerance_the_status_is_1_and_the_first_layer_is_named() -> None:
    made = netc("verify", MODELS / "cifar10_cnn.net", "--tolerance", "1e-12", "--format", "json")
    assert made.status == 1
    (net,) = json.loads(made.out)["nets"]
    assert net["passed"] is False
    assert net["first_past"] == "conv2d"
    assert [layer["path"] for layer in net["layers"]][:2] == ["conv2d", "max_pooling2d"]


def test_a_folder_stands_for_every_net_below_it(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(SMALL)
    (tmp_path / "b.net").write_text(SMALL.replace("Small", "One") + SMALL.replace("Small", "Two"))
    made = netc("verify", tmp_path)
    assert made.status == 0, made.err
    assert "3 nets, none past the tolerance of 0.0001" in made.out


def test_a_file_can_be_the_input(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(SMALL)
    np.save(tmp_path / "x.npy", np.ones((5, 4), np.float32))
    made = netc("verify", tmp_path / "a.net", "--input", tmp_path / "x.npy", "--format", "json")
    assert made.status == 0, made.err
    (net,) = json.loads(made.out)["nets"]
    assert net["outputs"][0]["shapes"] == [[5, 2]]


def test_without_keras_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("raise ImportError('no keras here')\n")
    made = netc("verify", MODELS / "perceptron.net", PYTHONPATH=str(tmp_path))
    assert made.status == 1
    assert made.err == "error: Keras is not installed; `pip install 'netc[train]'` brings it\n"


def test_a_faulty_net_is_refused_with_its_findings(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("net A(x: float32[N, 4]) {\n  return x -> Dense\n}\n")
    made = netc("verify", tmp_path)
    assert made.status == 1
    assert "NET0" in made.out
