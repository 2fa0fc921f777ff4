"""Every operator computes the same in the oldest opsets as in the default one."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.ops.base.op import Example, Op
from netc.runtime.infer.session import Session

from .one_op import array_for, net_of
from .test_contract import CASES, Shaken


@pytest.mark.parametrize(("cls", "example"), CASES)
def test_opsets_agree(cls: type[Op], example: Example) -> None:
    checked, _ = net_of(cls, example)
    rng = np.random.default_rng(1)
    arrays = {f"x{i}": array_for(given, rng) for i, given in enumerate(example.inputs)}

    def outputs(opset: int) -> list[np.ndarray]:
        lowered = lower_onnx(checked, Shaken(), opset=opset)
        return list(Session.from_lowered(lowered, "the net").run(arrays).values())

    newest = outputs(23)
    for opset in (17, 18):
        for old, new in zip(outputs(opset), newest, strict=True):
            assert old.dtype == new.dtype
            np.testing.assert_allclose(old, new, rtol=2e-6, atol=2e-6)
