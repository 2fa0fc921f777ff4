"""A sweep on Ray Tune: its workers train, on one machine or a cluster; the study stays Optuna's."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...compiler.expand.values import Value
from ..parallel.ray_cluster import cluster, require_ray
from ..runs.folder import RunFolder
from .one import Task, guarded, train_one
from .ray_words import EPOCH, RESULT, VALUE

if TYPE_CHECKING:
    from .run import Sweeping


def train_with_ray(running: Sweeping, jobs: int) -> None:
    """Trains the trials that are left as trials of Ray Tune, so many at a time.

    With RAY_ADDRESS they run on that cluster, whose machines all see the folder of the sweep and
    the data. Raises UserError where Ray is not installed or does not start.
    """
    ray = require_ray("tune")
    from ray import tune

    from .ray_search import Scheduler, Search

    # Ctrl-C is ours: the study is put in order, and the report is written.
    os.environ["TUNE_DISABLE_SIGNAL_CAPTURE"] = "1"
    os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
    task = running.plan.task
    data = None if task.data is None else task.data.absolute()
    absolute = replace(task, file=task.file.absolute(), data=data)
    search = Search(running)
    with cluster(ray, jobs), tempfile.TemporaryDirectory(prefix="netc-ray-") as place:
        tuner = tune.Tuner(
            tune.with_resources(tune.with_parameters(_trial, task=absolute), {"cpu": 1}),
            tune_config=tune.TuneConfig(
                search_alg=search,
                scheduler=Scheduler(search),
                num_samples=running.left(),
                max_concurrent_trials=jobs,
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(storage_path=place, verbose=0),
        )
        tuner.fit()
    if search.error is not None:
        raise search.error


def _trial(config: Mapping[str, Value], task: Task) -> None:
    """What a worker of Ray's does: one trial, whose figures it reports."""
    from ray import tune

    def report(epoch: int, value: float) -> bool:
        tune.report({EPOCH: epoch, VALUE: value})
        return False

    settings, folder = config["settings"], config["folder"]
    assert isinstance(settings, Mapping)
    result = guarded(lambda: train_one(task, settings, RunFolder(Path(str(folder))), report))
    tune.report({VALUE: result.value, RESULT: json.dumps(asdict(result))})
