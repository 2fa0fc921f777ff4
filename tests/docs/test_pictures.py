"""The drawn nets of the docs are what `netc graph` writes today."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.outline.outline import outline
from netc.runtime.picture.folding import opened
from netc.runtime.picture.scene import scene
from netc.runtime.picture.svg import svg

from ..places import DOCS, MODELS


@pytest.mark.parametrize(
    ("picture", "file", "net"),
    [
        ("resnet50.svg", "resnet.net", "ResNet50"),
        ("gpt2.svg", "gpt2.net", "GPT2"),
        ("unet.svg", "unet.net", "UNet"),
    ],
)
def test_a_picture_of_the_docs_is_up_to_date(
    monkeypatch: pytest.MonkeyPatch, picture: str, file: str, net: str
) -> None:
    monkeypatch.chdir(MODELS)
    graph = check_files([Path(file)], net=net).nets[0].graph
    assert graph is not None
    made = scene(outline(graph))
    kept = (DOCS / "pictures" / picture).read_text(encoding="utf-8")
    assert svg(made, opened(made.root)) == kept, (
        f"cd models; netc graph {file}:{net} -o …/{picture}"
    )
