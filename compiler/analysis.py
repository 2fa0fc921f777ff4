"""What a check hands on: its nets, its recipes and its findings."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from ..dsl.diagnostics.render.count import summary_line
from ..dsl.record import record
from ..dsl.text.escape import markup

if TYPE_CHECKING:
    from pathlib import Path

    from ..dsl.diagnostics.diagnostic import Diagnostic
    from ..dsl.syntax import ast
    from .ir.graph import CheckedGraph
    from .link.module import Module
    from .recipe.recipe import Recipe


@record
class Net:
    """A net of a file; `graph` is None where it is at fault."""

    module: Module
    definition: ast.Definition
    graph: CheckedGraph | None

    @property
    def name(self) -> str:
        """What the file calls it."""
        return self.definition.name.name

    def __repr__(self) -> str:
        return f"<net {self.name}{'' if self.graph else ', at fault'}>"


@record(frozen=False)
class Analysis:
    """What a check found; `print` shows the findings."""

    nets: list[Net] = field(default_factory=list)
    """The nets of the files, those at fault among them."""
    recipes: list[Recipe] = field(default_factory=list)
    """The recipes without fault."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """Every finding of every file."""
    files: list[str] = field(default_factory=list)
    """The checked files, as messages call them."""
    paths: dict[str, Path] = field(default_factory=dict)
    """The checked files by the names that messages give them."""
    work: int = 0
    """What the check took, in steps of about 5 microseconds, counted and not timed."""

    @property
    def failed(self) -> bool:
        """Whether there is any error (warnings do not count)."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    def __repr__(self) -> str:
        nets = ", ".join(net.name for net in self.nets) or "none"
        return f"<{summary_line(self.diagnostics, len(self.files))}; nets: {nets}>"

    def __str__(self) -> str:
        from ..dsl.diagnostics.render.text import render_text

        return render_text(self.diagnostics, color=False) or repr(self)

    def _repr_html_(self) -> str:
        return f"<pre>{markup(str(self))}</pre>"
