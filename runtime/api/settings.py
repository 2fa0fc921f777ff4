"""Settings as Python gives them: a dict, keywords, or both."""

from __future__ import annotations

from collections.abc import Mapping

from ...compiler.link.settings import Setting, setting
from ..errors import SettingError


def merged(
    settings: Mapping[str, Setting] | None, keywords: Mapping[str, Setting]
) -> dict[str, Setting]:
    """All settings by name, NumPy's numbers as Python's.

    Raises SettingError for what is no dict by names, for one that is given twice, and for a value
    that no setting can have.
    """
    given = {} if settings is None else settings
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise SettingError("`settings` is a dict of values by the names of settings")
    for name in keywords:
        if name in given:
            raise SettingError(f"`{name}` is given twice: in `settings` and as a keyword")
    return {name: setting(name, value) for name, value in {**given, **keywords}.items()}
