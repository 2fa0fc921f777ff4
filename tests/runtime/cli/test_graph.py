"""`netc graph`: the kinds of pictures, and what is wrong with a call."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .run_netc import MODELS, netc

RESNET = f"{MODELS / 'resnet.net'}:ResNet18"


@pytest.mark.parametrize(
    ("ending", "begins"),
    [(".svg", "<svg"), (".html", "<!DOCTYPE html>"), (".dot", "digraph"), (".mmd", "flowchart")],
)
def test_the_ending_says_the_kind(tmp_path: Path, ending: str, begins: str) -> None:
    out = tmp_path / f"net{ending}"
    made = netc("graph", RESNET, "-o", out)
    assert made.status == 0
    assert f"wrote {out}: 12 boxes of ResNet18" in made.err
    assert out.read_text(encoding="utf-8").startswith(begins)


def test_an_unknown_ending_and_a_faulty_net_write_nothing(tmp_path: Path) -> None:
    made = netc("graph", RESNET, "-o", tmp_path / "net.png")
    assert made.status == 1
    assert "`net.png` ends in none of .svg, .html, .dot, .mmd" in made.err
    faulty = tmp_path / "faulty.net"
    faulty.write_text("net Net(x: float32[N, 8]) {\n  return x -> Conv2D(3, 3)\n}\n")
    made = netc("graph", faulty, "-o", tmp_path / "net.svg")
    assert made.status == 1
    assert "NET0302" in made.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faulty.net"]


def test_depth_opens_more_or_less(tmp_path: Path) -> None:
    counts = []
    for options in (["--depth", "0"], ["--depth", "1"], ["--all"]):
        made = netc("graph", RESNET, "-o", tmp_path / "net.svg", *options)
        counts.append(int(made.err.split(": ")[1].split()[0]))
    assert counts[0] == 3
    assert counts[0] < counts[1] < counts[2]


def test_two_versions_are_drawn_with_what_changed(tmp_path: Path) -> None:
    old = (MODELS / "resnet.net").read_text(encoding="utf-8")
    new = tmp_path / "new.net"
    new.write_text(
        old.replace(
            "MaxPooling2D(3, strides=2, padding=same)", "AveragePooling2D(2) -> Dropout(0.1)"
        ).replace("ConvBN(width, 1) -> ReLU", "ConvBN(width, 1) -> GELU"),
        encoding="utf-8",
    )
    out = tmp_path / "diff.svg"
    target = f"{MODELS / 'resnet.net'}:ResNet50"
    made = netc("graph", target, f"{new}:ResNet50", "-o", out)
    assert made.status == 0, made.err
    text = out.read_text(encoding="utf-8")
    marks = dict(re.findall(r'class="face (d\d)"[^>]*/><text[^>]*>(\w+)</text>', text))
    shown = {name: mark for mark, name in marks.items()}
    assert {"MaxPooling2D", "Dropout", "GELU"} <= {*shown, *marks.values()}
    for word in ("added", "removed", "changed", "changed inside"):
        assert f">{word}</text>" in text
    # Sixteen bottlenecks changed alike: one of each kind is open.
    assert text.count(">GELU</text>") == 2

    made = netc("graph", target, f"{new}:ResNet50", "-o", tmp_path / "diff.dot")
    assert made.status == 1
    assert "drawn as .svg or .html" in made.err
    made = netc("graph", MODELS / "resnet.net", new, "-o", out)
    assert "name the net that is to be drawn" in made.err
