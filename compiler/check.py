"""Checks nets: a file's text in, checked graphs and every fault out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..dsl.diagnostics.codes import Code
from ..dsl.diagnostics.diagnostic import Diagnostic
from ..dsl.diagnostics.findings import Answered, Findings
from ..dsl.diagnostics.internal import Guarded
from ..dsl.record import record
from ..dsl.syntax import ast
from ..dsl.text.source import Source, Span
from .analysis import Analysis as Analysis
from .analysis import Net as Net
from .cost.contracts import check_contracts
from .expand.body import MAX_LAYERS
from .expand.expand import check_constants
from .expand.nets import NetChecker
from .expand.values import Value
from .expand.work import Meter
from .headroom import headroom
from .link.module import Defined, Module
from .link.project import Project
from .link.reach import project_root
from .link.resolve import ByRecipes, parameters_read, read_by_recipes, resolve
from .link.settings import nets_of, require_known
from .link.snapshot import Snapshot
from .lint.net import lint

if TYPE_CHECKING:
    from .ir.graph import CheckedGraph
    from .recipe.recipe import Recipe
    from .remembered import Remembered

CHARACTERS_A_STEP = 2
"""How much text is read and looked through in the time of a step."""

STEPS_A_FINDING, STEPS_A_MESSAGE, STEPS_A_CAUSE = 40, 300, 600
"""What a finding takes, and what more where no other says the same: names that look alike are
searched for once a name. Where a shape is refused, rules look for the cause."""


def check_files(
    paths: Sequence[Path],
    *,
    settings: Mapping[str, Value] | None = None,
    net: str | None = None,
    recipe: str | None = None,
    overrides: Sequence[ast.Setting] = (),
    max_layers: int = MAX_LAYERS,
    overlay: Mapping[Path, str] | None = None,
    snapshot: Snapshot | None = None,
    keep_going: bool = False,
    most_work: int | None = None,
    remembered: Remembered | None = None,
) -> Analysis:
    """Checks some files and what they import; every fault of every file in one run.

    `net` restricts the expansion to one net, `recipe` the recipes to one name. `overrides` stand
    in the place of what recipes set. `overlay` gives texts that stand for files; with a
    `snapshot` the paths are those of its files. With `keep_going`
    a bug of netc is a finding, too, so that it hides no other. `most_work` is what it may take, as
    `Analysis.work` counts it: nets past that are past the limit of layers. Nets that are
    `remembered` are not made again. Raises SettingError for a setting that none of the nets has.
    """
    chosen = _Chosen(
        settings or {}, net, recipe, tuple(overrides), max_layers, keep_going, most_work, remembered
    )
    with headroom():
        return _check(paths, chosen, overlay or {}, snapshot)[0]


def check_alone(
    path: Path,
    *,
    alone: bool,
    max_layers: int = MAX_LAYERS,
    overlay: Mapping[Path, str] | None = None,
    keep_going: bool = False,
    most_work: int | None = None,
) -> AloneFound:
    """Checks one file, with what the findings of other files may change about it.

    `alone` says whether the files that are checked beside it are of one project.
    """
    chosen = _Chosen({}, None, None, (), max_layers, keep_going, most_work)
    with headroom():
        analysis, answered, loaded = _check([path], chosen, overlay or {}, alone=alone)
        (project,) = loaded.projects.values()
        modules = [module for module in project.modules.values() if module is not None]
        return AloneFound(
            analysis.files[0],
            analysis.diagnostics,
            analysis.work,
            [*answered.used, *parameters_read(modules)],
            answered.idle,
            project,
        )


@record
class AloneFound:
    """What the check of one file found."""

    name: str
    """What messages call the file."""
    diagnostics: list[Diagnostic]
    work: int
    answered: list[Span]
    """Comments and parameters that are of use to this file, whatever other files say of them."""
    idle: list[Span]
    """Comments that ignored nothing here."""
    project: Project
    """Holds what was read."""


@record
class _Chosen:
    """What of the files is checked, and with which values."""

    settings: Mapping[str, Value]
    net: str | None
    recipe: str | None
    overrides: tuple[ast.Setting, ...]
    max_layers: int
    keep_going: bool
    most_work: int | None
    remembered: Remembered | None = None


def _check(
    paths: Sequence[Path],
    chosen: _Chosen,
    overlay: Mapping[Path, str],
    snapshot: Snapshot | None = None,
    *,
    alone: bool | None = None,
) -> tuple[Analysis, Answered, Loaded]:
    """The road: load, look at the settings, expand, contracts, recipes, resolve."""
    findings = Findings()
    guarded: _Guarded = partial(Guarded, findings.add, keep_going=chosen.keep_going)
    loaded = load_files(paths, overlay, snapshot, guarded, alone=alone)
    _require_settings(loaded, chosen)
    nets: list[Net] = []
    recipes: list[Recipe] = []
    files = [m.file for p in loaded.projects.values() for m in p.modules.values() if m is not None]
    characters = sum(len(file.source.text) for file in files)
    meter = Meter(chosen.most_work, characters // CHARACTERS_A_STEP)
    checkers = {
        root: NetChecker(project, findings, chosen.max_layers, meter)
        for root, project in loaded.projects.items()
    }
    for root, module in loaded.modules:
        with guarded("this file", _start(module)):
            check_constants(checkers[root].project, module, findings)
        for definition in module.nets:
            if chosen.net in (None, definition.name.name):
                graph = None
                with guarded("this net", definition.name.span):
                    net = Defined(module, definition)
                    graph = _graph(checkers[root], net, chosen, findings)
                nets.append(Net(module, definition, graph))
        with guarded("the contracts of this file", _start(module)):
            check_contracts(checkers[root], module, chosen.net)
        with guarded("the recipes of this file", _start(module)):
            recipes += _recipes(checkers[root], module, chosen)
    # What expansion says of a place tells how it was reached, so the bare text is read behind it.
    for project in loaded.projects.values():
        findings.extend(project.diagnostics)
        _resolve(project, findings, guarded)
    whole = chosen.net is None and chosen.recipe is None
    answered = Answered(list(findings.diagnostics), [], [])
    told = findings.diagnostics or any("netc" in c.text for file in files for c in file.comments)
    for module in [module for _, module in loaded.modules][: int(bool(told))]:
        with guarded("what findings explain", _start(module)):
            # 1 ms that only a finding should cost
            from .effects import without_effects
            from .ignored import without_ignored

            explained = without_effects(files, findings.diagnostics)
            answered = without_ignored(files, explained, whole=whole)
    found = answered.diagnostics
    found += [one for one in findings.diagnostics if one.code is Code.INTERNAL and one not in found]
    said = {one.message for one in findings.diagnostics}
    work = meter.steps + STEPS_A_FINDING * len(findings.diagnostics) + STEPS_A_MESSAGE * len(said)
    work += STEPS_A_CAUSE * findings.asked
    analysis = Analysis(nets, recipes, found, loaded.files, loaded.paths, work)
    return analysis, answered, loaded


def _graph(
    checker: NetChecker, net: Defined, chosen: _Chosen, findings: Findings
) -> CheckedGraph | None:
    """The graph of a net, with what is doubtful of it reported."""
    remembered = None if chosen.settings else chosen.remembered
    known = remembered.get(net) if remembered is not None else None
    if known is not None:
        checker.adopt(net, known)
        return known
    before = len(findings.diagnostics)
    graph = checker.check(net, chosen.settings)
    if graph is not None:
        lint(graph.folded, findings)
        if remembered is not None and len(findings.diagnostics) == before:
            remembered.put(net, graph)
    return graph


_Guarded: TypeAlias = "Callable[[str, Span], AbstractContextManager[None, bool | None]]"


@record
class Loaded:
    """The projects that files belong to, by their folders, and the files that can be parsed."""

    projects: dict[Path, Project]
    modules: list[tuple[Path, Module]]
    files: list[str]
    """What messages call the files, those that cannot be parsed among them."""
    paths: dict[str, Path]


def load_files(
    paths: Sequence[Path],
    overlay: Mapping[Path, str],
    snapshot: Snapshot | None = None,
    guarded: _Guarded | None = None,
    *,
    alone: bool | None = None,
) -> Loaded:
    """Reads and links files with all that they import; `guarded` says what is done about a bug."""
    loaded = Loaded({}, [], [], {})
    roots = [snapshot.root if snapshot else project_root(path) for path in paths]
    alone = len(set(roots)) == 1 if alone is None else alone
    for path, root in zip(paths, roots, strict=True):
        if root not in loaded.projects:
            loaded.projects[root] = Project(
                root, overlay=dict(overlay), alone=alone, snapshot=snapshot
            )
        project = loaded.projects[root]
        module = None
        name = project.shown(path)
        with guarded("this file", Span(Source(name, ""), 0, 0)) if guarded else nullcontext():
            module = project.load(path)
        loaded.files.append(name)
        loaded.paths[loaded.files[-1]] = path
        if module is not None:
            loaded.modules.append((root, module))
    return loaded


def _require_settings(loaded: Loaded, chosen: _Chosen) -> None:
    """Raises SettingError for a setting that no net has.

    Text at fault may hide nets, and whoever asked for a net that is not there is told that.
    """
    if any(project.diagnostics for project in loaded.projects.values()):
        return
    nets = [net for _, module in loaded.modules for net in nets_of(module, chosen.net)]
    if nets or chosen.net is None:
        require_known(chosen.settings, nets, [module.file for _, module in loaded.modules])


def _start(module: Module) -> Span:
    """The first character of a file."""
    return Span(module.file.source, 0, min(1, len(module.file.source.text)))


def _resolve(project: Project, findings: Findings, guarded: _Guarded) -> None:
    """Reports what can be said of a project's files without running them."""
    modules = [module for module in project.modules.values() if module is not None]
    by_recipes: ByRecipes = {}
    for module in modules[:1]:
        with guarded("the recipes", _start(module)):
            by_recipes = read_by_recipes(modules)
    for module in modules:
        with guarded("this file", _start(module)):
            resolve(module, findings, by_recipes)


def _recipes(checker: NetChecker, module: Module, chosen: _Chosen) -> list[Recipe]:
    """The recipes of a file that are without fault; reports what is wrong with the others."""
    if not any(isinstance(item, ast.Train) for item in module.file.items):
        return []
    from .recipe.check_recipes import check_recipes  # 10 ms that only recipes should cost

    return check_recipes(
        checker,
        module,
        chosen.settings,
        net=chosen.net,
        recipe=chosen.recipe,
        overrides=chosen.overrides,
    )
