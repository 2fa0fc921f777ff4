"""`netc check --sizes`: for which numbers of its named sizes each net is legal."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ...places import DOCS
from .run_netc import MODELS, netc

SEG = """net Seg(image: float32[N, H, W, 3]) -> mask: [N, H, W, 1] {
  a = image -> Conv2D(8, 3, padding=same)
  b = a -> MaxPooling2D(2) -> UpSampling2D(2)
  return (a, b) -> Concatenate -> Conv2D(1, 1)
}

net Valid(x: float32[N, T, 4]) {
  return x -> Conv1D(8, 5)
}

net Wrong(x: float32[N, T, 4]) {
  return x -> Conv1D(8, 5) -> Dense(T)
}
"""


@pytest.fixture
def seg(tmp_path: Path) -> Path:
    path = tmp_path / "seg.net"
    path.write_text(SEG)
    return path


def test_a_line_a_net(seg: Path) -> None:
    made = netc("check", "--sizes", "seg.net", cwd=seg.parent)
    assert made.status == 1
    assert made.out.splitlines()[-3:] == [
        "Seg: H, W = 2 n, from 2; any N",
        "Valid: T from 5; any N",
        "Wrong: not decided, as the net is at fault",
    ]


def test_names_with_a_number_are_none(seg: Path) -> None:
    made = netc("check", "--sizes", "seg.net", "--set", "H=6", cwd=seg.parent)
    assert "Seg: W = 2 n, from 2; any N" in made.out


def test_sizes_that_parameters_give() -> None:
    made = netc("check", "--sizes", MODELS / "unet.net")
    assert (made.status, made.out) == (0, "UNet: any N; --set size = 16 n + 188, from 188\n")


def test_json_is_what_its_schema_says(seg: Path) -> None:
    made = netc("check", "--sizes", "seg.net", "--format", "json", cwd=seg.parent)
    found = json.loads(made.out)
    schema = json.loads((DOCS / "diagnostics.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(found)
    first, second, third = found["sizes"]
    assert (first["file"], first["net"]) == ("seg.net", "Seg")
    assert first["legal"]["names"]["H"] == {"runs": [], "progressions": [{"first": 2, "period": 2}]}
    assert second["legal"]["names"]["T"]["progressions"] == [{"first": 5, "period": 1}]
    assert third["legal"] is None


def test_formats_that_have_no_place_for_them(seg: Path) -> None:
    made = netc("check", "--sizes", "seg.net", "--format", "sarif", cwd=seg.parent)
    assert made.status == 2
    assert "--sizes goes with --format text, concise or json" in made.err
