"""networkx's DiGraph without the import of all of networkx.

`import networkx` loads every algorithm and takes longer than the whole of `netc check` may. The
graph class needs none of them. A placeholder module stands in sys.modules with just what
`networkx.classes` reads while it is imported; the first use of anything else runs the real
`networkx/__init__.py` in the same module object, so users of the graph see the whole library.
`bench/startup.py` measures what this saves.
"""

from __future__ import annotations

import importlib.util
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from networkx import DiGraph
else:

    @contextmanager
    def _no_metadata():
        """Keeps networkx from looking through all installed packages for backends.

        That takes as long as the rest of the import, and the graph class uses none of them.
        """
        if "importlib.metadata" in sys.modules:
            yield
            return
        stand_in = ModuleType("importlib.metadata")
        stand_in.entry_points = lambda **_: ()
        sys.modules["importlib.metadata"] = stand_in
        try:
            yield
        finally:
            del sys.modules["importlib.metadata"]

    def _find_backends(backends):
        """Looks for backends after all, for a user of the whole of networkx."""
        from importlib.metadata import entry_points

        backends.entry_points = entry_points
        backends.backends.update(backends._get_backends("networkx.backends"))
        if backends.backends:
            dispatchable = backends._dispatchable
            dispatchable.__call__ = dispatchable._call_if_any_backends_installed

    def _load_lean() -> None:
        spec = importlib.util.find_spec("networkx")
        module = importlib.util.module_from_spec(spec)
        sys.modules["networkx"] = module
        from networkx import exception

        for name in exception.__all__:
            setattr(module, name, getattr(exception, name))
        with _no_metadata():
            from networkx import utils
        from networkx.utils import backends
        from networkx.utils.backends import _dispatchable, _set_configs_from_environment
        from networkx.utils.misc import _clear_cache

        module.utils = utils
        module._dispatchable, module._clear_cache = _dispatchable, _clear_cache
        config = _set_configs_from_environment()
        module.config = utils.config = utils.configs.config = config
        importlib.import_module("networkx.classes.digraph")

        def complete(name: str) -> object:
            # The import system asks for dunder names of half-made modules.
            if name.startswith("__") and name != "__version__":
                raise AttributeError(name)
            del module.__getattr__
            _find_backends(backends)
            spec.loader.exec_module(module)
            return getattr(module, name)

        module.__getattr__ = complete

    if "networkx" not in sys.modules:
        try:
            _load_lean()
        except (ImportError, AttributeError):
            # Another release of networkx is laid out differently: take all of it.
            for _name in [m for m in sys.modules if m.partition(".")[0] == "networkx"]:
                del sys.modules[_name]
    from networkx.classes.digraph import DiGraph

__all__ = ["DiGraph"]
