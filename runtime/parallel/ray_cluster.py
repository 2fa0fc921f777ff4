"""Starts Ray on this machine, or joins the cluster that RAY_ADDRESS names."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from ..errors import UserError


def require_ray(library: str) -> ModuleType:
    """The module `ray`, with one of its libraries: `tune` or `data`.

    Raises UserError where it, or what that needs, is not installed.
    """
    try:
        import_module(f"ray.{library}")
        return import_module("ray")
    except ImportError as error:
        raise UserError("--engine ray needs Ray: `pip install 'netc[ray]'` brings it") from error


@contextmanager
def cluster(ray: ModuleType, workers: int) -> Iterator[None]:
    """A cluster with room for some workers, at least one a core. Raises UserError."""
    given = os.environ.get("RAY_ADDRESS")
    cores = None if given else max(workers, os.cpu_count() or 1)
    try:
        ray.init(
            num_cpus=cores,
            include_dashboard=None if given else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UserError(f"--engine ray: {' '.join(str(error).split())[:300]}") from error
    try:
        yield
    finally:
        ray.shutdown()
