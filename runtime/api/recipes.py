"""One recipe of a file, checked, with settings in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...compiler.check import Analysis, check_files
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.values import Value
from ...compiler.link.module import Defined, Module
from ...compiler.link.names import setting_names
from ...compiler.link.project import Project
from ...compiler.link.reach import project_root
from ...compiler.recipe.read.settings import KEYS
from ...compiler.recipe.recipe import Recipe
from ...dsl.diagnostics.errors import SettingError
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from ..errors import UserError
from .set_text import (
    changed,
    constants,
    expression,
    inside_hint,
    with_constant,
    with_setting,
)


def check_recipe(
    path: Path,
    name: str | None = None,
    settings: Mapping[str, Value] | None = None,
    max_layers: int = MAX_LAYERS,
) -> tuple[Recipe | None, Analysis]:
    """The recipe of that name (or the only one of the net of that name) and all findings.

    `settings` are those of `--set`: parameters and sizes of the net, and settings of the recipe
    (`epochs=2`), which then hold in every phase; values inside those by a dotted path
    (`optimizer.learning_rate=0.01`, `fine.epochs=2`); constants of the file. The recipe is None
    where there is an error. Raises UserError where the file does not hold the one recipe asked for,
    and SettingError for a setting that nothing has.
    """
    project = Project(project_root(path))
    module = project.load(path)
    if module is None:
        return None, check_files([path])
    item = _chosen(path, module, name)
    own = item.ident.name
    given = _split(module, item, settings or {})
    of_net, overrides = given.of_net, given.overrides
    analysis = check_files(
        [path],
        settings=of_net,
        net=item.net.name,
        recipe=own,
        overrides=overrides,
        max_layers=max_layers,
        overlay=given.overlay,
    )
    found = next((recipe for recipe in analysis.recipes if recipe.name == own), None)
    if found is not None:
        found = replace(found, settings=dict(settings or {}))
    return (None if analysis.failed else found), analysis


def recipe_name(path: Path, name: str | None = None) -> str | None:
    """What the recipe of that name, or the only one of the net of that name, is called.

    None where the file cannot be read. Raises UserError as `check_recipe` does.
    """
    module = Project(project_root(path)).load(path)
    return None if module is None else _chosen(path, module, name).ident.name


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


@dataclass(frozen=True)
class _Given:
    """What `--set` gives: to the net, to the recipe, and in the text of the file."""

    of_net: dict[str, Value]
    overrides: Sequence[ast.Setting]
    overlay: dict[Path, str]


def _split(module: Module, item: ast.Train, settings: Mapping[str, Value]) -> _Given:
    """Settings by what they are for. Raises SettingError for one that nothing has."""
    entity = module.names.get(item.net.name)
    known = setting_names(entity.definition) if isinstance(entity, Defined) else []
    of_file = constants(module.file)
    of_net: dict[str, Value] = {}
    overrides: dict[str, Value] = {}
    text = module.file.source.text
    for name, value in settings.items():
        head, *rest = name.split(".")
        if name in known:
            of_net[name] = value
        elif name in KEYS:
            overrides[name] = value
        elif rest and head in overrides:
            before = expression(head, overrides[head]).span.text
            made = expression(name, value).span.text
            overrides[head] = changed(before, head, rest, name, made)
        elif rest:
            text = with_setting(text, item.ident.name, name, value)
        elif name in of_file:
            text = with_constant(text, name, value)
        else:
            hint = inside_hint(item, name) or did_you_mean(name, [*known, *KEYS, *of_file])
            raise SettingError(
                f"neither the net nor the recipe has a setting `{name}`. {hint}".strip()
            )
    overlay = {} if text == module.file.source.text else {module.path: text}
    return _Given(of_net, [_setting(*one) for one in overrides.items()], overlay)


def _setting(name: str, value: Value) -> ast.Setting:
    """A setting as the recipe would hold it."""
    expr = expression(name, value)
    source = Source("--set", f"train _ {{\n  {name} = {expr.span.text}\n}}\n")
    (block,) = parse(source).items
    assert isinstance(block, ast.Train)
    (entry,) = block.entries
    assert isinstance(entry, ast.Setting)
    return entry
