"""The matrix product that tells what an engine can at most do on a machine."""

from __future__ import annotations

from pathlib import Path

from ...compiler.check import check_files
from ...compiler.ir.graph import CheckedGraph
from .case import Case

NAME = "Product"
ROWS, WIDTH = 1024, 4096
"""The product of `[ROWS, WIDTH]` and `[WIDTH, WIDTH]` is 34 GFLOPs: copying what goes in and comes
out is little beside it, and the matrices are larger than caches."""


def product_case(rows: int = ROWS, width: int = WIDTH, name: str = NAME) -> Case:
    """A net that is one product in float32."""
    text = (
        f"net {name}(x: float32[N, {width}]) -> y: [N, {width}] {{\n"
        f"  return x -> Dense({width}, use_bias=false) as {NAME}\n}}\n"
    )
    path = Path(f"{name}.net").resolve()
    (net,) = check_files([path], overlay={path: text}).nets
    assert net.graph is not None
    return Case(name, net.graph, rows)


def smallest_case() -> Case:
    """The same with hardly anything to compute."""
    return product_case(1, 4, "Smallest")


def is_product(checked: CheckedGraph) -> bool:
    """Whether a net is that of `product_case`."""
    return list(checked.layers()) == [NAME]
