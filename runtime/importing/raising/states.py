"""States of recurrent layers that nothing reads are not asked for."""

from __future__ import annotations

from collections.abc import Mapping

from ....compiler.ir.infer import infer
from ....compiler.ops.base.op import Op, Refusal, arguments, construct
from ....compiler.ops.table import OPS
from ..steps import Step, Value
from .graph import Graph

RECURRENT = frozenset(("LSTM", "GRU", "SimpleRNN", "Bidirectional"))


def drop_states(graph: Graph) -> None:
    """Has recurrent layers give their sequence, or last step, alone where no state is read."""
    for step in graph.steps:
        states = [Value(step, at) for at in range(1, len(step.types))]
        read = any(graph.readers.get(value) for value in states)
        if step.op in RECURRENT and states and not read and step.shared is None:
            _drop(step)


def _drop(step: Step) -> None:
    args = _without_states(step.args)
    inner = args.get("layer")
    if isinstance(inner, Op):
        given = {name: getattr(inner, name) for name in arguments(type(inner))}
        args = {**args, "layer": construct(type(inner), _without_states(given))}
    try:
        made = construct(OPS[step.op], args)
        if step.tensors:
            made = made.with_tensors(step.tensors)
        found = infer(made, tuple(value.type for value in step.inputs))
    except Refusal:
        return
    if found.outputs == step.types[:1]:
        step.args, step.types = args, found.outputs


def _without_states(args: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in args.items() if name != "return_state"}
