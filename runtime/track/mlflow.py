"""Runs in an MLflow store, by MLflow's own client."""

from __future__ import annotations

import logging
import os
import re
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import UserError
from ..runs.history import COMPLETE, INTERRUPTED, PRUNED
from .tracker import Ended, Started, Tracker

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_KEY = re.compile(r"[^\w\-. /:]")
"""What no name of MLflow's may hold."""
LONGEST, AT_ONCE = 6000, 100
"""Letters of a parameter's value, and parameters in one call: MLflow's own limits."""


class MLflow(Tracker):
    """Keeps runs where a URI says; where it is empty, where MLflow keeps them by itself."""

    title = "MLflow"

    def __init__(self, uri: str) -> None:
        """Opens the store. Raises UserError where MLflow is not installed or does not open it."""
        for name in ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"):
            os.environ.setdefault(name, {"S": "2", "T": "20"}[name[-1]])
        with _quiet():
            try:
                from mlflow import MlflowClient
            except ImportError as error:
                raise UserError(
                    "--mlflow needs MLflow: `pip install 'netc[mlflow]'` brings it"
                ) from error
        # Imported, it has set the level of its own logs.
        with _quiet():
            try:
                self._client: MlflowClient = MlflowClient(uri or None)
                self._client.search_experiments(max_results=1)
            except Exception as error:
                raise UserError(f"--mlflow {uri}".rstrip() + f": {_first(error)}") from error
        self._run = ""

    def start(self, run: Started) -> str:
        """Begins a run, or goes on with one that the store still has."""
        with _quiet():
            before = None if run.id is None else self._before(run.id)
            if before is not None:
                self._run = before.info.run_id
                self._client.update_run(self._run, status="RUNNING")
                return self._run
            tags = {"mlflow.source.name": run.command, "mlflow.source.type": "LOCAL"}
            if run.group:
                tags["netc.sweep"] = run.group
            made = self._client.create_run(
                self._experiment(run.experiment), run_name=run.name, tags=tags
            )
            self._run = made.info.run_id
            self._params(run)
        return self._run

    def _before(self, id: str) -> Run | None:
        from mlflow.exceptions import MlflowException

        try:
            return self._client.get_run(id)
        except MlflowException:
            return None

    def _experiment(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is None:
            return str(self._client.create_experiment(name))
        return str(found.experiment_id)

    def _params(self, run: Started) -> None:
        from mlflow.entities import Param

        named = {_key(name): _text(value) for name, value in run.settings.items()}
        made = [Param(name, value) for name, value in named.items()]
        for at in range(0, len(made), AT_ONCE):
            self._client.log_batch(self._run, params=made[at : at + AT_ONCE])

    def figures(self, step: int, values: Mapping[str, float]) -> None:
        """Keeps figures of an epoch."""
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        made = [Metric(_key(name), value, now, step) for name, value in values.items()]
        with _quiet():
            self._client.log_batch(self._run, metrics=made)

    def end(self, run: Ended) -> None:
        """Keeps final figures and files."""
        status = "KILLED" if run.ending in (INTERRUPTED, PRUNED) else "FAILED"
        with _quiet():
            try:
                if run.figures:
                    self.figures(0, {f"final/{name}": value for name, value in run.figures.items()})
                self._client.set_tag(self._run, "netc.ending", run.ending)
                for path, place in run.files:
                    self._client.log_artifact(self._run, str(path), place or None)
                status = "FINISHED" if run.ending in COMPLETE else status
            finally:
                self._client.set_terminated(self._run, status)


def _key(name: str) -> str:
    return _KEY.sub("_", name)[:250]


def _text(value: object) -> str:
    return "none" if value is None else str(value)[:LONGEST]


def _first(error: Exception) -> str:
    """The first sentence of what MLflow says, and its variable where it names one."""
    said = " ".join(str(error).split())
    way = re.search(r"set `(MLFLOW_\w+=\w+)`", said)
    first = said.split(". ")[0].split(" (Caused by")[0][:300].rstrip(".")
    return f"{first}; {way[1]} allows it" if way else first


@contextmanager
def _quiet() -> Iterator[None]:
    """What MLflow and its database say on the way is not for who trains."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
