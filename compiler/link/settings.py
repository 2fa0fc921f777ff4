"""Settings that stand in the place of a net's parameters and sizes, as `--set` gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ...dsl.diagnostics.errors import SettingError
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from .module import Defined, Module
from .names import setting_names

Setting: TypeAlias = "bool | int | float | str | Sequence[Setting] | None"
"""A value that a setting can have: a number, text, true or false, none, or a list of those."""


def require_known(
    settings: Mapping[str, object], nets: Iterable[ast.Definition], files: Iterable[ast.File]
) -> None:
    """Raises SettingError for a setting that none of the nets has.

    Constants of `files` are among the names that may have been meant.
    """
    known = list(dict.fromkeys(name for net in nets for name in setting_names(net)))
    for name in settings:
        if name not in known:
            constants = [
                item.name.name for f in files for item in f.items if isinstance(item, ast.Const)
            ]
            hint = did_you_mean(name, [*known, *constants])
            raise SettingError(f"no net has a parameter or size `{name}`. {hint}".strip())


def nets_of(module: Module, only: str | None) -> Iterable[ast.Definition]:
    """The nets of a file, and those its recipes train: a recipe's net may be imported."""
    trained = (item.net.name for item in module.file.items if isinstance(item, ast.Train))
    entities = (module.names.get(name) for name in trained)
    imported = (entity.definition for entity in entities if isinstance(entity, Defined))
    return [
        definition
        for definition in (*module.nets, *imported)
        if only is None or definition.name.name == only
    ]


def setting(name: str, value: object) -> Setting:
    """A Python value as a setting. NumPy's numbers and arrays become Python's.

    Raises SettingError for what is no setting.
    """
    plain = getattr(value, "tolist", None)
    if callable(plain):
        value = plain()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [setting(name, item) for item in value]
    raise SettingError(
        f"`{name}` cannot be a {type(value).__name__}; a setting is a number, text, true or false, "
        "None, or a list of those"
    )
