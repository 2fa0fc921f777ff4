"""Every operator gives a valid model in every range of opsets, and one result in all of them."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from netc.compiler.lower.onnx.lower import DEFAULT_OPSET, OPSETS, lower_onnx
from netc.compiler.ops.base.op import Example, Op

from .one_op import array_for, net_of
from .test_contract import CASES, Shaken, onnxruntime_session

OTHERS = (17, 18, OPSETS[-1])
"""Opsets in which operators are written in other ways than in the default one."""


@pytest.mark.parametrize(("cls", "example"), CASES)
def test_opsets_agree(cls: type[Op], example: Example, capfd: pytest.CaptureFixture[str]) -> None:
    checked, _ = net_of(cls, example)
    rng = np.random.default_rng(1)
    arrays = {f"x{i}": array_for(given, rng) for i, given in enumerate(example.inputs)}

    def outputs(opset: int) -> list[np.ndarray]:
        model = lower_onnx(checked, Shaken(), opset=opset).model()
        onnx.checker.check_model(model, full_check=True)
        return onnxruntime_session(model).run(None, arrays)

    expected = outputs(DEFAULT_OPSET)
    for opset in OTHERS:
        for mine, other in zip(outputs(opset), expected, strict=True):
            assert mine.dtype == other.dtype
            np.testing.assert_allclose(mine, other, rtol=2e-6, atol=2e-6)
    assert capfd.readouterr().err == "", "onnxruntime warns"
