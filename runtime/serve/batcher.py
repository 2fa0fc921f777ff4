"""Lets requests that arrive together go through the model together, and no more than it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..infer.session import Session

Arrays = Mapping[str, Array]


class FullError(Exception):
    """As many requests wait as may."""


@dataclass(eq=False)
class _Job:
    inputs: Arrays
    count: int
    answer: asyncio.Future[dict[str, Array]] = field(default_factory=asyncio.Future)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of one sample, in the order of the inputs' names."""
        return tuple(self.inputs[name].shape[1:] for name in sorted(self.inputs))


class Batcher:
    """Runs a model for many requests, one batch at a time.

    Up to `size` samples that wait run together; where fewer do, it waits up to `wait` seconds for
    others. Up to `limit` requests wait. A model with a fixed batch runs one request at a time.
    """

    def __init__(
        self,
        session: Session,
        *,
        size: int,
        wait: float,
        limit: int,
        ran: Callable[[int], None] = lambda samples: None,
    ) -> None:
        """`ran` is told how many samples each batch had."""
        self._session, self._size, self._wait, self._ran = session, size, wait, ran
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(limit)
        self._pool = ThreadPoolExecutor(1, "model")
        self._task: asyncio.Task[None] | None = None
        free = all(spec.rank and spec.shape[0] is None for spec in session.inputs)
        self._joins = free and all(spec.rank for spec in session.outputs)

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return self._queue.qsize()

    def start(self) -> None:
        """Begins to answer."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Answers all that wait, and ends."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._pool.shutdown()

    async def run(self, inputs: Arrays) -> dict[str, Array]:
        """The outputs for some samples. Raises FullError, UserError where the model cannot run."""
        count = len(next(iter(inputs.values()))) if self._joins else 1
        job = _Job(inputs, count)
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            raise FullError from None
        return await job.answer

    async def _work(self) -> None:
        while True:
            jobs = await self._gathered()
            try:
                for _, alike in groupby(sorted(jobs, key=lambda job: job.shapes), _shapes):
                    await self._answered([*alike])
            finally:
                for _ in jobs:
                    self._queue.task_done()

    async def _gathered(self) -> list[_Job]:
        jobs = [await self._queue.get()]
        if not self._joins:
            return jobs
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait
        while sum(job.count for job in jobs) < self._size:
            try:
                jobs.append(self._queue.get_nowait())
                continue
            except asyncio.QueueEmpty:
                left = until - loop.time()
            if left <= 0:
                break
            try:
                jobs.append(await asyncio.wait_for(self._queue.get(), left))
            except TimeoutError:
                break
        return jobs

    async def _answered(self, jobs: Sequence[_Job]) -> None:
        wanted = [job for job in jobs if not job.answer.cancelled()]
        if not wanted:
            return
        try:
            found = await self._run(_joined([job.inputs for job in wanted]))
        except Exception as error:
            if len(wanted) > 1:
                # What is wrong with one request is not told to the others.
                for job in wanted:
                    await self._answered([job])
            elif not wanted[0].answer.done():
                wanted[0].answer.set_exception(error)
            return
        self._ran(sum(job.count for job in wanted))
        start = 0
        for job in wanted:
            end = start + job.count
            own = found if len(wanted) == 1 else {k: v[start:end] for k, v in found.items()}
            if not job.answer.done():
                job.answer.set_result(own)
            start = end

    async def _run(self, inputs: Arrays) -> dict[str, Array]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._session.run, inputs)


def _shapes(job: _Job) -> tuple[tuple[int, ...], ...]:
    return job.shapes


def _joined(inputs: Sequence[Arrays]) -> Arrays:
    if len(inputs) == 1:
        return inputs[0]
    return {name: np.concatenate([each[name] for each in inputs]) for name in inputs[0]}


def require_alike(inputs: Arrays) -> None:
    """Raises UserError where inputs hold different numbers of samples."""
    counts = {name: len(array) for name, array in inputs.items() if array.ndim}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"`{name}` {count}" for name, count in counts.items())
        raise UserError(f"the inputs hold different numbers of samples: {listed}")
    if not all(counts.values()):
        raise UserError("there are no samples")
