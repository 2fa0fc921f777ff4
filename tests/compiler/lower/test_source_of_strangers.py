"""Generated Python holds no call that netc did not write, whatever a stranger called things."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Callable
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.keras_source.lower import lower_keras_source
from netc.runtime.infer.samples import ShakenWeights
from netc.runtime.weights import save_safetensors

from .nets import net

SIGNS = "q\"'\\\n\r\t(){}#;:\ud800\u202e "
INSTRUCTION = 'q"""\nimport os\nos.system("echo PWNED")\n"""z.net'

STATEMENTS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Assign, ast.Expr)
HELPERS = {"operation", "numbered", "load_weights", "build_model"}
BUILTINS = {"range", "float", "set", "zip", "getattr", "hasattr", "isinstance"}
PYTHONS_OWN = [name for name in dir(builtins) if not name.startswith("__pybind11")]
"""Without what TensorFlow's libraries put there when they are loaded."""
METHODS = {"keys", "issuperset", "partition", "replace", "get", "get_tensor", "assign"}


def check_calls(text: str) -> None:
    """Holds that a module calls Keras, its own functions and a few builtins, and imports Keras."""
    tree = ast.parse(text)
    first, *others = tree.body
    assert isinstance(first, ast.Expr)
    assert isinstance(first.value, ast.Constant)
    own = {each.name for each in others if isinstance(each, ast.FunctionDef)}
    assert not own & {*keyword.kwlist, *PYTHONS_OWN}
    for each in others:
        assert isinstance(each, STATEMENTS)
        assert not isinstance(each, ast.Expr), ast.unparse(each)
    imported = [
        ast.unparse(e) for e in ast.walk(tree) if isinstance(e, ast.Import | ast.ImportFrom)
    ]
    assert set(imported) <= {
        "import keras",
        "from keras import layers",
        "from keras import ops",
        "from keras import layers, ops",
        "from safetensors import safe_open",
    }
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        function = call.func
        if isinstance(function, ast.Call):
            continue  # a layer, which was made by the call that is looked at in its turn
        name = ast.unparse(function)
        known = {*own, *HELPERS, *BUILTINS, "safe_open", "inner.finalize_state"}
        assert (
            name in known
            or name.startswith(("keras.", "layers.", "ops."))
            or name.rpartition(".")[2] in METHODS
        ), name


def source(checked: CheckedGraph, path: str) -> str:
    text = lower_keras_source(checked, path)
    compile(text, "model.py", "exec")
    check_calls(text)
    return text


def written(block: str, param: str, label: str, given: str, whole: str) -> str:
    """A net whose parts have certain names."""
    return (
        f"block {block}(x: [N, C], {param}: int) {{\n"
        f"  {label} = x -> Dense({param})\n"
        f"  return {label} -> ReLU\n}}\n"
        f"net {whole}({given}: float32[N, 4]) {{\n"
        f"  return {given} -> {block}(4) -> Dense(3) as {label} -> {block}(5)"
        f" -> {block}(6)\n}}\n"
    )


def named(*words: str) -> CheckedGraph:
    return net(written(*words))


PLAIN = ("Plain", "width", "hidden", "given", "Net")


def can_be_used(word: str) -> bool:
    """Whether the language lets a word stand in each place for a name."""
    path = Path("example.net")
    texts = [written(*PLAIN[:at], word, *PLAIN[at + 1 :]) for at in range(len(PLAIN))]
    return not any(check_files([path], overlay={path.resolve(): text}).failed for text in texts)


PYTHON = (*keyword.kwlist, *keyword.softkwlist, *PYTHONS_OWN)
OURS = ("keras", "layers", "ops", *sorted(HELPERS), "name", "i", "y", "z", "WEIGHTS", "TABLE_1")
ALMOST = ("class_2", "range_2", "layers_2", "TABLE_", "_class")


@cache
def words() -> list[str]:
    """Those of them that can be used."""
    return [word for word in dict.fromkeys((*PYTHON, *OURS, *ALMOST)) if can_be_used(word)]


def test_the_words_that_python_keeps_are_tried() -> None:
    assert {"class", "lambda", "def", "eval", "exec", "layers", "numbered"} < set(words())


@settings(max_examples=60, deadline=None)
@given(st.deferred(lambda: st.lists(st.sampled_from(words()), min_size=5, max_size=5, unique=True)))
def test_python_s_words_are_names_of_a_net(taken: list[str]) -> None:
    source(named(*taken), "a.net")


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60) | st.text(st.sampled_from("q\"'\\\n\r\t(){}#;:\ud800\u202e "), max_size=60)
)
def test_the_name_of_a_file_is_text(path: str) -> None:
    source(named("B", "w", "h", "a", "Net"), path)


def test_an_instruction_in_a_file_s_name_is_not_run() -> None:
    text = source(named("B", "w", "h", "a", "Net"), INSTRUCTION)
    assert "\nimport os" not in text


@pytest.mark.parametrize(
    "words",
    [
        ("class", "lambda", "def", "import_", "None_"),
        ("range", "layers", "ops", "keras", "set"),
        ("zip", "i", "name", "numbered", "build_model"),
        ("load_weights", "range", "float", "getattr", "Type"),
    ],
)
def test_a_net_of_such_names_is_built_and_loads_its_weights(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    checked = named(*words)
    made: dict[str, Callable[..., object]] = {}
    exec(compile(source(checked, "a.net"), "model.py", "exec"), made)
    path = tmp_path / "weights.safetensors"
    save_safetensors(path, checked, ShakenWeights())
    ours = made["build_model"]()
    made["load_weights"](ours, path)
    keras.backend.clear_session(free_memory=False)
    theirs = lower_keras(checked, ShakenWeights())
    x = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(ours(x), theirs(x))
