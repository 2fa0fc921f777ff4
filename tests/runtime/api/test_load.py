"""What `netc` gives in Python: names, settings, errors, and how things show themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import netc

from ..cli.run_netc import netc as verb

TEXT = """\
net Digits(image: float32[N, 4, 4, 1], classes: int = 10) -> probs: [N, classes] {
  return image -> Flatten -> Dense(classes, activation=softmax)
}
"""

BLOCK = "block B(x: [N, C]) -> [N, C] {\n  return x -> Dense(C)\n}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "digits.net"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_dir_lists_what_there_is_and_loads_nothing() -> None:
    code = (
        "import sys, netc; "
        "print(set(netc.__all__) <= set(dir(netc)), 'netc.compiler' in sys.modules)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "True False\n"


def test_every_name_is_there() -> None:
    assert all(getattr(netc, name) is not None for name in netc.__all__)
    with pytest.raises(AttributeError, match="module 'netc' has no attribute 'Load'"):
        _ = netc.Load


@pytest.mark.parametrize("error", [netc.DiagnosticError, netc.UserError])
def test_one_error_stands_above_all(error: type[Exception]) -> None:
    assert issubclass(error, netc.NetcError)


def test_a_misspelt_setting_is_refused_by_load_and_check_and_train(file: Path) -> None:
    said = r"no net has a parameter or size `clases`. did you mean `classes`\?"
    with pytest.raises(netc.UserError, match=said):
        netc.load(file, clases=3)
    with pytest.raises(netc.UserError, match=said):
        netc.check(file, clases=3)
    file.write_text(TEXT + "\ntrain Digits {\n  loss = mse\n}\n", encoding="utf-8")
    with pytest.raises(netc.UserError, match=r"a setting `clases`. did you mean `classes`\?"):
        netc.train(file, clases=3)


def test_a_misspelt_setting_is_wrong_usage_of_the_command_line(file: Path) -> None:
    made = verb("summary", file, "--set", "clases=3")
    said = "--set: no net has a parameter or size `clases`. did you mean `classes`?"
    assert (made.status, made.err) == (2, f"Error: {said}\n")


def test_a_setting_is_looked_for_in_the_net_that_is_asked_for(file: Path) -> None:
    other = "\nnet Other(x: float32[N, 3], width: int = 2) {\n  return x -> Dense(width)\n}\n"
    file.write_text(TEXT + other, encoding="utf-8")
    assert netc.load(file, "Other", width=5).summary().params == 20
    with pytest.raises(netc.UserError, match="no net has a parameter or size `width`"):
        netc.load(file, "Digits", width=5)
    assert not netc.check(file, width=5).failed


def test_the_net_of_a_recipe_may_be_imported(file: Path) -> None:
    path = file.with_name("train.net")
    path.write_text(
        'from "./digits.net" import Digits\n\ntrain Digits {\n  loss = mse\n}\n', "utf-8"
    )
    assert not netc.check(path, classes=3).failed


def test_a_file_at_fault_has_findings_before_its_settings_are_looked_at(file: Path) -> None:
    file.write_text("net Digits(", encoding="utf-8")
    with pytest.raises(netc.DiagnosticError, match="NET01"):
        netc.load(file, classes=3)


def test_settings_by_keyword_by_dict_and_as_numpy_has_them(file: Path) -> None:
    by_keyword = netc.load(file, classes=3)
    for settings in ({"classes": 3}, {"classes": np.int64(3)}, {"classes": np.array(3)}):
        assert repr(netc.load(file, settings=settings)) == repr(by_keyword)
    text = TEXT.replace("classes", "seed")
    file.write_text(text, encoding="utf-8")
    assert netc.load(file, settings={"seed": 3}, seed=1).seed == 1
    assert netc.load(file, settings={"seed": 3}).summary().params == 51


def test_a_setting_twice_and_one_of_no_value_are_refused(file: Path) -> None:
    with pytest.raises(netc.UserError, match="`classes` is given twice"):
        netc.load(file, settings={"classes": 3}, classes=3)
    for settings in ({3: 3}, ["classes"], "classes"):
        with pytest.raises(netc.UserError, match="`settings` is a dict of values by the names"):
            netc.load(file, settings=settings)
    with pytest.raises(netc.UserError, match="`classes` cannot be a set; a setting is a number"):
        netc.load(file, classes={3})


def test_a_file_of_blocks_has_no_settings(file: Path) -> None:
    file.write_text(BLOCK, encoding="utf-8")
    with pytest.raises(netc.UserError, match="no net has a parameter or size `classes`"):
        netc.check(file, classes=3)
    assert verb("check", file, "--set", "classes=3").status == 2


def test_the_net_that_is_asked_for_must_be_there(file: Path) -> None:
    with pytest.raises(netc.UserError, match=r"has no net `Digit`. did you mean `Digits`\?"):
        netc.load(file, "Digit", classes=3)
    file.write_text(TEXT + TEXT.replace("Digits", "More"), encoding="utf-8")
    with pytest.raises(netc.UserError, match=r"has 2 nets; name one of them: Digits, More"):
        netc.load(file)
    file.write_text(BLOCK, encoding="utf-8")
    with pytest.raises(netc.UserError, match="defines no net"):
        netc.load(file)


def test_short_reprs(file: Path) -> None:
    net = netc.load(file)
    assert repr(net) == (
        "<net Digits(image: float32[N, 4, 4, 1]) -> (probs: float32[N, 10]), 170 params>"
    )
    assert repr(net.summary()) == "<NetCosts of Digits: 2 layers, 170 params>"
    assert repr(netc.check(file)) == "<checked 1 file: no faults; nets: Digits>"
    file.write_text(TEXT.replace("Flatten", "Flaten"), encoding="utf-8")
    found = netc.check(file)
    assert repr(found) == "<checked 1 file: 1 error; nets: Digits>"
    assert repr(found.diagnostics).startswith("[<")
    assert "digits.net:2:19: NET0201" in repr(found.diagnostics)
    assert len(repr(found.diagnostics)) < 200


@pytest.mark.parametrize("batch", [None, 3])
def test_a_printed_summary_is_that_of_the_command_line(file: Path, batch: int | None) -> None:
    options = [] if batch is None else ["--batch", str(batch)]
    summary = netc.load(file).summary(batch)
    assert f"{summary}\n" == verb("summary", file, *options).out


def test_a_notebook_shows_tables_and_findings_without_markup_of_strangers(file: Path) -> None:
    net = netc.load(file)
    picture, table = net._repr_html_().split("</svg>\n")
    assert picture.startswith("<svg")
    assert table == net.summary()._repr_html_()
    assert '<td style="text-align: left">dense (Dense)</td>' in net._repr_html_()
    evil = "</pre><script>alert(1)</script>"
    file.write_text(TEXT.replace("{\n", "{  # " + evil + "\n", 1).replace("N, classes]", "N]"))
    shown = netc.check(file)._repr_html_()
    assert shown.startswith("<pre>error[")
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_faults_of_files_and_layers_are_errors_of_netc(file: Path, tmp_path: Path) -> None:
    net = netc.load(file)
    with pytest.raises(netc.UserError, match="nowhere"):
        net.to_onnx(tmp_path / "nowhere" / "a.onnx")
    with pytest.raises(netc.UserError, match="opset"):
        net.to_onnx(tmp_path / "a.onnx", opset=1)
    assert list(tmp_path.glob("*.onnx")) == []


def test_a_folder_stands_for_its_files(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = file.parent / "below"
    below.mkdir()
    (below / "faulty.net").write_text(TEXT.replace("Flatten", "Flaten"))
    assert repr(netc.check(below)) == "<checked 1 file: 1 error; nets: Digits>"
    assert repr(netc.check(file.parent)) == "<checked 2 files: 1 error; nets: Digits, Digits>"
    monkeypatch.chdir(below)
    assert [one.code.id for one in netc.check().diagnostics] == ["NET0201"]
    (below / "faulty.net").unlink()
    with pytest.raises(netc.UserError, match=r"there is no \.net file below"):
        netc.check()
