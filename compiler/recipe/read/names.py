"""What `per_output` can name: the outputs of a net, and tensors inside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ....dsl.record import record
from ...ir.graph import CheckedGraph
from ..inner import inner_paths, inner_tensor, path_of, whole_graph

PROPOSED = 1000
"""How many paths a misspelt one is compared with."""


@record(slots=False)
class Names:
    """The names of a net's outputs, and the paths of its layers and blocks."""

    checked: CheckedGraph

    @cached_property
    def outputs(self) -> Sequence[str]:
        """The names of the outputs."""
        return [output.name for output in self.checked.folded.outputs]

    @cached_property
    def inner(self) -> Sequence[str]:
        """The paths of tensors inside that are proposed where a name is misspelt."""
        return inner_paths(self.checked)[:PROPOSED]

    def known(self, name: str) -> str | None:
        """The output of a name, or the path of an inner tensor; None where there is neither."""
        if name in self.outputs:
            return name
        path = path_of(name)
        return path if inner_tensor(whole_graph(self.checked), path) is not None else None
