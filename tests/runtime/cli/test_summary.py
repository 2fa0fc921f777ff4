"""`netc summary`: the table, its JSON, and what `--set` and `--batch` change."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

from .run_netc import MODELS, netc

CNN = MODELS / "cifar10_cnn.net"

ROWS = [
    ("Conv2D", "(N, 32, 32, 16)", "208"),
    ("MaxPooling2D", "(N, 16, 16, 16)", "0"),
    ("Conv2D", "(N, 16, 16, 32)", "2,080"),
    ("MaxPooling2D", "(N, 8, 8, 32)", "0"),
    ("Conv2D", "(N, 8, 8, 64)", "8,256"),
    ("MaxPooling2D", "(N, 4, 4, 64)", "0"),
    ("Dropout", "(N, 4, 4, 64)", "0"),
    ("Flatten", "(N, 1024)", "0"),
    ("Dense", "(N, 500)", "512,500"),
    ("Dropout", "(N, 500)", "0"),
    ("Dense", "(N, 10)", "5,010"),
]


def test_the_cnn_of_the_manual_has_exactly_these_rows() -> None:
    made = netc("summary", CNN)
    assert made.status == 0
    found = re.findall(r"\((\w+)\) +(\(N[^)]*\)) +([\d,]+) ", made.out)
    assert found == ROWS
    assert "Total params: 528,054" in made.out
    assert "Trainable params: 528,054" in made.out
    assert "Non-trainable params: 0" in made.out
    assert re.search(r"FLOPs \(one example\): [\d,]+", made.out)


def test_flops_by_hand() -> None:
    """Twice the macs of convolutions and dense layers, the window's size for each pooled value."""
    report = json.loads(netc("summary", CNN, "--format", "json").out)
    by_path = {layer["path"]: layer for layer in report["layers"]}
    assert by_path["conv2d"]["macs"] == 32 * 32 * 16 * 2 * 2 * 3
    assert by_path["conv2d"]["flops"] == 2 * by_path["conv2d"]["macs"]
    assert by_path["max_pooling2d"]["flops"] == 16 * 16 * 16 * 4
    assert by_path["dense"]["macs"] == 1024 * 500
    assert report["flops"] == sum(layer["flops"] for layer in report["layers"])


def test_receptive_fields_by_hand() -> None:
    report = json.loads(netc("summary", CNN, "--format", "json").out)
    fields = {layer["path"]: layer["receptive_field"] for layer in report["layers"]}
    assert fields["conv2d"] == [2, 2]
    assert fields["max_pooling2d"] == [3, 3]
    assert fields["conv2d_1"] == [5, 5]
    assert fields["max_pooling2d_2"] == [15, 15]
    assert fields["dense"] is None, "sees the whole picture"


def test_json_has_the_keys_of_the_contract() -> None:
    report = json.loads(netc("summary", CNN, "--format", "json").out)
    assert report.keys() >= {
        "net",
        "params",
        "trainable_params",
        "non_trainable_params",
        "flops",
        "macs",
        "inputs",
        "outputs",
        "layers",
    }
    assert report["inputs"] == [{"name": "image", "dtype": "float32", "shape": ["N", 32, 32, 3]}]
    assert report["outputs"] == [{"name": "probs", "dtype": "float32", "shape": ["N", 10]}]
    first = report["layers"][0]
    assert first.keys() >= {"path", "op", "inputs", "output_shape", "params", "flops", "source"}
    assert (first["path"], first["op"], first["inputs"]) == ("conv2d", "Conv2D", ["image"])
    assert first["output_shape"] == ["N", 32, 32, 16]
    assert first["source"].keys() == {"file", "line", "column"}
    line = CNN.read_text().splitlines()[first["source"]["line"] - 1]
    assert line[first["source"]["column"] - 1 :].startswith("Conv2D(16, 2")


def test_set_changes_a_parameter_and_leaves_contracts_alone() -> None:
    made = netc("summary", CNN, "--set", "classes=100")
    assert made.status == 0
    assert "Total params: 573,144" in made.out


def test_batch_replaces_the_symbol() -> None:
    report = json.loads(netc("summary", CNN, "--batch", "8", "--format", "json").out)
    assert report["layers"][0]["output_shape"] == [8, 32, 32, 16]
    one = json.loads(netc("summary", CNN, "--format", "json").out)
    assert report["flops"] == 8 * one["flops"]


def test_a_file_of_several_nets_wants_a_name() -> None:
    made = netc("summary", MODELS / "resnet.net")
    assert made.status == 1
    assert "name one" in made.err
    assert ":ResNet50" in made.err
    assert netc("summary", f"{MODELS / 'resnet.net'}:ResNet18").status == 0


def test_misspelt_names_are_told_what_was_meant() -> None:
    made = netc("summary", f"{MODELS / 'resnet.net'}:Resnet50")
    assert made.status == 1
    assert "did you mean `ResNet50`?" in made.err
    made = netc("summary", CNN, "--set", "clases=3")
    assert made.status == 2
    assert "did you mean `classes`?" in made.err
    made = netc("sumary", CNN)
    assert made.status == 2
    assert "did you mean `summary`?" in made.err


def test_on_a_narrow_terminal_no_number_is_cut() -> None:
    ours, theirs = os.openpty()
    subprocess.run(
        [sys.executable, "-m", "netc", "summary", CNN],
        stdout=theirs,
        env={**os.environ, "COLUMNS": "60", "NO_COLOR": "1"},
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "\x1b" not in shown
    assert "…" not in shown
    assert all(row in shown for row in ("(N, 32, 32, 16)", "393,216", "512,500", "2×2"))


def test_lines_have_no_blanks_at_their_end() -> None:
    lines = netc("summary", CNN).out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


def test_markdown_is_a_table() -> None:
    made = netc("summary", CNN, "--format", "markdown")
    assert "| conv2d (Conv2D) | (N, 32, 32, 16) | 208 |" in made.out
