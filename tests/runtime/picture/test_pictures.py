"""Pictures of nets: everything is in them once, apart from the rest, and nothing acts."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pygraphviz
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.outline.outline import outline
from netc.runtime.errors import UserError
from netc.runtime.picture.dot import dot
from netc.runtime.picture.faces import Colour, bytes_text, count_text
from netc.runtime.picture.folding import opened, shown
from netc.runtime.picture.live import page
from netc.runtime.picture.mermaid import mermaid
from netc.runtime.picture.place import Placed, Placer, Spot
from netc.runtime.picture.scene import Scene, scene
from netc.runtime.picture.svg import svg

from ...nets import shipped, written

EVERYTHING = 99
NETS = [
    ("resnet.net", "ResNet50"),
    ("gpt2.net", "GPT2"),
    ("unet.net", "UNet"),
    ("inception_v3.net", "InceptionV3"),
    ("transformer.net", "Transformer"),
    ("nasnet.net", "NASNetMobile"),
    ("two_tower.net", "TwoTower"),
]


def drawn(net: CheckedGraph) -> Scene:
    """The scene of a net."""
    return scene(outline(net))


def all_spots(placed: Placed) -> Iterator[tuple[Placed, Spot]]:
    """Every box of a picture with what holds it."""
    for spot in placed.spots:
        yield placed, spot
        if spot.inside is not None:
            yield from all_spots(spot.inside)


@pytest.mark.parametrize(("file", "net"), NETS)
@pytest.mark.parametrize("depth", [None, 1, EVERYTHING])
def test_no_box_lies_over_another_or_outside_of_what_holds_it(
    file: str, net: str, depth: int | None
) -> None:
    made = drawn(shipped(file, net))
    placed = Placer(made, opened(made.root, depth)).place(made.root)
    for holder, spot in all_spots(placed):
        assert spot.x >= -1
        assert spot.x + spot.width <= holder.width + 1
        assert spot.y >= -1
        assert spot.y + spot.height <= holder.height + 1
    for holder in {id(h): h for h, _ in all_spots(placed)}.values():
        for at, one in enumerate(holder.spots):
            for other in holder.spots[at + 1 :]:
                apart = (
                    one.x + one.width <= other.x + 0.5
                    or other.x + other.width <= one.x + 0.5
                    or one.y + one.height <= other.y + 0.5
                    or other.y + other.height <= one.y + 0.5
                )
                assert apart, (one.box.path, other.box.path)


@pytest.mark.parametrize(("file", "net"), NETS)
def test_an_svg_has_every_box_once_and_is_the_same_each_time(file: str, net: str) -> None:
    made = drawn(shipped(file, net))
    open = opened(made.root, EVERYTHING)
    text = svg(made, open)
    root = ET.fromstring(text)
    groups = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if "box" in g.get("class", "")]
    assert len(groups) == sum(1 for _ in made.root.walk()) - 1
    again = drawn(shipped(file, net))
    # Paths of files are absolute here, and the same in both.
    assert svg(again, opened(again.root, EVERYTHING)) == text


def test_the_folded_pictures_fit_one_screen() -> None:
    for file, net in [("resnet.net", "ResNet50"), ("gpt2.net", "GPT2")]:
        made = drawn(shipped(file, net))
        root = ET.fromstring(svg(made, opened(made.root)))
        assert float(root.get("height", "")) < 1300
        assert float(root.get("width", "")) < 700


def test_resnet152_unfolds_to_more_than_500_boxes() -> None:
    made = drawn(shipped("resnet.net", "ResNet152"))
    open = opened(made.root, EVERYTHING)
    assert shown(made.root, open) >= 500
    assert svg(made, open).count('class="face') >= 500


def test_a_value_that_goes_past_what_it_goes_through_is_a_skip(tmp_path: Path) -> None:
    net = written(
        tmp_path,
        "net Net(x: float32[N, 8]) {\n  y = x -> Dense(8) -> ReLU\n  return x + y -> Dense(2)\n}\n",
    )
    made = drawn(net)
    boxes = [child.name for child in made.root.children]
    skips = [
        (boxes[link.source or 0], boxes[link.target or 0])
        for link in made.links[made.root]
        if link.skip
    ]
    assert skips == [("x", "Add")]


def test_branches_of_different_lengths_are_no_skips() -> None:
    made = drawn(shipped("googlenet.net"))
    assert not any(link.skip for links in made.links.values() for link in links)


def test_colours_say_what_was_asked_for() -> None:
    made = drawn(shipped("vgg.net", "VGG16"))
    text = svg(made, opened(made.root, EVERYTHING), Colour.PARAMS)
    # The first dense layer has three quarters of all parameters, and no other is near it.
    boxes = re.findall(r'class="face (s\d)"[^>]*/><text[^>]*>Dense</text><text[^>]*>(\d+)', text)
    assert boxes == [("s5", "4096"), ("s3", "4096"), ("s2", "1000")]
    flops = svg(made, opened(made.root, EVERYTHING), Colour.FLOPS)
    assert "FLOPs" in flops
    assert flops != text


def legend(text: str) -> list[str]:
    """The words of a picture's legend."""
    (found,) = re.findall(r'<g class="legend">(.*?)</g>', text)
    return re.findall(r"<text[^>]*>([^<]*)</text>", found)


def test_the_legend_of_amounts_is_to_be_read() -> None:
    made = drawn(shipped("lenet.net", "LeNet5"))
    open = opened(made.root, EVERYTHING)
    params, memory = (svg(made, open, colour) for colour in (Colour.PARAMS, Colour.MEMORY))
    assert legend(params) == ["152", "481", "1.5K", "4.8K", "15K", "48K params"]
    assert legend(memory) == [
        "60 bytes",
        "188 bytes",
        "595 bytes",
        "1.8 KiB",
        "5.8 KiB",
        "18 KiB of outputs",
    ]
    # On boxes of dark colours words are white; beside such a box they are not.
    assert re.findall(r"\.s\d ~ text(\S*)", params) == [":not(.left)"] * 3


@pytest.mark.parametrize(
    ("amount", "count", "size"),
    [
        (0, "0", "0 bytes"),
        (999, "999", "999 bytes"),
        (1000, "1K", "1000 bytes"),
        (999_499, "999K", "976 KiB"),
        (999_999, "1M", "977 KiB"),
        (1_040_000, "1.04M", "1016 KiB"),
        (2_359_296, "2.36M", "2.25 MiB"),
        (999_999_999, "1G", "954 MiB"),
        (314_000_000_000, "314G", "292 GiB"),
        (3_140_000_000_000, "3.14T", "2.86 TiB"),
        (10**15, "1000T", "909 TiB"),
    ],
)
def test_amounts_have_three_digits_and_no_exponent(amount: int, count: str, size: str) -> None:
    assert count_text(amount) == count
    assert bytes_text(amount) == size


def test_an_amount_that_depends_on_a_size_has_no_colour_and_says_so() -> None:
    made = drawn(shipped("gpt2.net"))
    assert "depends on a named size" in svg(made, opened(made.root), Colour.FLOPS)


@pytest.fixture
def hostile(tmp_path: Path) -> Scene:
    """A net in a file whose name and labels want to be markup."""
    text = (
        "# </script><script>alert(1)</script>\n"
        "net Net(x: float32[N, 8]) {\n"
        '  return x -> Dense(8, activation="relu") as script\n}\n'
    )
    name = '<img src=x onerror=alert(1)>"&.net'
    return drawn(written(tmp_path, text, name))


def test_names_of_files_and_their_text_are_text_in_a_page(hostile: Scene) -> None:
    text = page(hostile, opened(hostile.root))
    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    assert "<img" not in text
    assert "default-src 'none'" in text
    data = re.search(r'id="data">(.*?)</script>', text, re.S)
    assert data is not None
    assert "onerror" in json.loads(data[1])["sources"][0]["path"]


def test_names_of_files_are_text_in_an_svg(hostile: Scene) -> None:
    root = ET.fromstring(svg(hostile, opened(hostile.root)))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "title", "style", "g", "rect", "text", "path",
    }  # fmt: skip


@pytest.mark.parametrize(("file", "net"), NETS)
def test_graphviz_reads_the_dot_file(file: str, net: str) -> None:
    made = drawn(shipped(file, net))
    open = opened(made.root)
    graph = pygraphviz.AGraph(string=dot(made, open))
    assert len(graph.nodes()) == shown(made.root, open)
    assert len(graph.subgraphs()) == sum(box in open for box in made.root.children)


def test_mermaid_is_written_with_nothing_in_it_that_acts(hostile: Scene) -> None:
    made = drawn(shipped("resnet.net", "ResNet50"))
    text = mermaid(made, opened(made.root))
    first, *rest = text.splitlines()
    assert first == "flowchart TD"
    label = r'"(?:[\w ,.()=×…/+-]|#\d+;|<br/>)*"'
    node = rf"\s+n\d+(\[{label}\]|\(\[{label}\]\)|\[\[{label}\]\])(:::g\d)?"
    edge = rf"\s+n\d+ -->(\|{label}\|)? n\d+"
    other = rf"\s+(end|subgraph c\d+ \[{label}\]|classDef g\d fill:[#\w,:]+)"
    for line in rest:
        assert re.fullmatch(f"{node}|{edge}|{other}", line), line


def test_more_than_mermaid_draws_is_refused_with_a_way_out() -> None:
    made = drawn(shipped("resnet.net", "ResNet152"))
    with pytest.raises(UserError, match="--depth"):
        mermaid(made, opened(made.root, EVERYTHING))
