"""What a person installs works: checked, compiled and trained outside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from .places import Environment, run

pytestmark = pytest.mark.package

NET = """
net Small(x: float32[N, 4]) -> y: [N, 1] {
  return x -> Dense(3, activation=relu) -> Dense(1)
}

train Small {
  data = npz("small.npz", validation_split=0.5)
  loss = mean_squared_error
  epochs = 1
}
"""
DATA = "import numpy as np; np.savez('small.npz', x=np.ones((8, 4), 'f'), y=np.ones((8, 1), 'f'))"


@pytest.mark.parametrize("installed", ["from_wheel", "from_sdist"])
def test_every_shipped_model_is_checked_and_one_is_compiled(
    installed: str, project: Path, request: pytest.FixtureRequest
) -> None:
    made: Environment = request.getfixturevalue(installed)
    assert "no faults" in made.netc("check", ".", cwd=project)
    made.netc("compile", "mnist.net:Digits", "-o", "digits.onnx", cwd=project)
    made.netc("compile", "mnist.net:Digits", "-o", "digits.py", cwd=project)
    assert (project / "digits.onnx").stat().st_size > 0
    compile((project / "digits.py").read_text(encoding="utf-8"), "digits.py", "exec")
    assert "NET0301" in made.netc("explain", "NET0301", cwd=project)
    assert "Conv2D" in made.netc("ops", "Conv2D", cwd=project)


@pytest.mark.parametrize("installed", ["from_wheel", "from_sdist"])
def test_one_name_lands_in_site_packages(installed: str, request: pytest.FixtureRequest) -> None:
    made: Environment = request.getfixturevalue(installed)
    (record,) = made.packages.glob("netc-*.dist-info/RECORD")
    lines = record.read_text(encoding="utf-8").splitlines()
    tops = {line.partition(",")[0].partition("/")[0] for line in lines}
    assert tops - {".."} == {"netc", record.parent.name}


def test_pygments_knows_the_language(from_sdist: Environment, tmp_path: Path) -> None:
    code = "from pygments.lexers import get_lexer_by_name as f; print(f('net').name)"
    assert run(from_sdist.python, "-c", code, cwd=tmp_path) == "netc\n"


def test_an_epoch_is_trained(from_wheel: Environment, tmp_path: Path) -> None:
    (tmp_path / "small.net").write_text(NET, encoding="utf-8")
    run(from_wheel.python, "-c", DATA, cwd=tmp_path)
    said = from_wheel.netc("train", "small.net", cwd=tmp_path)
    assert "outputs equal to Keras's" in said
    assert (tmp_path / "runs" / "Small" / "report.html").exists()


def test_training_without_the_extra_names_it(from_sdist: Environment, tmp_path: Path) -> None:
    (tmp_path / "small.net").write_text(NET, encoding="utf-8")
    run(from_sdist.python, "-c", DATA, cwd=tmp_path)
    command = (
        "import sys; from netc.runtime.cli import execute; sys.exit(execute(sys.argv[1:]) != 1)"
    )
    said = run(from_sdist.python, "-c", command, "train", "small.net", cwd=tmp_path)
    assert "netc[train]" in said
    assert "Traceback" not in said


def test_a_checkout_called_copy_tests_itself(editable: Environment, checkout: Path) -> None:
    tests = ("tests/dsl/syntax/test_grammar.py", "tests/runtime/cli/test_startup.py")
    said = run(editable.python, "-m", "pytest", "-q", *tests, cwd=checkout)
    assert "passed" in said
    where = "import netc.compiler; print(netc.compiler.__file__)"
    assert str(checkout) in str(Path(run(editable.python, "-c", where, cwd=checkout)).resolve())


def test_a_new_file_is_there_at_once(editable: Environment, checkout: Path, tmp_path: Path) -> None:
    (checkout / "runtime" / "new_room.py").write_text("ROOM = 1\n", encoding="utf-8")
    said = run(
        editable.python, "-c", "import netc.runtime.new_room as n; print(n.ROOM)", cwd=tmp_path
    )
    assert said == "1\n"


def test_nothing_but_netc_can_be_imported(editable: Environment, tmp_path: Path) -> None:
    rooms = ("dsl", "compiler", "runtime", "models")
    code = f"from importlib.util import find_spec as f; print([n for n in {rooms} if f(n)])"
    assert run(editable.python, "-c", code, cwd=tmp_path) == "[]\n"
