"""netc: neural networks as text that is checked before it runs.

`netc.load("resnet.net", net="ResNet50", classes=10)` gives a checked net; `netc.check(paths)`
gives every finding of some files. Nothing is imported before it is used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .compiler.check import Analysis
    from .compiler.cost.costs import NetCosts
    from .compiler.diff.diff import NetDiff
    from .dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
    from .dsl.diagnostics.errors import NetcError, UserError
    from .dsl.version import __version__ as __version__
    from .runtime.api.api import check, diff, find_lr, load, train
    from .runtime.api.net import LoadedNet
    from .runtime.notebook.magic import load_ipython_extension as load_ipython_extension
    from .runtime.runs.rate_test import RateTest
    from .runtime.train.outcome import Outcome

__all__ = [
    "Analysis",
    "Diagnostic",
    "DiagnosticError",
    "LoadedNet",
    "NetCosts",
    "NetDiff",
    "NetcError",
    "Outcome",
    "RateTest",
    "UserError",
    "check",
    "diff",
    "find_lr",
    "load",
    "train",
]

if not os.path.isdir(os.path.join(__path__[0], "dsl")):
    # A checkout, seen from its root: the rooms lie beside this folder, not in it.
    __path__.append(os.path.dirname(__path__[0]))

_HOMES = {
    "Analysis": ".compiler.check",
    "Diagnostic": ".dsl.diagnostics.diagnostic",
    "DiagnosticError": ".dsl.diagnostics.diagnostic",
    "LoadedNet": ".runtime.api.net",
    "NetCosts": ".compiler.cost.costs",
    "NetDiff": ".compiler.diff.diff",
    "NetcError": ".dsl.diagnostics.errors",
    "Outcome": ".runtime.train.outcome",
    "RateTest": ".runtime.runs.rate_test",
    "UserError": ".dsl.diagnostics.errors",
    "__version__": ".dsl.version",
    "check": ".runtime.api.api",
    "diff": ".runtime.api.api",
    "find_lr": ".runtime.api.api",
    "load": ".runtime.api.api",
    "load_ipython_extension": ".runtime.notebook.magic",
    "train": ".runtime.api.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'netc' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
