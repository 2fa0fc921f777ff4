"""What every shipped model file is: formatted, without a finding, and held to its counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.format.file import format_file
from netc.dsl.syntax import ast
from netc.dsl.syntax.parse import parse
from netc.dsl.syntax.read import read_source

from .zoo import FILES, MODELS

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
