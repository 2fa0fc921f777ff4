"""The compiler's laws on random nets; `tests/laws/fuzz.py` runs many more of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from netc.compiler.ops.base.op import arguments
from netc.compiler.ops.table import OPS
from netc.compiler.shapes.dims import symbol
from netc.compiler.shapes.types import TensorType

from . import agreement
from .agreement import Disagreement, Incomparable, check_numbers, check_program, checked
from .arguments import drawable
from .decisions import DECISIONS, Decision
from .near_legal import Attempt, check_near_legal, near_legal
from .programs import Program, programs

QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.filterwarnings("ignore")
@QUICK
@given(programs())
def test_a_legal_net_means_one_thing(program: Program) -> None:
    try:
        check_program(program)
    except Incomparable:
        assume(False)


@pytest.mark.filterwarnings("ignore")
@settings(QUICK, max_examples=300)
@given(near_legal())
def test_netc_refuses_what_keras_refuses(attempt: Attempt) -> None:
    check_near_legal(attempt)


@pytest.mark.parametrize("decision", DECISIONS, ids=[each.name for each in DECISIONS])
def test_every_decision_has_its_reason(decision: Decision) -> None:
    assert decision.reason.endswith(".")
    assert decision.ours or decision.theirs, "one side refuses"


@pytest.mark.parametrize("name", OPS)
def test_every_layer_can_be_drawn(name: str) -> None:
    kinds = [each.kind.text for each in arguments(OPS[name]).values() if each.required]
    assert drawable(OPS[name]), f"add values to tests/laws/arguments.py for one of {kinds}"


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("net Net(x: float32[N, 3]) { return x -> Dense(2.5) }\n", "a legal net is refused"),
        ("net Net(x: float32[N, 3]) { return x -> Dropout }\n", "a legal net is refused"),
    ],
)
def test_a_net_that_is_refused_breaks_a_law(text: str, law: str) -> None:
    with pytest.raises(Disagreement, match=law):
        check_program(Program(text, {"N": 2}))


@pytest.mark.filterwarnings("ignore")
def test_numbers_that_differ_break_a_law(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = checked("net Net(x: float32[N, 3]) { return x -> Dense(2) }\n")
    check_numbers(graph, {"N": 2})
    monkeypatch.setattr(agreement, "run_onnx", lambda *_: [np.zeros((2, 2), np.float32)])
    with pytest.raises(Disagreement, match="output 0 of onnxruntime differs from Keras by"):
        check_numbers(graph, {"N": 2})


@pytest.mark.filterwarnings("ignore")
def test_a_difference_about_what_is_legal_breaks_a_law() -> None:
    stranger = Attempt("Dense", {"units": 0}, (TensorType("float32", (symbol("N"), 3)),))
    assert check_near_legal(stranger) == "refused by both"
    unknown = Attempt("Flatten", {"data_format": "channels_last"}, stranger.types)
    with pytest.raises(Disagreement, match="only netc refuses"):
        check_near_legal(unknown)
