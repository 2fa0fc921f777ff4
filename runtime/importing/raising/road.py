"""All that is raised, one after the other, until nothing changes."""

from __future__ import annotations

from ..steps import Imported
from .activations import raise_activations
from .attention import raise_attention
from .causal import raise_causal
from .dot_attention import raise_dot_attention
from .graph import Graph
from .moves import cancel_moves
from .norms import raise_norms
from .repeats import drop_repeats
from .rotary import raise_rotary
from .scales import join_scales, rescale_inputs
from .sequences import raise_sequences
from .states import drop_states
from .unflatten import order_features

PASSES = (
    cancel_moves,
    drop_repeats,
    raise_causal,
    raise_activations,
    raise_norms,
    raise_rotary,
    raise_attention,
    raise_sequences,
    join_scales,
    rescale_inputs,
)
MOST = 4
"""The most times that the passes run: what one makes, another may need."""


LAST = (raise_dot_attention, order_features, drop_states)
"""What is raised when all else is."""


def raised(model: Imported) -> Imported:
    """The model with layers in place of what they were spelt out as."""
    graph = Graph(model)
    for _ in range(MOST):
        changed = False
        for each in PASSES:
            each(graph)
            changed |= graph.settle()
        if not changed:
            break
    for each in LAST:
        each(graph)
        graph.settle()
    return graph.model
