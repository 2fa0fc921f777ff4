"""Checks nets: a file's text in, checked graphs and every fault out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic
from ..dsl.diagnostics.findings import Findings
from ..dsl.syntax import ast
from .cost.contracts import check_contracts
from .expand.body import MAX_LAYERS
from .expand.expand import build_net, check_constants
from .expand.values import Value
from .ir.graph import CheckedGraph, Graph
from .link.project import Module, Project
from .link.reach import project_root
from .link.resolve import read_by_recipes, resolve

if TYPE_CHECKING:
    from .recipe.recipe import Recipe

RECURSION = 100_000


@dataclass(frozen=True)
class Net:
    """A net of a file; `graph` is None where it is at fault."""

    module: Module
    definition: ast.Definition
    graph: CheckedGraph | None

    @property
    def name(self) -> str:
        """What the file calls it."""
        return self.definition.name.name


@dataclass
class Analysis:
    """What a check found."""

    nets: list[Net] = field(default_factory=list)
    recipes: list[Recipe] = field(default_factory=list)
    """The recipes without fault."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)
    """The checked files by the names that messages give them."""

    @property
    def failed(self) -> bool:
        """Whether there is any error (warnings do not count)."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)


def check_files(
    paths: Sequence[Path],
    *,
    settings: Mapping[str, Value] | None = None,
    net: str | None = None,
    recipe: str | None = None,
    overrides: Sequence[ast.Setting] = (),
    max_layers: int = MAX_LAYERS,
    overlay: Mapping[Path, str] | None = None,
) -> Analysis:
    """Checks some files and what they import; every fault of every file in one run.

    `net` restricts the expansion to one net, `recipe` the recipes to one name. `overrides` stand
    in the place of what recipes set. `overlay` gives texts that stand for files.
    """
    chosen = _Chosen(settings or {}, net, recipe, tuple(overrides), max_layers)
    with _room():
        return _check_files(paths, chosen, overlay or {})


@dataclass(frozen=True)
class _Chosen:
    """What of the files is checked, and with which values."""

    settings: Mapping[str, Value]
    net: str | None
    recipe: str | None
    overrides: tuple[ast.Setting, ...]
    max_layers: int


@contextmanager
def _room() -> Iterator[None]:
    """Deep recursion, and no collection of cycles, while files are checked.

    A legal program nests deeper than Python's default limit allows; what bounds it are the
    limits of the parser and of `expansion.py`. Syntax trees and graphs hold no cycles to collect,
    and looking for some makes the time of large nets grow faster than their size.
    """
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, RECURSION))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()


def _check_files(
    paths: Sequence[Path],
    chosen: _Chosen,
    overlay: Mapping[Path, str],
) -> Analysis:
    analysis = Analysis()
    findings = Findings()
    projects: dict[Path, Project] = {}
    for path in paths:
        root = project_root(path)
        if root not in projects:
            projects[root] = Project(root, overlay=dict(overlay))
        project = projects[root]
        module = project.load(path)
        analysis.files.append(project.shown(path))
        analysis.paths[analysis.files[-1]] = path
        if module is not None:
            _check_module(analysis, project, module, findings, chosen)
    for project in projects.values():
        findings.extend(project.diagnostics)
        modules = [module for module in project.modules.values() if module is not None]
        by_recipes = read_by_recipes(modules)
        for module in modules:
            resolve(module, findings, by_recipes)
    analysis.diagnostics = findings.diagnostics
    return analysis


def _check_module(
    analysis: Analysis, project: Project, module: Module, findings: Findings, chosen: _Chosen
) -> None:
    graphs: dict[str, CheckedGraph | None] = {}
    settings, only, max_layers = chosen.settings, chosen.net, chosen.max_layers
    for definition in module.nets:
        if only is not None and definition.name.name != only:
            continue
        graph = check_net(project, module, definition, findings, settings, max_layers)
        graphs.setdefault(definition.name.name, graph)
        analysis.nets.append(Net(module, definition, graph))
    check_constants(project, module, findings)
    # A contract speaks of the net as it is written, whatever this run sets.
    known = {} if settings else graphs
    check_contracts(project, module, known, findings, max_layers, check_net, only)
    if any(isinstance(item, ast.Train) for item in module.file.items):
        from .recipe.check_recipes import (
            check_recipes,  # 10 ms that a file without recipes should not cost
        )

        analysis.recipes += check_recipes(
            project,
            module,
            graphs,
            findings,
            settings,
            max_layers,
            check_net,
            net=only,
            recipe=chosen.recipe,
            overrides=chosen.overrides,
        )


def check_net(
    project: Project,
    module: Module,
    net: ast.Definition,
    findings: Findings,
    settings: Mapping[str, Value],
    max_layers: int = MAX_LAYERS,
) -> CheckedGraph | None:
    """The checked graph of a net with dead layers dropped; None where it is at fault."""
    if not any(isinstance(param.type, ast.TensorTypeExpr) for param in net.params):
        findings.fault(
            Code.BAD_SIGNATURE,
            f"the net `{net.name.name}` has no input",
            net.name.span,
            "takes no tensor",
            help="give it one, such as `x: float32[N, 10]`",
        )
        return None
    graph = build_net(project, module, net, findings, settings, max_layers)
    if graph is None:
        return None
    alive = graph.ancestors(output.ref.node for output in graph.outputs)
    inputs = set(graph.inputs)
    faulty = False
    for output in graph.outputs:
        if not graph.ancestors([output.ref.node]) & inputs:
            faulty = True
            findings.fault(
                Code.CONSTANT_OUTPUT,
                f"the output `{output.name}` depends on no input",
                graph.node(output.ref.node).span,
                "made from no input",
            )
    spans = {param.name.name: param.name.span for param in net.params}
    for path in graph.inputs:
        if path not in alive and not path.startswith("_"):
            findings.fault(
                Code.UNUSED_PARAMETER,
                f"the input `{path}` reaches no output",
                spans.get(path, graph.node(path).span),
                "has no effect",
            )
    return None if faulty else CheckedGraph(without(graph, alive | inputs))


def without(graph: Graph, kept: set[str]) -> Graph:
    """The graph with only the nodes of some paths."""
    if len(kept) == len(graph):
        return graph
    blocks = {path: ref for path, ref in graph.blocks.items() if ref.node in kept}
    result = Graph(graph.name, inputs=graph.inputs, outputs=graph.outputs, blocks=blocks)
    for node in graph:
        if node.path in kept:
            result.add(node)
    return result
