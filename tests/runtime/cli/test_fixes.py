"""`--fix`: what is applied was checked again and has left less wrong, and nothing new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .run_netc import netc

PROVED = {
    "a misspelt layer": ("x -> Dens(4)", "x -> Dense(4)"),
    "a misspelt argument": ("x -> Dense(4, activaton=relu)", "x -> Dense(4, activation=relu)"),
    "a line that lacks its arrow": ("x\n    ReLU -> Dense(4)", "x\n    -> ReLU -> Dense(4)"),
    "an arrow of another language": ("x => Dense(4)", "x -> Dense(4)"),
    "a linear layer of PyTorch": ("x -> Linear(4)", "x -> Dense(4)"),
    "one with both of its sizes": ("x -> Linear(8, 4)", "x -> Dense(4)"),
    "a normalization with its channels": ("x -> BatchNorm1d(8)", "x -> BatchNormalization"),
    "one whose first argument stays": ("x -> GroupNorm(2, 8)", "x -> GroupNormalization(2)"),
    "a sign that looks like another": ("(x -> Dense(8)) − x", "(x -> Dense(8)) - x"),
    "code that a help spells out": ("x -> layers.Dense(4)", "x -> Dense(4)"),
}
"""What a net returns, and what `--fix` makes of it."""

NOT_PROVED = {
    "a module of PyTorch": "x -> nn.Linear(3)",
    "a name that leads to another fault": "x -> Conv2d(4, 3)",
}
"""What a net returns that no edit of one word puts right."""

COLON = """\
net A(x: float32[N, 8]) {
  y = x
  for i in range(3):
    y = y -> Dense(4)
  return y
}
"""


def _net(result: str) -> str:
    return f"net A(x: float32[N, 8]) {{\n  return {result}\n}}\n"


@pytest.mark.parametrize(("wrong", "right"), PROVED.values(), ids=PROVED)
def test_what_is_proved_is_offered_and_applied(tmp_path: Path, wrong: str, right: str) -> None:
    path = tmp_path / "a.net"
    path.write_text(_net(wrong))
    found = json.loads(netc("check", path, "--format", "json").out)
    (one,) = found["diagnostics"]
    assert one["fix"] is not None
    assert found["counts"]["fixable"] == 1
    shown = netc("check", path, "--format", "concise")
    assert " [*] " in shown.out
    assert "1 can be mended with --fix" in shown.err
    made = netc("check", "--fix", path)
    assert (made.status, made.out) == (0, "")
    assert "applied 1 fix\n" in made.err
    assert path.read_text() == _net(right)


@pytest.mark.parametrize("wrong", NOT_PROVED.values(), ids=NOT_PROVED)
def test_what_is_not_proved_is_not_offered(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "a.net"
    path.write_text(_net(wrong))
    found = json.loads(netc("check", path, "--format", "json").out)
    assert [one["fix"] for one in found["diagnostics"]] == [None]
    assert found["counts"]["fixable"] == 0
    assert netc("check", "--fix", path).status == 1
    assert path.read_text() == _net(wrong)


def test_a_brace_alone_is_not_offered_for_a_colon(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(COLON)
    made = netc("check", "--fix", path)
    assert made.status == 1
    assert "applied" not in made.err
    assert path.read_text() == COLON


def test_unsafe_fixes_are_applied_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(_net("x -> Conv2d(4, 3)"))
    made = netc("check", "--fix", "--unsafe-fixes", path)
    assert made.status == 1
    assert "applied 1 fix\n" in made.err
    assert "NET0302" in made.out
    assert path.read_text() == _net("x -> Conv2D(4, 3)")


def test_a_name_put_right_may_show_another_that_is_put_right_too(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text("net A(x: float32[N, 8, 8, 3]) { return x -> Conv2d(4, 3, padding=smae) }\n")
    made = netc("check", "--fix", path)
    assert made.status == 0
    assert "applied 2 fixes" in made.err
    assert "Conv2D(4, 3, padding=same)" in path.read_text()


def test_a_diff_shows_the_edits_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(_net("x -> Dens(4)"))
    made = netc("check", "--fix", "--diff", "a.net", "--format", "concise", cwd=tmp_path)
    assert made.status == 1
    assert "-  return x -> Dens(4)\n+  return x -> Dense(4)\n" in made.out
    assert "would apply 1 fix\n" in made.err
    assert path.read_text() == _net("x -> Dens(4)")


RECIPE = """\
net Digits(image: float32[N, 28, 28, 1]) -> probs: [N, 10] {
  return image -> Flatten -> Dense(10, activation=softmax)
}

train Digits {
  data = npz("digits.npz", validation_split=0.1)
  loss = SparseCategoricalCrossentropy(from_logits=true)
  optimizer = Adam(lr=0.001)
  batch_size = 64
  epochs = 5
}
"""


def test_settings_of_other_tools_are_put_right(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(RECIPE)
    made = netc("check", "--fix", path)
    assert (made.status, made.out) == (0, "")
    assert "applied 3 fixes\n" in made.err
    text = RECIPE.replace("(from_logits=true)", "()").replace("lr=", "learning_rate=")
    assert path.read_text() == text.replace("batch_size", "batch")


def test_what_changes_the_meaning_is_applied_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(_net("x -> Dense(4, activation=softmax) -> Softmax"))
    (one,) = json.loads(netc("check", path, "--format", "json").out)["diagnostics"]
    assert one["code"] == "NET0606"
    assert one["fix"]["unsafe"] is True
    shown = netc("check", "--fix", path, "--format", "concise")
    assert "[*]" not in shown.out
    assert "; 1 can be mended with --fix --unsafe-fixes\n" in shown.err
    assert path.read_text() == _net("x -> Dense(4, activation=softmax) -> Softmax")
    made = netc("check", "--fix", "--unsafe-fixes", path)
    assert (made.status, made.out) == (0, "")
    assert path.read_text() == _net("x -> Dense(4, activation=softmax)")


@pytest.mark.parametrize("option", ["--diff", "--unsafe-fixes"])
def test_options_of_fix_need_it(option: str) -> None:
    made = netc("check", option)
    assert made.status == 2
    assert f"{option} goes with --fix" in made.err


def test_marks_and_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    text = "\ufeff" + _net("x -> Dens(4)").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    assert netc("check", "--fix", path).status == 0
    assert path.read_bytes() == text.replace("Dens(", "Dense(").encode()


@pytest.mark.parametrize(("local", "right"), [("Bolck", "Block"), ("Bolck as B", "B")])
def test_a_name_that_is_imported_is_put_right_at_its_uses(
    tmp_path: Path, local: str, right: str
) -> None:
    (tmp_path / "b.net").write_text("block Block(x: [N, C]) { return x -> Dense(C) }\n")
    used = local.rpartition(" ")[2]
    text = (
        'from "./b.net" import {name}\n'
        "# Bolck stays in comments.\n"
        "net A(x: float32[N, 8]) {{ return x -> {use} -> {use} }}\n"
    )
    path = tmp_path / "a.net"
    path.write_text(text.format(name=local, use=used))
    found = json.loads(netc("check", path, "--format", "json").out)
    (one,) = found["diagnostics"]
    assert one["fix"] is not None
    assert netc("check", "--fix", path).status == 0
    assert path.read_text() == text.format(name=local.replace("Bolck", "Block"), use=right)


def test_what_an_import_has_wrong_is_mended_where_its_own_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.net").write_text("block B(x: [N, C]) { return x -> Dens(C) }\n")
    (tmp_path / "a.net").write_text(
        'from "./b.net" import B\nnet A(x: float32[N, 8]) { return x -> B }\n'
    )
    made = netc("check", "--fix", "a.net", cwd=tmp_path)
    assert made.status == 1
    assert "with --fix" not in made.err
    assert "Dens(C)" in (tmp_path / "b.net").read_text()
    assert netc("check", "--fix", cwd=tmp_path).status == 0


def test_a_finding_that_is_not_asked_for_still_counts_against_a_fix(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text(_net("x -> Conv2d(4, 3)"))
    made = netc("check", path, "--ignore", "NET0302", "--format", "concise")
    assert "NET0201" in made.out
    assert "[*]" not in made.out
