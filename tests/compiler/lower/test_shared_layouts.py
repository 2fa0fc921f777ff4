"""A shared layer that meets a channels-first and a channels-last tensor."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ir.graph import Ref
from netc.compiler.ir.infer import apply
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.ops.activation.prelu import PReLU
from netc.compiler.ops.base.backend import Tensor
from netc.compiler.ops.base.op import Op, Weight
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.core.preprocessing import Normalization
from netc.compiler.ops.norm.normalization import BatchNormalization

from ..ops.chain import made
from ..ops.graphs import Net, run
from ..ops.one_op import NOWHERE


class Drawn:
    """Weights of which no two elements are equal."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        rng = np.random.default_rng(len(weight.name))
        array = rng.uniform(0.5, 2, weight.shape).astype(weight.dtype)
        return Tensor(weight.shape, weight.dtype, lambda: array)


@pytest.mark.parametrize(
    "op",
    [
        made(PReLU),
        made(BatchNormalization, axis=2),
        made(Normalization),
    ],
    ids=lambda op: op.name,
)
def test_both_uses_compute_the_same(op: Op) -> None:
    """All sizes are 4, so that weights in the wrong layout would broadcast without a word."""
    net = Net()
    x = net.input("N", 4, 4, 4)
    moved = net.add(made(Conv2D, filters=4, kernel_size=1), x)
    for path, ref in (("first", moved), ("last", x)):
        apply(net.graph, op, (ref,), path=path, layer="shared", span=NOWHERE)
    checked = net.checked(Ref("first"), Ref("last"), moved)
    model = lower_onnx(checked, Drawn()).model()
    data = np.random.default_rng(0).uniform(-2, 2, (2, 4, 4, 4)).astype(np.float32)
    behind, _, between = run(model, data)
    (_, again, _) = run(model, between)
    np.testing.assert_allclose(behind, again, rtol=1e-5, atol=1e-6)
