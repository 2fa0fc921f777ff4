"""The way out of a path with a star that means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.diagnostics.diagnostic import Diagnostic

TEXT = """
block Stage(x: [N, C]) {{
  return x -> Dense(4) as fit -> LayerNormalization as norm
}}

net Staged(x: float32[N, 8]) -> [N, 2] {{
  x -> Stage as low -> Stage as high
  return high -> Dense(2, activation=softmax) as head
}}

train Staged {{
  loss   = categorical_crossentropy
  freeze = ["{pattern}"]
}}
"""


def findings(folder: Path, pattern: str) -> Sequence[Diagnostic]:
    path = folder / "a.net"
    path.write_text(TEXT.format(pattern=pattern))
    return check_files([path]).diagnostics


def test_a_star_that_should_reach_deeper_becomes_two(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, "nor*")
    assert finding.message == "`Staged` has no layer `nor*`"
    assert finding.help is not None
    assert "`*` stays within one name" in finding.help
    assert finding.fix is not None
    assert (finding.fix.span.text, finding.fix.text) == ("nor*", "**/nor*")
    assert findings(tmp_path, finding.fix.text) == []


@pytest.mark.parametrize("pattern", ["lo*/x/n*m", "h*/*/kernel", "**/z*"])
def test_what_means_nothing_deeper_either_is_not_proposed(tmp_path: Path, pattern: str) -> None:
    (finding,) = findings(tmp_path, pattern)
    assert finding.message == f"`Staged` has no layer `{pattern}`"
    assert "stays within" not in (finding.help or "")
