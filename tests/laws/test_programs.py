"""The compiler's laws on random nets; `tests/laws/fuzz.py` runs many more of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from .agreement import Incomparable, check_program
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
