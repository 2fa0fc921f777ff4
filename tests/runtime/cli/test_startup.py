"""Start-up is a feature: checking loads no backend, no NumPy, no networkx, no generated methods."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .run_netc import MODELS

HEAVY = {
    "tensorflow",
    "keras",
    "onnxruntime",
    "onnx",
    "matplotlib",
    "numpy",
    "h5py",
    "PIL",
    "rich",
    "lark",
    "networkx",
    "optuna",
    "mlflow",
    "wandb",
    "ray",
}

LOADED = """
import sys
from netc.runtime.cli import execute
status = execute(sys.argv[1:])
print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
print("NETWORKX", "networkx.algorithms" in sys.modules)
sys.exit(status)
"""


@pytest.mark.parametrize(
    ("args", "allowed"),
    [
        (["check", str(MODELS / "resnet.net")], set()),
        (["check", "--format", "json", str(MODELS / "vgg.net")], set()),
        (["check", str(MODELS / "cifar10_cnn.net")], set()),
        (["summary", "--format", "json", str(MODELS / "cifar10_cnn.net")], set()),
        (["summary", str(MODELS / "cifar10_cnn.net")], {"rich"}),
        (["fmt", "--check", str(MODELS)], set()),
        (["explain", "NET0301"], set()),
        (["ops", "Conv2D"], set()),
        (["ops", "SGD"], set()),
        (["train", "--help"], set()),
        (["train", "--dry-run", str(MODELS / "cifar10_cnn.net")], {"numpy", "PIL"}),
        (["eval", "--help"], set()),
        (["data", "--help"], set()),
        (["runs", "--help"], set()),
        (["sweep", "--help"], set()),
        (["cam", "--help"], set()),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_a_verb_loads_no_more_than_it_needs(args: list[str], allowed: set[str]) -> None:
    made = subprocess.run(
        [sys.executable, "-c", LOADED, *args], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    loaded = set(made.stdout.rpartition("LOADED ")[2].splitlines()[0].split())
    assert loaded & HEAVY <= allowed
    assert "NETWORKX False" in made.stdout


GENERATED = """
import sys
from netc.dsl import methods
from netc.runtime.cli import execute
text, compiled = methods.template_text, []
methods.template_text = lambda *kind: compiled.append(kind) or text(*kind)
execute(sys.argv[1:])
for name, module in [*sys.modules.items()]:
    for thing in [*vars(module).values()] if name.startswith("netc.") else ():
        if isinstance(thing, type) and thing.__module__ == name:
            if "__dataclass_fields__" in vars(thing) and "__record__" not in vars(thing):
                print("GENERATED", name, thing.__name__)
print(*compiled)
"""


@pytest.mark.parametrize("model", ["resnet.net", "cifar10_cnn.net", "transformer.net"])
def test_classes_of_a_check_share_their_methods(model: str) -> None:
    """Methods that are generated cost 0.7 ms a class, each time the program starts.

    Those that classes share are compiled beforehand: a kind that a net needs and that is not
    belongs into `dsl/make_methods.py`. Recipes may compile a few.
    """
    made = subprocess.run(
        [sys.executable, "-c", GENERATED, "check", "--no-cache", str(MODELS / model)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "GENERATED" not in made.stdout
    if model == "resnet.net":
        assert made.stdout.strip() == ""


def test_importing_netc_loads_nothing() -> None:
    code = "import sys, netc; print(*(m for m in sys.modules if m.startswith('netc')))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.split() == ["netc"]


def test_the_graph_is_a_whole_networkx_graph() -> None:
    code = (
        "import netc, networkx; net = netc.load(sys.argv[1]) if 0 else None\n"
        "from netc.compiler.ir.lean_networkx import DiGraph\n"
        "graph = DiGraph([(1, 2), (2, 3)])\n"
        "import networkx as nx\n"
        "assert isinstance(graph, nx.DiGraph)\n"
        "print(list(nx.topological_sort(graph)), nx.shortest_path(graph, 1, 3))\n"
    )
    lean_first = code.replace(
        "import netc, networkx; net = netc.load(sys.argv[1]) if 0 else None\n", ""
    )
    for text in (code, lean_first):
        made = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, check=True
        )
        assert made.stdout.strip() == "[1, 2, 3] [1, 2, 3]"
