"""Programs whose symbolic sizes would grow without bound are refused, quickly and in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import Analysis, check_files
from netc.dsl.diagnostics.codes import Code


def analysed(tmp_path: Path, text: str) -> Analysis:
    path = tmp_path / "net.net"
    path.write_text(text)
    return check_files([path])


@pytest.mark.parametrize(
    "step",
    ["max(s + W, H * s - 7)", "ceil((3 * s + W) / 2)", "7 * s", "s * s", "s % W + 2 * s", "s ** 8"],
)
def test_sizes_computed_in_a_loop(tmp_path: Path, step: str) -> None:
    text = f"""net Loop(x: float32[N, H, W]) -> [N, H, W] {{
  s = H
  for i in range(100_000) {{
    s = {step}
  }}
  assert s != 0, "no size"
  return x -> ReLU
}}
"""
    (fault,) = analysed(tmp_path, text).diagnostics
    assert fault.code is Code.STATIC_FAULT
    assert "would make a symbolic size" in fault.message


@pytest.mark.parametrize(
    "layers",
    [
        "UpSampling2D(2)",
        "UpSampling2D(3) -> MaxPooling2D(2)",
        "MaxPooling2D(3, strides=2, padding=same) -> ZeroPadding2D(1) -> UpSampling2D(3)",
        "MaxPooling2D(2)",
    ],
)
def test_layers_in_a_row(tmp_path: Path, layers: str) -> None:
    text = f"""net Deep(x: float32[N, H, W, 1]) -> [N, 1] {{
  repeat 10_000 {{
    x = x -> {layers}
  }}
  return x -> GlobalMaxPooling2D
}}
"""
    (fault,) = analysed(tmp_path, text).diagnostics
    assert fault.code is Code.SHAPE
    assert "would make a symbolic size" in fault.message
    assert fault.help == "give the sizes it comes from numbers in the net's signature"


def test_layers_that_keep_their_size_may_be_many(tmp_path: Path) -> None:
    text = """net Long(x: float32[N, H, W, 1]) -> [N, 1] {
  repeat 2_000 {
    x = x -> Conv2D(1, 3, padding=same) -> Conv2D(1, 2)
  }
  return x -> GlobalMaxPooling2D
}
"""
    assert not analysed(tmp_path, text).diagnostics


def test_costs_past_the_limits_are_a_broken_contract(tmp_path: Path) -> None:
    inputs = ", ".join(f"x{index}: float32[N, A{index}, B{index}]" for index in range(250))
    results = ", ".join(f"[N, A{index}, B{index}]" for index in range(250))
    values = ", ".join(f"x{index} * 2" for index in range(250))
    text = f"""net Wide({inputs}) -> ({results}) {{
  return {values}
}}

expect Wide {{
  flops < 1M
  params == 0
}}
"""
    (fault,) = analysed(tmp_path, text).diagnostics
    assert (fault.code, fault.span.text) == (Code.BAD_CONTRACT, "flops < 1M")
    assert "too complex to compute with" in fault.message
