"""Checks a file of recipes in memory."""

from __future__ import annotations

from pathlib import Path

from netc.compiler.check import Analysis, check_files
from netc.compiler.recipe.recipe import Recipe

FILE = Path("/page/a.net")

DIGITS = """
block Stage(x: [N, H, W, C], filters: int) {
  return x -> Conv2D(filters, 3, use_bias=false) as conv -> BatchNormalization as norm -> ReLU
}

net Digits(image: float32[N, 28, 28, 1], classes: int = 10) -> probs: [N, classes] {
  image -> Stage(4) as low -> Stage(8) as high
  return high -> Flatten -> Dense(classes, activation=softmax) as head
}
"""

CODER = """
net Coder(x: float32[N, 8]) -> (recon: [N, 8], code: [N, 2]) {
  code = x -> Dense(2)
  return code -> Dense(8), code
}
"""


def analyse(text: str, **settings: object) -> Analysis:
    """What a check of one file finds."""
    return check_files([FILE], overlay={FILE: text}, settings=settings)


def recipe(block: str, net: str = DIGITS) -> Recipe:
    """The recipe of a `train` block, which is without fault."""
    analysis = analyse(f"{net}\n{block}\n")
    assert analysis.diagnostics == []
    (found,) = analysis.recipes
    return found
