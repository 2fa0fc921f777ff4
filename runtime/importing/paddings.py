"""Convolutions of one kernel that are padded in two ways, where some have strides: padded in one.

PyTorch pads a convolution by the same zeros with strides and without. Keras's `same` says the ones
without strides, and not the others, so blocks that differ in their strides alone would be two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...compiler.ir.infer import infer
from ...compiler.ops.base.op import construct
from ...compiler.ops.table import OPS
from .order import needed
from .steps import Imported, Step, Value
from .write import write

CONVS = frozenset(("Conv1D", "Conv2D", "Conv3D"))


def padded_alike(model: Imported) -> Imported:
    """The model with zeros in front of such convolutions, where its text is shorter then."""
    kinds = {
        (step.op, _kernel(step))
        for step in model.steps
        if step.op in CONVS
        and step.args.get("strides", 1) != 1
        and step.inputs[0].step.op.startswith("ZeroPadding")
        and step.inputs[0].step.args.get("padding") == _kernel(step) // 2
    }
    even = {step for step in needed(model) if _is_same(step) and (step.op, _kernel(step)) in kinds}
    if not even:
        return model
    other = _with_zeros(model, even)
    plain, padded = (_length(write(each, (), 0).text) for each in (model, other))
    return other if padded < plain else model


def _length(text: str) -> tuple[int, int]:
    """The lines of a text, and what stands on them."""
    return len(text.splitlines()), len("".join(text.split()))


def _kernel(step: Step) -> int:
    """The size of a kernel that is odd and alike in all axes; 0 of another."""
    size = step.args.get("kernel_size")
    return size if isinstance(size, int) and size % 2 else 0


def _is_same(step: Step) -> bool:
    """Whether a convolution without strides is as large as what it reads."""
    args = step.args
    plain = args.get("strides", 1) == 1 and args.get("dilation_rate", 1) == 1
    return step.op in CONVS and plain and args.get("padding") == "same" and step.inner is None


def _with_zeros(model: Imported, even: set[Step]) -> Imported:
    """A copy of the model whose convolutions `even` have a step of zeros before them."""
    made: dict[Step, Step] = {step: step for step in model.inputs}

    def moved(value: Value) -> Value:
        return Value(made[value.step], value.index)

    steps: list[Step] = []
    for step in needed(model):
        inputs = tuple(map(moved, step.inputs))
        shared = None if step.shared is None else made[step.shared]
        copy = replace(step, inputs=inputs, shared=shared)
        if step in even:
            zeros = _zeros(step, inputs[0])
            steps.append(zeros)
            args = {name: value for name, value in step.args.items() if name != "padding"}
            copy = replace(copy, inputs=(Value(zeros),), args=args)
        made[step] = copy
        steps.append(copy)
    outputs = [(name, replace(view, value=moved(view.value))) for name, view in model.outputs]
    places = {
        name: replace(view, value=moved(view.value))
        for name, view in model.places.items()
        if view.value.step in made
    }
    return Imported(model.name, model.inputs, steps, outputs, places)


def _zeros(conv: Step, value: Value) -> Step:
    """The step of zeros that a convolution is to have before it."""
    dims = value.type.rank - 2
    args: Mapping[str, object] = {"padding": _kernel(conv) // 2}
    found = infer(construct(OPS[f"ZeroPadding{dims}D"], args), (value.type,))
    return Step(f"ZeroPadding{dims}D", (value,), args, found.outputs, conv.origin)
