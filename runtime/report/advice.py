"""Whether gradients vanish or explode, said plainly, and what in this net would help.

A layer's gradient is measured per weight: its norm divided by the square root of the number of
its trainable weights, so that wide and narrow layers compare. Over the points of a run the median
counts, so that one odd step raises no alarm.

- They *vanish* where the layers of the first third get less than `VANISHED` of what those of the
  last third get: they learn a thousand times more slowly.
- They *explode* where a norm is not finite; where the norm of all layers together grows
  `GROWN`-fold from the first quarter of the points to any later one and passes `LARGE`; or where
  the first third get more than `BLOWN_UP` times what the last third get.
- A layer is *dead* where its gradient is 0 at every point.

Steps in which a phase froze a layer do not count for it. Embeddings, whose gradient touches few
rows, are not compared.
"""

from __future__ import annotations

import math
from collections.abc import Set

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.recipe import Recipe
from ..runs.history import Gradients
from .remedies import against_explosion, against_vanishing

VANISHED = 1e-3
BLOWN_UP = 1e4
GROWN = 1e3
LARGE = 100.0
STEEP = 100.0
"""A fall from one layer to the one before it that is worth naming."""


def advice(
    gradients: Gradients, checked: CheckedGraph, recipe: Recipe | None = None
) -> tuple[str, ...]:
    """What is wrong with the gradients and what would help; nothing where nothing is wrong.

    The first line of each finding says what was seen; those behind it, what to change.
    """
    if not gradients.steps or not gradients.layers:
        return ()
    frozen: Set[str] = frozenset()
    if recipe is not None:
        frozen = frozenset().union(*(phase.frozen for phase in recipe.phases))
    names, table = per_weight(gradients, checked, frozen)
    if not names:
        return ()
    found = [*_exploding(gradients, checked, recipe, names, table)]
    if not found:
        found += _vanishing(checked, names, table)
    return tuple(found)


def per_weight(
    gradients: Gradients, checked: CheckedGraph, frozen: Set[str] = frozenset()
) -> tuple[tuple[str, ...], Array]:
    """The layers that are compared, and their gradients per weight, `[points, layers]`.

    Where one of `frozen` is 0 it was frozen: it gets NaN, and is left out where it is nothing else.
    """
    layers = checked.layers()
    kept, columns = [], []
    norms = np.asarray(gradients.norms, np.float64)
    for index, name in enumerate(gradients.layers):
        node = layers.get(name)
        if node is not None and node.op is not None and "Embedding" in node.op.name:
            continue
        column = norms[:, index]
        if name in frozen:
            if not column.any():
                continue
            column = np.where(column == 0, np.nan, column)
        size = sum(weight.size for weight in node.weights if weight.trainable) if node else 1
        kept.append(name)
        columns.append(column / math.sqrt(max(1, size)))
    return tuple(kept), np.stack(columns, axis=1) if columns else np.zeros((len(norms), 0))


def _typical(table: Array) -> Array:
    """The median of each layer over the points that are finite; 0 where there is none."""
    masked = np.where(np.isfinite(table), table, np.nan)
    some = np.isfinite(masked).any(axis=0)
    made = np.zeros(table.shape[1])
    if some.any():
        made[some] = np.nanmedian(masked[:, some], axis=0)
    return made


def _thirds(values: Array) -> tuple[float, float]:
    """The middle value of the first third of the layers, and of the last third."""
    count = max(1, len(values) // 3)
    return float(np.median(values[:count])), float(np.median(values[-count:]))


def _vanishing(checked: CheckedGraph, names: tuple[str, ...], table: Array) -> list[str]:
    values = _typical(table)
    dead = [name for name, column in zip(names, table.T, strict=True) if not column.any()]
    if len(dead) == len(names):
        return ["Every layer's gradient is 0: the loss does not depend on the weights."]
    first, last = _thirds(values)
    found = []
    if len(names) > 1 and last > 0 and first < VANISHED * last:
        much = f"{first / last:.0e} of" if first else "nothing of"
        found.append(
            f"The gradients vanish: a weight of the first layers (such as {_code(names[0])}) gets "
            f"{much} what one of the last layers gets, so the first layers hardly learn."
        )
        found += _steepest(names, values)
        found += against_vanishing(checked)
    elif dead:
        which = ", ".join(_code(name) for name in dead[:4])
        more = f" and {len(dead) - 4} more" if len(dead) > 4 else ""
        found.append(
            f"The gradient of {which}{more} is 0 at every step: its units may be dead (relu below "
            "0 for every sample). A smaller learning rate or leaky_relu would help."
        )
    return found


def _steepest(names: tuple[str, ...], values: Array) -> list[str]:
    """Where most is lost, if one step between two layers takes much more than the others do."""
    if not (values > 0).all() or len(values) < 3:
        return []
    falls = np.log10(values[1:] / values[:-1])
    worst = int(falls.argmax())
    others = np.median(np.delete(falls, worst))
    if falls[worst] < math.log10(STEEP) or falls[worst] < 3 * max(others, 0.0):
        return []
    return [f"Most is lost between {_code(names[worst + 1])} and {_code(names[worst])}."]


def _exploding(
    gradients: Gradients,
    checked: CheckedGraph,
    recipe: Recipe | None,
    names: tuple[str, ...],
    table: Array,
) -> list[str]:
    norms = np.asarray(gradients.norms, np.float64)
    bad = ~np.isfinite(norms)
    seen = ""
    if bad.any():
        point = int(bad.any(axis=1).argmax())
        layer = gradients.layers[int(bad[point].argmax())]
        seen = (
            f"The gradients explode: at step {gradients.steps[point]} that of {_code(layer)} is "
            "not a finite number."
        )
    else:
        total = np.sqrt((norms**2).sum(axis=1))
        quarter = max(1, len(total) // 4)
        start, most = float(np.median(total[:quarter])), float(total[quarter:].max(initial=0))
        first, last = _thirds(_typical(table))
        if most > LARGE and most > GROWN * start:
            seen = (
                f"The gradients explode: their norm grows from {start:.2g} to {most:.2g}, "
                f"at step {gradients.steps[quarter + int(total[quarter:].argmax())]}."
            )
        elif len(names) > 1 and last > 0 and first > BLOWN_UP * last:
            seen = (
                "The gradients explode on their way back: a weight of the first layers (such as "
                f"{_code(names[0])}) gets {first / last:.0e} times what one of the last layers "
                "gets."
            )
    return [seen, *against_explosion(checked, recipe)] if seen else []


def _code(name: str) -> str:
    return f"`{name}`"
