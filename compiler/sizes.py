"""For which numbers of their named sizes the nets of some files are legal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..dsl.record import record
from ..dsl.syntax import ast
from .check import load_files
from .expand.body import MAX_LAYERS
from .expand.legal import legal_sizes
from .expand.values import Value
from .headroom import headroom
from .legal.sets import SizeSet
from .legal.solve import Legal
from .legal.text import legal_text, set_text
from .link.module import Defined
from .link.names import free_names
from .link.project import Project
from .link.snapshot import Snapshot
from .shapes.dims import symbol


@record
class NetSizes:
    """What is known of the named sizes of a net."""

    file: str
    """The file, as messages call it."""
    net: str
    legal: Legal | None
    """None where the net is at fault for other reasons."""
    parameters: Mapping[str, SizeSet]
    """The ints of the signature that sizes of its inputs are made of, where they may be any numbers
    of a set; those that may not be named sizes are left out."""

    def text(self) -> str:
        """What is legal, in one line."""
        if self.legal is None:
            return "not decided, as the net is at fault"
        parts = [legal_text(self.legal)]
        for name, numbers in self.parameters.items():
            said = "any number" if numbers.everything else set_text(numbers.canonical())
            parts.append(f"--set {name} {said}")
        return "; ".join(part for part in parts if part)


def size_files(
    paths: Sequence[Path],
    *,
    settings: Mapping[str, Value] | None = None,
    net: str | None = None,
    max_layers: int = MAX_LAYERS,
    overlay: Mapping[Path, str] | None = None,
    snapshot: Snapshot | None = None,
) -> list[NetSizes]:
    """The legal sizes of each net with named sizes, or with sizes that parameters give.

    `settings` gives static parameters and named sizes their values; `net` is the only one that is
    asked for. `overlay` gives texts that
    stand for files; with a `snapshot` the paths are those of its files.
    """
    with headroom():
        loaded = load_files(paths, overlay or {}, snapshot)
        return [
            sizes
            for root, module in loaded.modules
            for definition in module.nets
            if net in (None, definition.name.name)
            for sizes in _sizes(
                loaded.projects[root], Defined(module, definition), settings or {}, max_layers
            )
        ]


def _sizes(
    project: Project, net: Defined, settings: Mapping[str, Value], max_layers: int
) -> Iterator[NetSizes]:
    legal = legal_sizes(project, net, settings, max_layers)
    parameters: dict[str, SizeSet] = {}
    for name in _parameters(net.definition):
        if legal is not None and name not in settings:
            given = {**settings, name: symbol(name)}
            found = legal_sizes(project, net, given, max_layers)
            numbers = found.of(name) if found is not None else None
            if numbers is not None:
                parameters[name] = numbers
    if legal is None or legal.names or parameters:
        file = project.shown(net.module.path)
        yield NetSizes(file, net.definition.name.name, legal, parameters)


def _parameters(definition: ast.Definition) -> list[str]:
    """The ints among a net's parameters that sizes of its inputs are made of."""
    used = {
        name
        for param in definition.params
        if isinstance(param.type, ast.TensorTypeExpr)
        for dim in param.type.dims
        if not isinstance(dim, ast.AnyDim | ast.EllipsisLiteral)
        for name in free_names(dim)
    }
    return [
        param.name.name
        for param in definition.params
        if isinstance(param.type, ast.StaticTypeExpr)
        and param.type.name.name == "int"
        and param.name.name in used
    ]
