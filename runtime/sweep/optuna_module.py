"""Imports Optuna: quietly, and with one line where it is not installed."""

from __future__ import annotations

from types import ModuleType

from ..errors import UserError


def import_optuna() -> ModuleType:
    """The module `optuna`, which says nothing of its own. Raises UserError where there is none."""
    try:
        import optuna
    except ImportError as error:
        raise UserError("a sweep needs Optuna: `pip install 'netc[sweep]'` brings it") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
