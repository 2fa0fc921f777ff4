"""Layers of training alone: nothing of them is left in a net that runs."""

from __future__ import annotations

import pytest
from netc.compiler.ops.base.op import Op
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.core.dropout import Dropout
from netc.compiler.ops.core.noise import (
    ActivityRegularization,
    AlphaDropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
)
from netc.compiler.passes.drop_identity import drop_identity
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, refusal

LAYERS = [
    made(SpatialDropout2D, rate=0.3),
    made(AlphaDropout, rate=0.3),
    made(GaussianDropout, rate=0.3),
    made(GaussianNoise, stddev=0.3),
    made(ActivityRegularization, l2=0.3),
]


@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_it_leaves_no_node_and_costs_nothing(op: Op) -> None:
    conv = made(Conv2D, filters=2, kernel_size=1)
    checked = chain(("N", 4, 4, 3), conv, op, conv)
    assert node_types(model(checked)) == {"Transpose": 2, "Conv": 2}
    assert costs(chain((1, 4, 4, 3), op)) == (0, 0, 0)


@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_passes_see_past_it(op: Op) -> None:
    conv = made(Conv2D, filters=2, kernel_size=1)
    dropped = drop_identity(chain(("N", 4, 4, 3), conv, op, conv))
    assert [node.op for node in dropped if node.op is not None] == [conv, conv]


@pytest.mark.parametrize("cls", [AlphaDropout, GaussianDropout, SpatialDropout1D])
@pytest.mark.parametrize("rate", [-0.1, 1])
def test_a_rate_is_a_share(cls: type[Op], rate: float) -> None:
    fault = refusal(("N", 4, 3), cls, rate=rate)
    assert fault.code is Code.BAD_VALUE
    assert fault.argument == "rate"


def test_noise_has_no_negative_deviation() -> None:
    assert refusal(("N", 4), GaussianNoise, stddev=-1).argument == "stddev"


def test_maps_are_dropped_from_pictures_only() -> None:
    fault = refusal(("N", 4, 3), SpatialDropout2D, rate=0.5)
    assert fault.code is Code.RANK
    assert "[batch, height, width, channels]" in fault.message


def test_a_noise_shape_has_a_size_for_each_axis() -> None:
    fault = refusal(("N", 4, 3), Dropout, rate=0.5, noise_shape=(None, 1))
    assert fault.code is Code.RANK
    assert "2 sizes for 3 axes" in fault.message
