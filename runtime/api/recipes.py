"""One recipe of a file, checked, with settings in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...compiler.check import Analysis, check_files
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.values import Value
from ...compiler.link.names import setting_names
from ...compiler.link.project import Defined, Module, Project
from ...compiler.link.reach import project_root
from ...compiler.ops.base.kinds import show
from ...compiler.recipe.read.settings import KEYS
from ...compiler.recipe.recipe import Recipe
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.diagnostics.errors import SettingError
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from ..errors import UserError


def check_recipe(
    path: Path,
    name: str | None = None,
    settings: Mapping[str, Value] | None = None,
    max_layers: int = MAX_LAYERS,
) -> tuple[Recipe | None, Analysis]:
    """The recipe of that name (or the only one of the net of that name) and all findings.

    `settings` are those of `--set`: parameters and sizes of the net, and settings of the recipe
    (`epochs=2`), which then hold in every phase. The recipe is None where there is an error.
    Raises UserError where the file does not hold the one recipe asked for, and SettingError for a
    setting that nothing has.
    """
    project = Project(project_root(path))
    module = project.load(path)
    if module is None:
        return None, check_files([path])
    item = _chosen(path, module, name)
    own = item.ident.name
    of_net, overrides = _split(module, item, settings or {})
    analysis = check_files(
        [path],
        settings=of_net,
        net=item.net.name,
        recipe=own,
        overrides=overrides,
        max_layers=max_layers,
    )
    found = next((recipe for recipe in analysis.recipes if recipe.name == own), None)
    return (None if analysis.failed else found), analysis


def _chosen(path: Path, module: Module, name: str | None) -> ast.Train:
    """The `train` block that is asked for. Raises UserError."""
    blocks = [item for item in module.file.items if isinstance(item, ast.Train)]
    names = [block.ident.name for block in blocks]
    if not blocks:
        raise UserError(f"{path} holds no recipe; write one: `train Net {{ … }}`")
    if name is None:
        found = blocks
    else:
        found = [block for block, own in zip(blocks, names, strict=True) if own == name][:1]
        found = found or [block for block in blocks if block.net.name == name]
        if not found:
            raise UserError(f"{path} has no recipe `{name}`. {did_you_mean(name, names)}".strip())
    if len(found) > 1:
        each = ", ".join(f"{path}:{block.ident.name}" for block in found)
        raise UserError(f"{path} holds {len(found)} recipes; name one: {each}")
    return found[0]


def _split(
    module: Module, item: ast.Train, settings: Mapping[str, Value]
) -> tuple[dict[str, Value], Sequence[ast.Setting]]:
    """The settings of the net, and those of the recipe. Raises SettingError."""
    entity = module.names.get(item.net.name)
    known = setting_names(entity.definition) if isinstance(entity, Defined) else []
    of_net: dict[str, Value] = {}
    overrides: list[ast.Setting] = []
    for name, value in settings.items():
        if name in known:
            of_net[name] = value
        elif name in KEYS:
            overrides.append(_setting(name, value))
        else:
            hint = did_you_mean(name, [*known, *KEYS])
            raise SettingError(
                f"neither the net nor the recipe has a setting `{name}`. {hint}".strip()
            )
    return of_net, overrides


def _setting(name: str, value: Value) -> ast.Setting:
    """A setting as the recipe would hold it; text that is no expression is a string."""
    texts = [value, show(value)] if isinstance(value, str) else [show(value)]
    for text in texts:
        source = Source("--set", f"train _ {{\n  {name} = {text}\n}}\n")
        try:
            items = parse(source).items
        except DiagnosticError:
            continue
        entries = items[0].entries if isinstance(items[0], ast.Train) else ()
        if len(items) == len(entries) == 1 and isinstance(entries[0], ast.Setting):
            return entries[0]
    raise SettingError(f"`{name}` cannot be `{value}`")
