"""PReLU: which alphas there are, and where they lie."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.activation.prelu import PReLU
from netc.compiler.ops.base.initializers import Constant
from netc.compiler.ops.conv.conv import Conv2D
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, refusal, run


@pytest.mark.parametrize(
    ("shared", "params"), [(None, 4 * 5 * 3), (1, 5 * 3), ([1, 2], 3), ([1, 2, 3], 1)]
)
def test_there_is_an_alpha_for_each_element_that_shares_none(shared: object, params: int) -> None:
    op = made(PReLU, shared_axes=shared)
    assert costs(chain((2, 4, 5, 3), op)) == (params, 0, 2 * 4 * 5 * 3)


def test_a_symbolic_axis_must_be_shared() -> None:
    fault = refusal(("N", "H", 4, 3), PReLU)
    assert fault.message == "`PReLU` needs to know how long axis 1 is, but it is `H`"
    assert fault.help == (
        "share alpha along it, `shared_axes=[1]`, or give `H` a number in the net's signature"
    )


@pytest.mark.parametrize("axis", [0, 3, -1])
def test_only_axes_of_a_sample_are_shared(axis: int) -> None:
    fault = refusal(("N", 4, 3), PReLU, shared_axes=axis)
    assert fault.code is Code.RANK
    assert fault.message == f"`PReLU` cannot share alpha along axis {axis} of float32[N, 4, 3]"
    assert fault.help == "give axes from 1 to 2"


def test_negative_values_are_scaled() -> None:
    op = made(PReLU, alpha_initializer=Constant(0.25))
    y = run(model(chain((1, 3), op)), np.array([[-4, 0, 4]], np.float32))
    assert y.tolist() == [[-1, 0, 4]]


def test_no_transpose_behind_a_convolution() -> None:
    conv = made(Conv2D, filters=2, kernel_size=1)
    checked = chain(("N", 4, 5, 3), conv, made(PReLU), made(PReLU, shared_axes=[1, 2]), conv)
    assert node_types(model(checked))["Transpose"] == 2
