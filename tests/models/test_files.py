"""What every shipped model file is: formatted, without a finding, and held to its counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.format.file import format_file
from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.syntax.read import read_source

from .zoo import FILES, MODELS, graph

WIDTH = 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
class TestAFile:
    def test_is_formatted(self, path: Path) -> None:
        source = read_source(path, path.name)
        assert format_file(parse(source)) == source.text
        assert max(map(len, source.text.splitlines())) <= WIDTH

    def test_brings_no_warning(self, path: Path) -> None:
        assert check_files([path]).diagnostics == []

    def test_says_where_it_is_from(self, path: Path) -> None:
        assert path.read_text().startswith("# ")

    def test_pins_the_parameters_of_every_net(self, path: Path) -> None:
        items = parse(read_source(path, path.name)).items
        nets = {
            item.name.name
            for item in items
            if isinstance(item, ast.Definition) and item.kind == "net"
        }
        pinned = {
            item.net.name
            for item in items
            if isinstance(item, ast.Expect)
            and any("params ==" in line.span.text for line in item.lines)
        }
        assert pinned == nets


def test_resnet50_takes_at_most_35_lines() -> None:
    source = read_source(MODELS / "resnet.net", "resnet.net")
    needed = ("ConvBN", "Bottleneck", "ResNet", "ResNet50")
    lines = [
        line
        for item in parse(source).items
        if isinstance(item, ast.Definition) and item.name.name in needed
        for line in item.span.text.splitlines()
        if line.partition("#")[0].strip()
    ]
    assert 20 < len(lines) <= 35


@pytest.mark.parametrize(
    "file",
    ["resnet", "resnet_keras", "resnet_torch", "densenet", "squeezenet", "class_activation"],
)
def test_a_net_of_pictures_takes_their_size(file: str) -> None:
    path = MODELS / f"{file}.net"
    own = {
        item.name.name
        for item in parse(read_source(path, path.name)).items
        if isinstance(item, ast.Definition) and item.kind == "net"
    }
    for name in own:
        found = graph(path.name, name, size=96)
        (image,) = found.graph.inputs
        assert found.graph.node(image).outputs[0].shape[1:3] == (96, 96)


STAGES = """
from zoo.resnet import ResNet50
from zoo.mobilenet_v2_torch import MobileNetV2Torch

net Residual(image: float32[N, 224, 224, 3])
    -> ([N, 56, 56, 256], [N, 28, 28, 512], [N, 14, 14, 1024], [N, 7, 7, 2048]) {
  image -> ResNet50 as base
  return base.resnet.same_0, base.resnet.same_1, base.resnet.same_2, base.resnet.same
}

net Mobile(image: float32[N, 96, 96, 3])
    -> ([N, 48, 48, 16], [N, 24, 24, 24], [N, 12, 12, 32], [N, 6, 6, 96], [N, 3, 3, 320]) {
  image -> MobileNetV2Torch(size=96) as base
  return base.first_0, base.more_1, base.more_2, base.more_4, base.first
}
"""


def test_every_stage_of_a_zoo_net_can_be_tapped() -> None:
    path = Path("/nowhere/stages.net")
    analysis = check_files([path], overlay={path: STAGES})
    assert analysis.diagnostics == []
