"""What README.md and the tutorial show is what netc prints."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from netc.runtime.errors import UserError

import netc as package

from ..places import DOCS, ROOT
from ..runtime.cli.run_netc import MODELS, netc

README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (DOCS / "tutorial.md").read_text(encoding="utf-8")
COMPARISON = (DOCS / "comparison.md").read_text(encoding="utf-8")


def blocks(kind: str, start: str, page: str = README) -> list[str]:
    """The fenced blocks that begin with some words."""
    return re.findall(rf"```{kind}\n({re.escape(start)}.*?)```", page, re.DOTALL)


def block(kind: str, start: str, page: str = README) -> str:
    """The one fenced block that begins with some words."""
    (found,) = blocks(kind, start, page)
    return found


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    path = tmp_path / "digits.net"
    path.write_text(block("net", "net Digits"), encoding="utf-8")
    return path


def test_the_first_net_and_its_summary(digits: Path) -> None:
    assert netc("check", digits).status == 0
    shown = block("text", "$ netc summary", TUTORIAL).partition("\n")[2]
    assert netc("summary", digits).out.startswith(shown)


def test_a_model_is_imported_checked_and_compiled_again(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line with `netc import`, whose three commands follow each other."""
    (line,) = re.findall(r"^netc import x\.onnx.*$", README, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    assert netc("compile", digits, "-o", "x.onnx").status == 0
    for command in line.split(" && "):
        program, *arguments = command.split()
        assert program == "netc"
        assert netc(*arguments).status == 0
    assert {path.name for path in tmp_path.glob("[xy].*")} == {
        "x.onnx",
        "x.net",
        "x.safetensors",
        "y.onnx",
    }


def test_the_recipe_fits_the_net(digits: Path) -> None:
    whole = blocks("net", "net Digits", TUTORIAL)[1]
    digits.write_text(whole, encoding="utf-8")
    found = netc("check", digits)
    assert (found.status, found.out) == (0, "")
    wrong = whole.replace("sparse_categorical_crossentropy", "binary_crossentropy")
    digits.write_text(wrong, encoding="utf-8")
    assert netc("check", digits).status == 1


def test_the_tutorial_trains_the_net_of_the_readme(digits: Path) -> None:
    net, with_recipe = blocks("net", "net Digits", TUTORIAL)
    assert net == digits.read_text(encoding="utf-8")
    assert with_recipe.startswith(net)


def test_the_error_of_a_deleted_line(digits: Path) -> None:
    text = digits.read_text(encoding="utf-8")
    assert text.count("    -> Flatten\n") == 1
    digits.write_text(text.replace("    -> Flatten\n", ""), encoding="utf-8")
    found = netc("check", digits.name, cwd=digits.parent)
    assert found.out == block("text", "error[NET0305]")


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_net_from_python(digits: Path) -> None:
    params = package.load(str(digits), classes=26).summary().params
    assert f"net.summary().params  # {params:,}" in README


def test_without_keras_one_line_says_what_to_install(
    digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = package.load(str(digits))
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(UserError, match=r"Keras is not installed; `pip install 'netc\[train\]'`"):
        net.to_keras()


def test_the_error_of_a_forgotten_stride(tmp_path: Path) -> None:
    text = (MODELS / "resnet.net").read_text(encoding="utf-8")
    right = "shortcut = x -> ConvBN(4 * width, 1, strides)"
    assert text.count(right) == 1
    wrong = text.replace(right, "shortcut = x -> ConvBN(4 * width, 1)")
    (tmp_path / "resnet.net").write_text(wrong, encoding="utf-8")
    shown = block("text", "$ netc check resnet.net", TUTORIAL).partition("\n")[2]
    assert netc("check", "resnet.net", cwd=tmp_path).out == shown


def test_the_models_are_counted() -> None:
    count = len(list(MODELS.glob("*.net")))
    assert f"checked {count} files: no faults" in README


def test_the_lines_of_the_resnets_are_counted() -> None:
    text = (MODELS / "resnet.net").read_text(encoding="utf-8")
    assert f"comments in {len(text.splitlines())} lines" in " ".join(COMPARISON.split())
    parts = re.findall(
        r"^(?:block (?:ConvBN|Bottleneck|ResNet)\(|net ResNet50).*?^\}\n",
        text,
        re.DOTALL | re.MULTILINE,
    )
    assert f"| netc | {sum(part.count(chr(10)) for part in parts)} |" in COMPARISON
