"""ONNX's Resize and Upsample."""

from __future__ import annotations

from ....compiler.shapes.dims import Dim, exact_div
from ..node import Node
from ..steps import Known, Tensor
from ..unfit import Unfit
from .growing import repeated
from .windows import channels_last, first_view, short


def resize(node: Node) -> list[Tensor]:
    """Resize and Upsample by whole factors, nearest or linear between centres."""
    view = node.view(0)
    x = channels_last(node, view)
    if len(x.shape) != 4:
        raise Unfit("a resize of no picture")
    scales = node.optional(1 if node.op == "Upsample" else 2)
    sizes = None if node.op == "Upsample" else node.input(3)
    one_cell = x.shape[1:3] == (1, 1)
    if one_cell and isinstance(sizes, Known) and sizes.array.size == 4:
        # What one cell is enlarged to is that cell everywhere.
        return [repeated(node, first_view(x), tuple(sizes.dims()))]
    if scales is not None and scales.size:
        factors = [float(f) for f in scales]
    elif isinstance(sizes, Known):
        factors = [_times(size, dim) for size, dim in zip(sizes.dims(), view.shape, strict=True)]
    else:
        raise Unfit("a resize to a size that is computed")
    if len(factors) != 4 or factors[:2] != [1.0, 1.0] or any(f != int(f) or f < 1 for f in factors):
        raise Unfit("a resize by a fraction")
    whole = [int(f) for f in factors[2:]]
    mode = node.text("mode", "nearest")
    where = node.text(
        "coordinate_transformation_mode", "asymmetric" if node.op == "Upsample" else "half_pixel"
    )
    if mode == "linear" and where in ("half_pixel", "pytorch_half_pixel"):
        made = node.build.layer("UpSampling2D", [x], size=short(whole), interpolation="bilinear")
    elif mode == "nearest" and (
        (
            where == "asymmetric"
            and (
                node.op == "Upsample" or node.text("nearest_mode", "round_prefer_floor") == "floor"
            )
        )
        or (
            where == "half_pixel"
            and node.text("nearest_mode", "round_prefer_floor").startswith("round_")
        )
    ):
        made = node.build.layer("UpSampling2D", [x], size=short(whole))
    else:
        raise Unfit(f"a resize of mode {mode}, {where}")
    return [first_view(made)]


def _times(size: Dim, dim: Dim) -> float:
    """How many times as long an axis becomes. Raises Unfit where that is not one number."""
    if isinstance(size, int) and isinstance(dim, int):
        return size / dim
    times = exact_div(size, dim)
    if not isinstance(times, int):
        raise Unfit("a resize by a factor that named sizes decide")
    return float(times)
