"""Holds an imported net against the model it came from, on seeded inputs of several sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.shapes.dims import Dim, Sym, names, substitute
from ..errors import UserError, last_words
from .lean import LeanSession
from .steps import Imported, Step, View

TOLERANCE = 1e-4
LEAST_RANGE = 5e-3
"""The least range that differences are divided by: a sigmoid near 0 is off by steps of 6e-8."""
SIZES = (1, 2, 3, 5)
"""What a named batch is tried with; other named sizes have those of `NAMED` in turn."""
FACTORS = (2, 1, 3, 4, 5, 7)
"""The same where sizes are multiples of a named one."""
ENOUGH = 4
"""So many sizes that the original runs at are enough."""
MOST_ELEMENTS = 2**22
"""The most elements that named sizes make of an input."""
NAMED = (8, 5, 13, 32, 64, 224, 1500, 16_000)


class CannotRun(UserError):
    """The original does not run here, so that there is no proof; the net may well be right."""


class Original(Protocol):
    """The model that a net was made of, in the engine that it is for."""

    @property
    def path(self) -> Path:
        """Its file, for messages."""

    def run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs in their order. Raises whatever its engine raises."""

    def inside(self, names: Sequence[str], inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Some tensors inside it, by their names; those it cannot give are left out."""


@dataclass(frozen=True)
class Proof:
    """How far the outputs are apart, relative to the original's range, and on how many inputs."""

    largest: float
    runs: int
    first: str = ""
    """The first tensor that differs, where one does."""
    why: str = ""
    """Why there is no proof, where there is none."""

    @property
    def equal(self) -> bool:
        """Whether every output is within the tolerance."""
        return not self.first and self.runs > 0


def prove(
    original: Original, model: Imported, checked: CheckedGraph, weights: WeightSource
) -> Proof:
    """Runs both. Raises UserError where the original does not run."""
    ours = _ours(checked, weights)
    largest, runs, ran = 0.0, 0, 0
    for sizes in _sizes(model):
        size = max(
            (s for name, s in sizes.items() if name != "N" and isinstance(s, int)), default=0
        )
        given, wanted = _inputs(model, sizes, seed=runs)
        try:
            expected = original.run(wanted)
        except UserError:
            raise
        except Exception as error:
            if not sizes:
                raise UserError(f"{original.path}: does not run: {last_words(error)}") from error
            if 0 < ran < size:
                break  # It is for shorter ones; of the longest, memory may not hold what fails.
            continue
        ran = max(ran, size)
        made = ours(given)
        for (name, view), a, b in zip(model.outputs, made, expected, strict=True):
            apart = distance(a, _as_ours(view, b))
            largest = max(largest, apart)
            if not apart <= TOLERANCE:
                first = _first(original, model, checked, weights, given, wanted) or name
                return Proof(largest, runs + 1, first)
        runs += 1
        if runs == ENOUGH:
            break
    if runs == 0:
        raise UserError(f"{original.path}: runs at none of the sizes tried")
    return Proof(largest, runs)


def _ours(
    checked: CheckedGraph, weights: WeightSource
) -> Callable[[Mapping[str, Array]], Sequence[Array]]:
    """What computes the outputs of the net. Raises UserError, and Refusal where nothing can."""
    from ...compiler.lower.onnx.compile import compile_onnx
    from ...compiler.lower.onnx.declared import as_array
    from ..infer.session import Session

    lowered = compile_onnx(checked, weights)
    try:
        run = LeanSession(
            lowered.skeleton, ((each.name, as_array(each.tensor)) for each in lowered.initializers)
        ).run
    except UserError:
        raise
    except Exception:  # an operator that wants its weights in the model, or nothing that runs
        session = Session.from_lowered(lowered, f"the net `{checked.name}`")
        return lambda inputs: list(session.run(inputs).values())

    def ran(inputs: Mapping[str, Array]) -> Sequence[Array]:
        try:
            return run(inputs)
        except Exception as error:
            given = ", ".join(f"`{name}` {list(array.shape)}" for name, array in inputs.items())
            reason = last_words(error)
            raise UserError(f"the net cannot run on {given}: {reason}") from error

    return ran


def difference(
    original: Original, model: Imported, checked: CheckedGraph, weights: WeightSource
) -> float | None:
    """The largest difference of the outputs at the first sizes that the original runs at, or None.

    Relative to the original's range, as in a proof.
    """
    ours = _ours(checked, weights)
    for sizes in _sizes(model):
        given, wanted = _inputs(model, sizes, seed=0)
        try:
            expected = original.run(wanted)
        except Exception:  # the engine raises what it likes; other sizes may do
            continue
        made = ours(given)
        pairs = zip(model.outputs, made, expected, strict=True)
        return max(distance(a, _as_ours(view, b)) for (_, view), a, b in pairs)
    return None


def distance(ours: Array, theirs: Array) -> float:
    """The largest difference, divided by the range of `theirs`; infinite where shapes differ.

    Numbers that hardly differ among themselves are measured by a tenth of the largest, since
    differences of less are how float32 rounds; a single number by itself.
    """
    if ours.shape != theirs.shape:
        return float("inf")
    if theirs.size == 0:
        return 0.0
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    finite = b[np.isfinite(b)]
    span = float(finite.max() - finite.min()) if finite.size else 0.0
    largest = float(np.abs(finite).max(initial=0.0))
    scale = max(span, largest / 10 if span else largest, LEAST_RANGE)
    worst = float(apart.max()) / scale
    return worst if worst == worst else float("inf")


def _sizes(model: Imported) -> Iterator[Mapping[str, Dim]]:
    """Numbers for the named sizes, several times."""
    found: list[str] = []
    for step in model.inputs:
        for dim in step.types[0].shape:
            found += [name for name in names(dim) if name not in found]
    if not found:
        yield from ({}, {}, {})
        return
    rest = [name for name in found if name != "N"]
    tried: Sequence[int] = NAMED if rest else (0,) * 3
    shapes = [step.types[0].shape for step in model.inputs]
    if any(isinstance(d, Sym) and str(d) not in found for shape in shapes for d in shape):
        tried = FACTORS
    for at, size in enumerate(tried):
        if size ** len(rest) > MOST_ELEMENTS:
            return
        yield {"N": SIZES[at % len(SIZES)], **{name: size + k for k, name in enumerate(rest)}}


def _inputs(
    model: Imported, sizes: Mapping[str, Dim], seed: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Seeded inputs, as the net takes them and as the original does."""
    rng = np.random.default_rng(seed)
    given: dict[str, Array] = {}
    wanted: dict[str, Array] = {}
    for step in model.inputs:
        type = step.types[0]
        shape = tuple(
            int(str(substitute(d, sizes) if isinstance(d, Sym) else d)) for d in type.shape
        )
        if type.dtype == "bool":
            array = rng.random(shape) < 0.5
        elif type.dtype.startswith(("int", "uint")):
            array = rng.integers(0, _rows(model, step), shape).astype(type.dtype)
        else:
            array = rng.standard_normal(shape).astype(type.dtype)
        name = str(step.args["name"])
        given[name] = array
        view = model.places[str(step.args["of"])]
        wanted[str(step.args["of"])] = np.ascontiguousarray(
            array.transpose([axis for axis in view.axes if axis is not None])
        )
    return given, wanted


def _rows(model: Imported, step: Step) -> int:
    """How many rows the smallest table has that an input of integers looks up; 2 without one."""
    return min(_tables(model.steps, {id(step)}), default=2)


def _tables(steps: Sequence[Step], reached: set[int]) -> list[int]:
    """The rows of the tables in which what comes of some steps is looked up."""
    rows: list[int] = []
    for each in steps:
        if any(id(value.step) in reached for value in each.inputs):
            if (
                each.op in ("Embedding", "ReversibleEmbedding")
                and each.inputs[0].type.dtype[0] in "iu"
            ):
                rows.append(each.weights["embeddings"].shape[0])
            elif each.op == "Equal":
                # One number of several, spelt out: the last axis counts them.
                rows += [
                    size
                    for value in each.inputs
                    if id(value.step) not in reached and value.shape
                    for size in value.shape[-1:]
                    if isinstance(size, int) and size > 1
                ]
            elif each.op in ("Cast", "Reshape", "index"):
                reached.add(id(each))
            elif each.inner is not None:
                taken = zip(each.inner.inputs, each.inputs, strict=True)
                inside = {id(own) for own, value in taken if id(value.step) in reached}
                rows += _tables(each.inner.steps, inside)
    return rows


def _as_ours(view: View, array: Array) -> Array:
    """An array of the original's with its axes as the value's."""
    if view.merged or view.flat:
        return array
    order = [view.axes.index(axis) for axis in range(len(view.value.shape))]
    gone = [at for at, axis in enumerate(view.axes) if axis is None]
    moved = array.transpose([*order, *gone])
    return moved.reshape(moved.shape[: len(order)])


def _first(
    original: Original,
    model: Imported,
    checked: CheckedGraph,
    weights: WeightSource,
    given: Mapping[str, Array],
    wanted: Mapping[str, Array],
) -> str:
    """The first tensor of the original that the net computes otherwise."""
    from ...compiler.lower.onnx.lower import lower_onnx
    from ..infer.session import Session
    from ..infer.verify import every_layer
    from .weigh import paths_of

    paths = paths_of(model, checked)
    tried = [
        (name, view)
        for name, view in model.places.items()
        if id(view.value.step) in paths and not view.merged and not view.flat
    ]
    try:
        named = original.inside([name for name, _ in tried], wanted)
        opened = every_layer(checked)
        made = Session.from_lowered(lower_onnx(opened, weights), "the net").run(given)
    except Exception:  # the answer is only a hint; the fault itself is told without it
        return ""
    for name, view in tried:
        key = f"{paths[id(view.value.step)]}/value:{view.value.index}"
        if key not in made or name not in named:
            continue
        if not distance(made[key], _as_ours(view, named[name])) <= TOLERANCE:
            return name
    return ""
