"""The layer table of a net as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...compiler.cost.costs import LayerCosts, NetCosts
from ...compiler.recipe.learns import phases_learn
from ...compiler.shapes.dims import Dim
from ...compiler.shapes.types import TensorType

if TYPE_CHECKING:
    from ...compiler.recipe.recipe import Recipe


def as_json(report: NetCosts, recipes: Sequence[Recipe] = ()) -> dict[str, object]:
    """The summary as the command line's contract gives it, with what recipes train and freeze."""
    return {
        "net": report.net,
        "params": report.params,
        "trainable_params": report.trainable_params,
        "non_trainable_params": report.non_trainable_params,
        "flops": _dim(report.flops),
        "macs": _dim(report.macs),
        "activations": _dim(report.activations),
        "memory": _dim(report.memory()),
        "inputs": [_value(name, type) for name, type in report.inputs],
        "outputs": [_value(name, type) for name, type in report.outputs],
        "layers": [_layer(row) for row in report.layers],
        "recipes": [_recipe(recipe) for recipe in recipes],
    }


def _recipe(recipe: Recipe) -> dict[str, object]:
    return {
        "name": recipe.name,
        "phases": [
            {
                "name": one.phase,
                "trainable_params": one.trainable,
                "frozen_params": one.frozen,
            }
            for one in phases_learn(recipe)
        ],
    }


def _layer(row: LayerCosts) -> dict[str, object]:
    return {
        "path": row.path,
        "op": row.op,
        "inputs": list(row.inputs),
        "output_shape": [_dim(dim) for dim in row.outputs[0].shape],
        "output_shapes": [[_dim(dim) for dim in type.shape] for type in row.outputs],
        "dtype": row.outputs[0].dtype,
        "params": row.params,
        "trainable_params": row.trainable_params,
        "flops": _dim(row.flops),
        "macs": _dim(row.macs),
        "receptive_field": None if row.field is None else list(row.field),
        "source": {
            "file": row.span.source.path,
            "line": row.span.line,
            "column": row.span.column,
        },
    }


def _value(name: str, type: TensorType) -> dict[str, object]:
    return {"name": name, "dtype": type.dtype, "shape": [_dim(dim) for dim in type.shape]}


def dims(type: TensorType) -> tuple[int | str, ...]:
    """A shape as JSON has it: named sizes as text."""
    return tuple(map(_dim, type.shape))


def _dim(dim: Dim) -> int | str:
    return dim if isinstance(dim, int) else str(dim)
