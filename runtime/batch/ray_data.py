"""A batch run as a pipeline of Ray Data: several workers, on one machine or a cluster."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...compiler.ops.base.backend import Array
from ..infer.preprocess import model_preprocessing
from ..infer.session import Session
from ..parallel.ray_cluster import cluster, require_ray
from .journal import Line
from .results import Results
from .run import lines_of
from .samples import PictureSamples


@dataclass(frozen=True)
class Work:
    """What each worker does: a model, and how its results are written."""

    model: Path
    """An ONNX file that all workers see."""
    names: tuple[str, ...]
    best: int
    folder: Path
    """Where relative paths begin."""


class _Worker:
    """One process: it loads the model once, then reads and runs batches of pictures."""

    def __init__(self, work: Work) -> None:
        os.chdir(work.folder)
        self._session = Session(work.model)
        (self._spec,) = self._session.inputs
        self._made = model_preprocessing(self._session)
        self._results = Results(self._session.outputs, work.names, work.best)

    def __call__(self, batch: Mapping[str, Array]) -> dict[str, list[str]]:
        paths = tuple(map(Path, batch["path"]))
        samples = PictureSamples(paths, self._spec, self._made)
        group = [samples.sample(path) for path in paths]
        fixed = self._spec.shape[0] if self._spec.shape else None
        found = lines_of(self._session, self._results, group, fixed)
        return {"line": [json.dumps([one.name, one.fault, *one.values]) for one in found]}


def run_with_ray(
    work: Work,
    samples: PictureSamples,
    size: int,
    start: int,
    add: Callable[[Sequence[Line]], None],
) -> None:
    """Gives `add` a line for each picture from `start` on, in order, as `run_samples` does.

    With RAY_ADDRESS the workers are those of that cluster, which see the files. Raises UserError
    where Ray is not installed or does not start.
    """
    ray = require_ray("data")
    (fixed, *_) = samples.spec.shape or (None,)
    paths = [{"path": str(path)} for path in samples.paths[start:]]
    if not paths:
        return
    workers = os.cpu_count() or 1
    # One more than the workers: a pipeline waits forever where its other stages find no room.
    with cluster(ray, workers + 1):
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        made = ray.data.from_items(paths).map_batches(
            _Worker,
            batch_size=fixed or size,
            concurrency=workers,
            num_cpus=1,
            fn_constructor_args=(work,),
        )
        for batch in made.iter_batches(batch_size=size, batch_format="numpy"):
            add([_line(text) for text in batch["line"]])


def _line(text: str) -> Line:
    name, fault, *values = json.loads(text)
    return Line(name, values, fault)
