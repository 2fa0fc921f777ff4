"""The outline of a net: its blocks, repeats and loops, with what they cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.cost.costs import net_costs
from netc.compiler.outline.box import Box, Kind
from netc.compiler.outline.outline import outline

from ...nets import shipped, written
from ...places import MODELS


def lines(box: Box, depth: int = 9) -> list[str]:
    """The boxes as an indented text, of a repeat its first part alone."""
    found: list[str] = []
    for child in box.children:
        if child.kind in (Kind.INPUT, Kind.OUTPUT):
            continue
        args = f"({child.args})" if child.args else ""
        times = f" x{child.count}" if child.count > 1 else ""
        found.append(f"{child.kind.value} {child.name}{args}{times}")
        if depth:
            inside = lines(child, depth - 1)
            if child.kind is Kind.REPEAT:
                inside = lines_of_first(child, depth - 1)
            found += [f"  {line}" for line in inside]
    return found


def lines_of_first(repeat: Box, depth: int) -> list[str]:
    """What a part of a repeat holds."""
    return lines(repeat.children[0], depth)


def test_gpt2_is_one_decoder_twelve_times() -> None:
    assert lines(outline(shipped("gpt2.net")).root, 0) == [
        "layer ReversibleEmbedding(50257, 768)",
        "layer PositionEmbedding(1024)",
        "layer Add",
        "layer Dropout(0.1)",
        "repeat Decoder(heads=12, rate=0.1) x12",
        "layer LayerNormalization(epsilon=1e-05)",
        "layer ReversibleEmbedding(50257, 768)",
    ]


def test_a_loop_has_its_rounds_and_a_round_its_repeats() -> None:
    net = outline(shipped("resnet.net", "ResNet50")).root
    (resnet,) = [box for box in net.walk() if box.name == "ResNet"]
    found = lines(resnet, 1)
    assert found[found.index("layer ReLU") + 1 :] == [
        "layer MaxPooling2D(3, strides=2, padding=same)",
        "loop for stage, depth in enumerate(depths) x4",
        "  round 1: Bottleneck, Bottleneck × 2",
        "  round 2: Bottleneck, Bottleneck × 3",
        "  round 3: Bottleneck, Bottleneck × 5",
        "  round 4: Bottleneck, Bottleneck × 2",
        "layer GlobalAveragePooling2D",
        "layer Dense(1000, activation=softmax)",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x -> B * 3", ["repeat B x3"]),
        ("return x -> B -> B", ["block B", "block B"]),
        ("repeat 3 { x = x -> B }\n  return x", ["repeat B x3"]),
        ("repeat 3 { x = x -> B -> ReLU }\n  return x", ["repeat B, ReLU x3"]),
        ("for n in [8, 8] { x = x -> Dense(n) }\n  return x", ["repeat Dense(8) x2"]),
        ("for n in [8, 4] { x = x -> Dense(n) }\n  return x", ["loop for n in [8, 4] x2"]),
        ("for n in [4] { x = x -> Dense(n) }\n  return x", ["layer Dense(4)"]),
        (
            "for n in [8, 4] { x = x -> B * n }\n  return x",
            ["repeat B x12"],
        ),
        ("return x -> (Dense(8) -> ReLU) * 2", ["repeat chain(Dense(8) -> ReLU) x2"]),
        (
            "if true { repeat 2 { x = x -> B } }\n  return x",
            ["repeat B x2"],
        ),
    ],
)
def test_what_is_written_as_a_repetition_is_one_box(
    tmp_path: Path, body: str, expected: list[str]
) -> None:
    block = "block B(x: [N, C]) {\n  return x -> Dense(C) -> ReLU\n}\n"
    net = written(tmp_path, f"{block}net Net(x: float32[N, 8]) {{\n  {body}\n}}\n")
    assert lines(outline(net).root, 0) == expected


def test_rounds_that_are_counted_and_not_run_are_boxes_like_others() -> None:
    net = outline(shipped("resnet.net", "ResNet152")).root
    repeats = [(box.name, box.count) for box in net.walk() if box.kind is Kind.REPEAT]
    assert repeats == [("Bottleneck", 2), ("Bottleneck", 7), ("Bottleneck", 35), ("Bottleneck", 2)]


def test_growing_units_are_a_loop_inside_a_loop() -> None:
    dense = outline(shipped("densenet.net", "DenseNet121")).root
    loops = [(box.name, box.count) for box in dense.walk() if box.kind is Kind.LOOP]
    assert loops == [
        ("for stage, depth in enumerate(depths)", 4),
        ("Unit(growth) * depth", 6),
        ("Unit(growth) * depth", 12),
        ("Unit(growth) * depth", 24),
        ("Unit(growth) * depth", 16),
    ]


@pytest.mark.parametrize("file", sorted(path.name for path in MODELS.glob("*.net")))
def test_boxes_hold_every_layer_once_and_all_it_costs(file: str) -> None:
    for net in check_files([MODELS / file]).nets:
        if net.graph is None:
            continue
        made = outline(net.graph)
        costs = net_costs(net.graph)
        leaves = [box for box in made.root.walk() if box.kind is Kind.LAYER]
        assert sorted(box.path for box in leaves) == sorted(row.path for row in costs.layers)
        assert made.root.cost.params == costs.params
        assert made.root.cost.trainable == costs.trainable_params
        assert made.root.cost.flops == costs.flops
        assert made.root.cost.bytes == costs.activation_bytes
        for box in made.root.walk():
            if box.kind is Kind.REPEAT:
                assert len({child.shape_key for child in box.children}) == 1
            if box.children:
                inside = [path for child in box.children for path in child.nodes]
                assert [path for path in inside if " " not in path] == list(box.nodes)


def test_shared_layers_are_marked() -> None:
    boxes = outline(shipped("gpt2.net")).root.children
    assert [box.name for box in boxes if box.shared] == ["ReversibleEmbedding"] * 2
