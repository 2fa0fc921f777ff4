"""`netc cam`: where in a picture a class is seen, drawn over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...compiler.ir.graph import CheckedGraph, Ref
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.text.escape import terminal
from ..errors import UserError
from ..infer.activation_map import (
    THRESHOLD,
    box_around,
    class_map,
    enlarged,
    grad_map,
    own_maps,
)
from ..infer.classify import are_probabilities, both_sides
from ..infer.session import Session
from ..infer.taps import (
    classifier_output,
    has_places,
    last_maps,
    tensor_at,
    with_outputs,
    with_plain_scores,
)
from .seen import Seen
from .style import ORANGE, drawing, new_figure, photograph_axes, save

CAM, GRAD = "cam", "grad"


@dataclass(frozen=True)
class Heat:
    """Where a class is seen in one picture."""

    method: str
    layer: str
    """The path of the layer whose maps these are."""
    index: int
    name: str
    """The class; empty where nobody names classes."""
    score: float
    """What the net gives for it."""
    sure: bool
    """Whether that is a probability."""
    map: Array
    """What each place adds to the score before a softmax, `[h, w]`."""
    large: Array
    """The same in the picture's size, `[H, W]`."""
    box: tuple[int, int, int, int] | None
    """Left, top, right, bottom in pixels of the picture as the net sees it."""

    @property
    def title(self) -> str:
        """The class as a person calls it, and its score."""
        name = terminal(self.name) or f"class {self.index}"
        return f"{name} {self.score:.1%}" if self.sure else f"{name} {self.score:.4g}"


def heat_of(
    checked: CheckedGraph,
    weights: WeightSource,
    seen: Seen,
    classes: Sequence[str] = (),
    *,
    wanted: str | None = None,
    method: str | None = None,
    layer: str | None = None,
    threshold: float = THRESHOLD,
) -> Heat:
    """Where a class is seen: the one `wanted` by name or number, or the one of the highest score.

    Without a `method` it is the net's own map where the scores are linear in the mean of maps, and
    no layer is named, or else Grad-CAM. Raises UserError where the net has no such maps or class,
    Refusal where a layer has no ONNX lowering.
    """
    output = classifier_output(checked)
    session = Session.from_checked(with_outputs(checked, {"scores": output.ref}), weights)
    given = session.run(seen.inputs)["scores"][:1]
    scores = both_sides(given) if given.shape[-1] == 1 else given
    index = _class(scores.shape[-1], classes, wanted)
    index = int(scores[0].argmax()) if index is None else index
    plain, end = with_plain_scores(checked, output)
    own = own_maps(plain, end)
    if method == CAM and own is None:
        raise UserError(
            f"`{checked.name}` has no global average pooling with at most one Dense behind it; "
            "--method grad does without"
        )
    if method != GRAD and own is not None and layer is None:
        method, maps = CAM, own.maps
        found = class_map(plain, weights, own, seen.inputs, index)
    else:
        if method == CAM:
            raise UserError("--layer goes with --method grad; cam takes the maps before the mean")
        method, maps = GRAD, _maps(plain, end, layer)
        found = grad_map(plain, weights, maps, end, seen.inputs, index)
    if not np.isfinite(found).all():
        raise UserError(f"the maps of `{maps.node}` are not all finite numbers")
    large = enlarged(found, (seen.pixels.shape[0], seen.pixels.shape[1]))
    name = classes[index] if classes else ""
    score, sure = float(scores[0, index]), are_probabilities(scores)
    return Heat(
        method, maps.node, index, name, score, sure, found, large, box_around(large, threshold)
    )


def _class(count: int, classes: Sequence[str], wanted: str | None) -> int | None:
    if classes and len(classes) != count:
        raise UserError(f"there are names of {len(classes)} classes, but scores of {count}")
    if wanted is None:
        return None
    if wanted in classes:
        return classes.index(wanted)
    if wanted.isdecimal() and len(wanted) < 10:
        if int(wanted) < count:
            return int(wanted)
        raise UserError(f"there is no class {wanted}; there are {count}, from 0 to {count - 1}")
    if not classes:
        raise UserError(f"nobody names the classes: give the number of `{wanted}`, or --classes")
    raise UserError(f"there is no class `{wanted}`. {did_you_mean(wanted, classes)}".strip())


def _maps(checked: CheckedGraph, end: Ref, layer: str | None) -> Ref:
    if layer is None:
        found = last_maps(checked, end)
        if found is None:
            raise UserError(
                f"`{checked.name}` has no layer with maps `[N, H, W, C]` on the way to its scores"
            )
        return found
    found = tensor_at(checked, layer)
    type = checked.graph.type(found) if found.node in checked.graph else None
    if type is None or found.node not in checked.graph.ancestors([end.node]):
        raise UserError(f"`{layer}` is not on the way to the scores of `{checked.name}`")
    if not has_places(type):
        raise UserError(f"`{layer}` gives {type}, which has no places; name a layer of maps")
    return found


def draw_heat(heat: Heat, seen: Seen, path: Path) -> None:
    """Writes the picture with its box beside the same under the map, as a PNG.

    What speaks against the class is as dark as what says nothing.
    """
    height, width = seen.pixels.shape[:2]
    shown = seen.pixels[..., 0] if seen.pixels.shape[-1] == 1 else seen.pixels
    with drawing():
        from matplotlib.patches import Rectangle

        across = 4.2 * min(1.6, max(0.5, width / height))
        figure = new_figure(2 * across, across * height / width + 0.6)
        plain, over = photograph_axes(figure, 1, 2, 2)
        for axes in (plain, over):
            axes.imshow(shown, cmap="gray", vmin=0, vmax=255)
        over.imshow(np.maximum(heat.large, 0), cmap="inferno", alpha=0.6)
        if heat.box is not None:
            left, top, right, bottom = heat.box
            plain.add_patch(
                Rectangle(
                    (left - 0.5, top - 0.5),
                    right - left,
                    bottom - top,
                    fill=False,
                    edgecolor=ORANGE,
                    linewidth=2.5,
                )
            )
        plain.set_title(heat.title)
        over.set_title({CAM: "class activation map", GRAD: "Grad-CAM"}[heat.method])
        save(figure, path)
